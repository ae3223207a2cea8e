// The demo's closing table, and the latencies in one line.
//
// Answers for: how ended jobs are shown. Both latencies start at the moment GitHub queued the job: to E2B's acceptance
// of the create call, and to the moment a runner took the job. Milliseconds.
import type { JobView } from "./JobViews.ts"

const since = (from: number, to: number | null): number | null => (to === null ? null : to - from)

const conclusionCell = (job: JobView): string => {
  const conclusion = job.conclusion ?? job.status
  if (conclusion !== job.expected) return `${conclusion}, expected ${job.expected}`
  return conclusion === "success" ? conclusion : `${conclusion}, as expected`
}

export const printTable = (jobs: ReadonlyArray<JobView>): void => {
  const retried = jobs.some((job) => (job.request?.retry_count ?? 0) > 0)
  console.table(
    jobs.map((job) => ({
      job: job.name,
      spec: job.request?.runner_spec_name ?? "-",
      "came by": job.request?.intake_path ?? "-",
      "queued→create": since(job.queuedAt, job.sandboxAt) ?? "-",
      "queued→picked up": since(job.queuedAt, job.pickedUpAt) ?? "-",
      conclusion: conclusionCell(job),
      // Only where there was one, so that the table of a quiet day stays narrow.
      ...(retried ? { retries: job.request?.retry_count ?? "-" } : {})
    }))
  )
}

const spread = (values: ReadonlyArray<number | null>): string => {
  const known = values.filter((value) => value !== null).toSorted((a, b) => a - b)
  return `median ${known[Math.floor((known.length - 1) / 2)] ?? "-"} ms, longest ${known.at(-1) ?? "-"} ms`
}

/** `limited`: specs whose jobs wait for each other, which would say nothing about runnerd's speed. */
export const latencyLine = (jobs: ReadonlyArray<JobView>, limited: ReadonlySet<string>): string => {
  const free = jobs.filter((job) => !limited.has(job.request?.runner_spec_name ?? ""))
  const creates = spread(free.map((job) => since(job.queuedAt, job.sandboxAt)))
  const pickUps = spread(free.map((job) => since(job.queuedAt, job.pickedUpAt)))
  return `Milliseconds. Jobs that waited for no limit of their spec: queued→create ${creates}; queued→picked up ${pickUps}.`
}
