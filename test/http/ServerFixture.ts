// The real HTTP server on a free port of the loopback, over the real stores in memory; E2B knows one template,
// is down for another, has lost a third and refuses the id of a fourth.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as HttpServer from "effect/http/HttpServer"
import { createHmac } from "node:crypto"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import { ProfilingListener } from "../../src/http/ProfilingListener.ts"
import * as Server from "../../src/http/Server.ts"
import { Config } from "../../src/services/config/Config.ts"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import * as Metrics from "../../src/services/telemetry/Metrics.ts"
import * as ProcessMetrics from "../../src/services/telemetry/ProcessMetrics.ts"
import { Warnings } from "../../src/services/Warnings.ts"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { storesInMemory, type Stores } from "../support/StoreBackends.ts"

const refusals = new Map<string, SandboxError.SandboxErrorReason>([
  ["gone", new SandboxError.TemplateUnusable({ template: "gone", detail: "404" })],
  ["down", new SandboxError.Unavailable({ status: 502, detail: "" })],
  ["../../weird", new SandboxError.BadRequest({ detail: "Invalid template ID" })]
])

const newest = {
  cpuCount: 2,
  memoryMb: 1024,
  diskSizeMb: null,
  finishedAt: DateTime.makeUnsafe("2026-01-02T03:04:05Z")
}

const sandboxes = Layer.mock(Sandboxes)({
  templateStatus: (template) => {
    const reason = refusals.get(template)
    return reason === undefined
      ? Effect.succeed({
          templateId: template,
          usable: template === "runner",
          detail: "no ready build",
          facts: { names: [template], builds: 2, usableBuilds: template === "runner" ? 1 : 0, newest }
        })
      : Effect.fail(new SandboxError.SandboxError({ operation: "templateStatus", reason }))
  }
})

export const servedOn = <E>(config: RunnerdConfig, stores: Layer.Layer<Stores, E>) =>
  Server.layer.pipe(
    Layer.provideMerge(stores),
    Layer.provideMerge(Warnings.layer),
    Layer.provideMerge(Layer.provide(ProfilingListener.layer, NodeServices.layer)),
    Layer.provide(sandboxes),
    Layer.provideMerge(ProcessMetrics.layer),
    Layer.provideMerge(Metrics.layer(config.metrics)),
    Layer.provide(Layer.succeed(Config, config))
  )

export const served = (config: RunnerdConfig) => servedOn(config, storesInMemory(config.github.allowedRepositories))

/** A test against a server of its own, in real time. */
export const story = <A, E>(
  title: string,
  body: Effect.Effect<A, E, Layer.Success<ReturnType<typeof served>>>,
  config: RunnerdConfig = makeConfig()
) => it.live(title, () => Effect.provide(body, served(config)))

/** Only the events of this installation are for us. */
export const forInstallation = (installationId: number): RunnerdConfig => {
  const config = makeConfig()
  const auth = { _tag: "App", appId: 1, installationId, privateKey: Redacted.make("key") } as const
  return { ...config, github: { ...config.github, auth } }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends a request to the server under test. */
export const call = Effect.fnUntraced(function* (method: string, path: string, init: Omit<RequestInit, "method"> = {}) {
  const { address } = yield* HttpServer.HttpServer
  const url = `${HttpServer.formatAddress(address).replace("0.0.0.0", "127.0.0.1")}${path}`
  return yield* Effect.promise(async (): Promise<Answer> => {
    const headers = { connection: "close", ...(init.headers as Record<string, string>) }
    const response = await fetch(url, { ...init, method, headers })
    // A stream of events has no end to wait for.
    const endless = response.headers.get("content-type")?.startsWith("text/event-stream") === true
    const text = endless ? "" : await response.text()
    if (endless) await response.body?.cancel()
    return { status: response.status, headers: response.headers, text, json: parsed(text) }
  })
})

export const withToken = { authorization: "Bearer admin-token" }

/** A call of the management API with the right token. */
export const manage = (method: string, path: string, body?: unknown) =>
  call(method, path, {
    headers: { ...withToken, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })

export const signatureOf = (body: string | Uint8Array) =>
  `sha256=${createHmac("sha256", "webhook-secret").update(body).digest("hex")}`

export const delivery = (body: string | Uint8Array, headers: Record<string, string | undefined> = {}) => {
  const all = {
    "x-github-event": "workflow_job",
    "x-github-delivery": "guid-1",
    "x-hub-signature-256": signatureOf(body),
    "content-type": "application/json",
    ...headers
  }
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >
  return call("POST", "/webhooks/github", { body: typeof body === "string" ? body : Buffer.from(body), headers: given })
}

export const jobPayload = (over: Record<string, unknown> = {}, action = "queued") =>
  JSON.stringify({
    action,
    repository: { full_name: "acme/web" },
    installation: { id: 7 },
    workflow_job: {
      id: 101,
      run_id: 11,
      name: "build",
      status: action,
      labels: ["self-hosted", "e2b"],
      created_at: "2026-01-01T00:00:00Z",
      html_url: "https://github.com/acme/web/actions/runs/11/job/101",
      ...over
    }
  })

export const runPayload = (over: Record<string, unknown> = {}, action = "requested") =>
  JSON.stringify({
    action,
    repository: { full_name: "acme/web" },
    installation: { id: 7 },
    workflow_run: { id: 11, name: "ci", status: "queued", run_attempt: 1, ...over }
  })
