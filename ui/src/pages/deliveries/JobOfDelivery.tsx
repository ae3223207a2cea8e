// The job that a delivery is about: a link where runnerd has a request for it.
import { RequestLink } from "@/components/RequestLinks.tsx"

/** Of jobs that are nobody's here only the id is known. */
const outcomesOfRequests: ReadonlySet<string> = new Set(["Created", "Refused", "Existing", "Recorded"])

export const JobOfDelivery = ({ jobId, outcome }: { jobId: number; outcome: string }) =>
  outcomesOfRequests.has(outcome) ? <RequestLink id={String(jobId)}>{jobId}</RequestLink> : jobId
