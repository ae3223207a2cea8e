// A simulated GitHub on loopback: REST API, webhooks, and the server side of its runners.
//
// Answers for: putting the parts together and their life. Behaviour that github.com is not known to have in this form is
// marked "unverified" where it stands: the times in Options.ts, the words for failed deliveries in hooks/WebhookSender.ts,
// the literal `***` in the 409 of generate-jitconfig, removal by remove token only in rest/RunnerProtocolRoutes.ts, the case of
// labels in machine/Matchmaker.ts, registrations that stay in machine/RunnerFaults.ts.
// Gotcha: every URL in answers and payloads has the simulator's own origin, as on GitHub Enterprise Server.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Faults } from "../misbehaviour/Faults.ts"
import { firstIdAt, randomIds, realClock, SkewedClock } from "./Environment.ts"
import { DeliveryLog } from "./hooks/DeliveryLog.ts"
import { httpPoster } from "./hooks/HttpPost.ts"
import { WebhookFaults } from "./hooks/WebhookFaults.ts"
import { WebhookSender } from "./hooks/WebhookSender.ts"
import { appRoutes } from "./rest/AppRoutes.ts"
import { Authentication } from "./rest/Authentication.ts"
import { controlRoutes } from "./rest/ControlRoutes.ts"
import type { ControlState } from "./rest/ControlState.ts"
import { controlState } from "./rest/ControlState.ts"
import { hookRoutes } from "./rest/HookRoutes.ts"
import { namedFailures } from "./rest/NamedFailures.ts"
import { manifestRoutes } from "./rest/ManifestRoutes.ts"
import { jobRoutes } from "./rest/JobRoutes.ts"
import { RateLimits } from "./rest/RateLimits.ts"
import { releaseRoutes } from "./rest/ReleaseRoutes.ts"
import { RestServer } from "./rest/RestServer.ts"
import { RouteTable } from "./rest/Route.ts"
import { runnerProtocolRoutes } from "./rest/RunnerProtocolRoutes.ts"
import { runnerRoutes } from "./rest/RunnerRoutes.ts"
import { MadeApps } from "./machine/MadeApps.ts"
import { GitHubMachine } from "./machine/GitHubMachine.ts"
import type { GitHubSimulatorOptions } from "./Options.ts"
import { defaultLimits, defaultRateLimits } from "./Options.ts"

export interface GitHubSimulator {
  /** The API's base URL, and the origin at which runners register. No slash at the end. */
  readonly url: string
  /** `<url>/_control` */
  readonly controlUrl: string
  readonly machine: GitHubMachine
  readonly privateKeyPem: string
  readonly appId: number
  readonly webhookSecret: string
  readonly faults: Faults
  readonly webhookFaults: WebhookFaults
  readonly setWebhook: (target: { readonly url: string; readonly secret?: string } | null) => void
  /** How far GitHub's clock runs ahead, in milliseconds. */
  readonly setClockSkew: (skewMs: number) => void
  /** As GET /_control/state. */
  readonly state: () => ControlState
  /** Forgets runs, jobs, runners, tokens, deliveries, counts and faults; limits and clock are as at the start. */
  readonly reset: () => void
  /** Ends every connection and forgets webhooks that were not sent yet. */
  readonly close: () => Promise<void>
}

const generatedKey = (): string =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" }
  }).privateKey

/** Starts a simulated GitHub on 127.0.0.1. Rejects when the port is taken or the options contradict each other. */
export const startGitHubSimulator = async (options: GitHubSimulatorOptions): Promise<GitHubSimulator> => {
  const clock = new SkewedClock(options.clock ?? realClock)
  const ids = randomIds(firstIdAt(clock.now()))
  const limits = { ...defaultLimits, ...options.limits }
  const { id: appId, webhookSecret } = options.app
  const privateKeyPem = options.app.privateKeyPem ?? generatedKey()
  const hookKind = options.hookKind ?? "integration"

  const server = createServer()
  // Shorter, and a client that re-uses a connection after a pause meets one that is just being closed.
  server.keepAliveTimeout = 65_000
  server.requestTimeout = 0
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port ?? 0, "127.0.0.1", () => resolve())
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const log = new DeliveryLog(clock, ids, limits)
  const webhookFaults = new WebhookFaults()
  const target = options.webhookUrl === undefined ? null : { url: options.webhookUrl, secret: webhookSecret }
  const identity = { hookId: ids.next(), targetType: hookKind, appId }
  const sender = new WebhookSender(target, identity, {
    log,
    faults: webhookFaults,
    clock,
    limits,
    poster: httpPoster(clock, () => limits.webhookTimeoutMillis)
  })
  const machine = new GitHubMachine({
    clock,
    ids,
    limits,
    installations: options.installations,
    serverUrl: url,
    hookKind,
    appId,
    onWebhook: (event) => sender.send(event)
  })
  const madeApps = new MadeApps(clock, ids)
  const auth = new Authentication(machine, {
    appId,
    madeApps,
    publicKey: createPublicKey(createPrivateKey(privateKeyPem)),
    pats: options.pats ?? [],
    basicAuth: options.basicAuth ?? null,
    tokenFormat: options.tokenFormat ?? "stateless"
  })
  const faults = new Faults(() => ({
    operations: routes.operations(),
    failures: new Set(Object.keys(namedFailures))
  }))
  const initialRateLimits = { ...defaultRateLimits, ...options.rateLimits }
  const rateLimits = new RateLimits(clock, initialRateLimits)
  const restCalls = new Map<string, number>()
  const restStatuses = new Map<string, number>()
  const setClockSkew = (skewMs: number) => {
    clock.skewMs = skewMs
  }
  const reset = () => {
    machine.reset()
    setClockSkew(0)
    rateLimits.options = initialRateLimits
    sender.clear()
    for (const part of [log, auth, madeApps, faults, webhookFaults, rateLimits, restCalls, restStatuses]) part.clear()
  }
  const parts = {
    machine,
    madeApps,
    log,
    sender,
    webhookFaults,
    restCalls,
    restStatuses,
    faults,
    rateLimits,
    setClockSkew,
    reset
  }
  const routes = new RouteTable([
    ...appRoutes({ machine, auth, rateLimits, appId }),
    ...manifestRoutes(machine, madeApps),
    ...runnerRoutes(machine, auth, rateLimits),
    ...jobRoutes(machine, auth),
    ...releaseRoutes(machine),
    ...hookRoutes(machine, auth, log, sender),
    ...runnerProtocolRoutes(machine, rateLimits),
    ...controlRoutes(parts)
  ])
  const requestId = () => `${ids.secret(4)}:${ids.secret(6)}:${ids.secret(8)}`.toUpperCase()
  const rest = new RestServer({ routes, auth, rateLimits, faults, clock, restCalls, restStatuses, requestId })
  server.on("request", rest.handle)

  return {
    url,
    controlUrl: `${url}/_control`,
    machine,
    privateKeyPem,
    appId,
    webhookSecret,
    faults,
    webhookFaults,
    setWebhook: (next) => {
      sender.target = next === null ? null : { url: next.url, secret: next.secret ?? webhookSecret }
    },
    setClockSkew,
    state: () => controlState(parts),
    reset,
    close: async () => {
      sender.close()
      machine.reset()
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    }
  }
}
