// Webhook deliveries made by hand, signed as GitHub signs them.
import { createHmac, randomUUID } from "node:crypto"
import { webhookSecret } from "../../src/demo/LocalWorld.ts"

export const sign = (body: string | Buffer, secret: string = webhookSecret): string =>
  `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Posts a signed delivery; `headers` replace or, when null, leave out what would be sent. */
export const deliver = async (
  url: string,
  event: string,
  payload: unknown,
  headers: Readonly<Record<string, string | null>> = {}
): Promise<Answer> => {
  const body = typeof payload === "string" ? payload : JSON.stringify(payload)
  const sent: Record<string, string | null> = {
    "content-type": "application/json",
    "x-github-event": event,
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": sign(body),
    ...headers
  }
  const response = await fetch(`${url}/webhooks/github`, {
    method: "POST",
    headers: Object.entries(sent).filter((entry): entry is [string, string] => entry[1] !== null),
    body
  })
  const text = await response.text()
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text }
}

export interface JobInput {
  readonly id: number
  readonly labels: ReadonlyArray<unknown>
  readonly action?: string
  readonly status?: string
  readonly repository?: string
  readonly name?: string
  readonly conclusion?: string
  readonly runnerName?: string
}

/** A workflow_job payload with what every one of GitHub's has. */
export const jobPayload = (job: JobInput) => ({
  action: job.action ?? "queued",
  repository: { id: 1, full_name: job.repository ?? "acme/web" },
  workflow_job: {
    id: job.id,
    run_id: job.id + 1_000_000,
    run_attempt: 1,
    name: job.name ?? `job ${job.id}`,
    workflow_name: "ci",
    labels: job.labels,
    status: job.status ?? job.action ?? "queued",
    conclusion: job.conclusion ?? null,
    runner_id: job.runnerName === undefined ? null : 77,
    runner_name: job.runnerName ?? null,
    html_url: `https://github.com/acme/web/actions/runs/1/job/${job.id}`,
    head_branch: "main",
    head_sha: "0123456789abcdef0123456789abcdef01234567",
    created_at: "2026-01-31T12:00:00Z",
    started_at: "2026-01-31T12:00:00Z",
    completed_at: null
  }
})
