// A receiver of webhooks that remembers what came.
//
// Gotcha: every webhook is judged by GitHub's own description, and a test that got one which is not as described fails.
import type { IncomingHttpHeaders } from "node:http"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert } from "@effect/vitest"
import { afterEach } from "vitest"
import { faultsOfWebhook } from "./Description.ts"

const wrong: Array<string> = []
afterEach(() => assert.deepStrictEqual(wrong.splice(0), [], "webhooks against GitHub's description"))

export interface ReceivedJob {
  readonly id: number
  readonly name: string
  readonly status: string
  readonly conclusion: string | null
  readonly runner_name: string | null
}

export interface Received {
  readonly event: string
  readonly action: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly job: ReceivedJob | null
}

export interface Receiver {
  readonly url: string
  readonly received: ReadonlyArray<Received>
  /** What is answered from now on; null: nothing at all. */
  status: number | null
  /** Resolves with the first webhook, past or future, that the predicate holds for. */
  readonly until: (predicate: (received: Received) => boolean) => Promise<Received>
  readonly job: (action: string, name: string) => Promise<Received>
  readonly close: () => Promise<void>
}

export const startReceiver = async (): Promise<Receiver> => {
  const received: Array<Received> = []
  let waiting: Array<{ predicate: (received: Received) => boolean; resolve: (received: Received) => void }> = []
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8")
      const payload = JSON.parse(body) as Record<string, unknown>
      const entry: Received = {
        event: String(request.headers["x-github-event"]),
        action: String(payload["action"]),
        headers: request.headers,
        body,
        payload,
        job: (payload["workflow_job"] as ReceivedJob | undefined) ?? null
      }
      received.push(entry)
      wrong.push(...faultsOfWebhook(entry.event, payload))
      if (receiver.status !== null) response.writeHead(receiver.status).end()
      const due = waiting.filter(({ predicate }) => predicate(entry))
      waiting = waiting.filter((each) => !due.includes(each))
      for (const { resolve } of due) resolve(entry)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))
  const until = (predicate: (received: Received) => boolean) => {
    const known = received.find(predicate)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise<Received>((resolve) => waiting.push({ predicate, resolve }))
  }
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received,
    status: 202,
    until,
    job: (action, name) =>
      until(({ event, action: given, job }) => event === "workflow_job" && given === action && job?.name === name),
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    }
  }
  return receiver
}
