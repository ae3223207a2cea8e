// Signed webhooks, ready to be written to a socket.
//
// Answers for: a payload that GitHub really sent, made anew for each request (job, run, repository, delivery, times),
// signed and serialised before any clock runs. Not for sending it (Load.ts).
import { createHmac, randomUUID } from "node:crypto"
import { createRequire } from "node:module"

interface JobPayload {
  readonly action: string
  readonly repository: Record<string, unknown>
  readonly installation: Record<string, unknown>
  readonly workflow_job: Record<string, unknown>
}

interface Example {
  readonly name: string
  readonly examples: ReadonlyArray<JobPayload>
}

const examples = createRequire(import.meta.url)("@octokit/webhooks-examples") as ReadonlyArray<Example>

const queued = examples
  .find((example) => example.name === "workflow_job")
  ?.examples.find((payload) => payload.action === "queued" && payload.workflow_job["status"] === "queued")
if (queued === undefined) throw new Error("@octokit/webhooks-examples has no queued workflow_job any more")
const template: JobPayload = queued

export interface DeliveryOptions {
  readonly secret: string
  readonly labels: ReadonlyArray<string>
  /** `owner/name`, used in turn. */
  readonly repositories: ReadonlyArray<string>
  readonly installationId: number
  /** The job id of the first; the others count up. */
  readonly firstJobId: number
}

export interface SignedDelivery {
  readonly jobId: number
  /** The whole HTTP/1.1 request. */
  readonly bytes: Buffer
}

const bodyOf = (options: DeliveryOptions, index: number): string => {
  const fullName = options.repositories[index % options.repositories.length] ?? "bench/bench"
  const [login = "", name = ""] = fullName.split("/")
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z")
  const jobId = options.firstJobId + index
  return JSON.stringify({
    ...template,
    workflow_job: {
      ...template.workflow_job,
      id: jobId,
      run_id: jobId + 1_000_000_000,
      name: `build (${index})`,
      labels: options.labels,
      created_at: now,
      started_at: now
    },
    repository: {
      ...template.repository,
      name,
      full_name: fullName,
      owner: { ...(template.repository["owner"] as object), login }
    },
    installation: { ...template.installation, id: options.installationId }
  })
}

export const signedDelivery = (options: DeliveryOptions, index: number): SignedDelivery => {
  const body = bodyOf(options, index)
  const signature = createHmac("sha256", options.secret).update(body).digest("hex")
  const head = [
    "POST /webhooks/github HTTP/1.1",
    "host: 127.0.0.1",
    "user-agent: GitHub-Hookshot/044aadd",
    "accept: */*",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    "x-github-event: workflow_job",
    `x-github-delivery: ${randomUUID()}`,
    "x-github-hook-id: 292430182",
    "x-github-hook-installation-target-type: integration",
    `x-hub-signature-256: sha256=${signature}`,
    "",
    ""
  ].join("\r\n")
  return { jobId: options.firstJobId + index, bytes: Buffer.from(head + body) }
}

export const signedDeliveries = (options: DeliveryOptions, count: number): ReadonlyArray<SignedDelivery> =>
  Array.from({ length: count }, (_, index) => signedDelivery(options, index))
