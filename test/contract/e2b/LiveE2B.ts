// E2B as somebody named it: the unmodified client, marking all that it creates.
//
// Answers for: what a test gets instead of a simulator, and that nothing it made outlives it. The mark is metadata:
// `conformance` is the run's, by which the run cleans up after itself (live/E2BService.ts); `conformance-test` the test's.
import { randomUUID } from "node:crypto"
import { ApiClient, ConnectionConfig, E2B } from "e2b"
import type { components, SandboxOpts } from "e2b"
import { onTestFinished } from "vitest"

const creates = /\/(v2\/)?sandboxes$/

export const reachE2B = (settings: Readonly<Record<string, string>>) => {
  const { apiKey = "", apiUrl = "", sandboxUrl = "", run = "" } = settings
  // A small plan may create one sandbox a second: the client's own retry waits for it.
  const connection = { apiKey, apiUrl, sandboxUrl, retries: 5, requestTimeoutMs: 60_000 }
  const real = new E2B(connection)
  const test = randomUUID()
  const mark = { conformance: run, "conformance-test": test }
  const marked = <B extends { readonly metadata?: Record<string, string> | undefined }>(body: B) => ({
    ...body,
    metadata: { ...body.metadata, ...mark }
  })

  const create = (template: string, options: SandboxOpts = {}) => real.Sandbox.create(template, marked(options))
  const Sandbox = new Proxy(real.Sandbox, {
    get: (target, key) => (key === "create" ? create : (Reflect.get(target, key) as unknown))
  })
  const e2b: E2B = { Sandbox, Template: real.Template, Volume: real.Volume, Secret: real.Secret }

  const { api } = new ApiClient(new ConnectionConfig(connection))
  api.use({
    onRequest: async ({ request }) => {
      if (request.method !== "POST" || !creates.test(new URL(request.url).pathname)) return undefined
      const body = (await request.json()) as components["schemas"]["NewSandbox"]
      return new Request(request.url, {
        method: "POST",
        headers: request.headers,
        body: JSON.stringify(marked(body))
      })
    }
  })

  onTestFinished(async () => {
    const left = real.Sandbox.list({ query: { metadata: { "conformance-test": test } } })
    while (left.hasNext) for (const { sandboxId } of await left.nextItems()) await real.Sandbox.kill(sandboxId)
  })
  return { connection, e2b, api }
}
