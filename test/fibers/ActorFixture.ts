// One request and its actor, on the real stores in memory, with E2B and GitHub faked and time in the test's hand.
import { it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import type { JobFacts } from "../../src/domain/WorkflowJob.ts"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { Permits } from "../../src/fibers/Permits.ts"
import * as RequestActor from "../../src/fibers/RequestActor.ts"
import type { Signal } from "../../src/fibers/RequestHandle.ts"
import { Config } from "../../src/services/config/Config.ts"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import type { GitHub } from "../../src/services/github/GitHub.ts"
import type { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import type { Claim } from "../../src/services/store/ClaimStore.ts"
import { Instance } from "../../src/services/store/Instance.ts"
import { defaultOptions } from "../../src/services/telemetry/Metrics.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import { sqliteInMemory, type Stores } from "../support/StoreBackends.ts"
import { claim, type ClaimScene, deliver, requestOf, saveSpec } from "../support/StoreScenes.ts"
import { FakeOutside } from "./FakeOutside.ts"

const secret = Redacted.make("secret")

/** Round numbers, so that a test can say when something must happen. */
export const makeConfig = (registrationMode: "jit" | "token" = "jit"): RunnerdConfig => ({
  server: {
    host: "127.0.0.1",
    port: 0,
    readTimeout: Duration.seconds(10),
    writeTimeout: Duration.seconds(10),
    idleTimeout: Duration.seconds(10),
    corsOrigins: [],
    trustedProxies: [],
    accessLog: false
  },
  log: { level: "info", format: "json" },
  telemetry: { traces: null, logs: null, serviceName: "runnerd", resourceAttributes: {} },
  profiling: null,
  database: { backend: "sqlite", path: "/nowhere" },
  admin: { token: Redacted.make("admin-token"), tokens: [] },
  e2b: {
    apiKey: secret,
    apiUrl: "http://127.0.0.1:1",
    sandboxUrl: undefined,
    domain: "e2b.test",
    timeout: Duration.hours(1),
    maxTimeout: "unlimited",
    apiTimeout: Duration.seconds(10),
    createTimeout: Duration.minutes(1),
    stopTimeout: Duration.seconds(30),
    createsPerSecond: "unlimited"
  },
  github: {
    webhookSecret: Redacted.make("webhook-secret"),
    apiBaseUrl: "http://127.0.0.1:2",
    allowedRepositories: [],
    registrationMode,
    auth: { _tag: "Token", token: secret }
  },
  worker: {
    maxConcurrentRunners: "unlimited",
    maxConcurrentCreates: 4,
    runnerIdleTimeout: Duration.minutes(5),
    readyTimeout: Duration.minutes(2),
    recoveryTimeout: Duration.minutes(1),
    shutdownTimeout: Duration.seconds(20),
    leaseTtl: Duration.seconds(30),
    retryBaseDelay: Duration.seconds(4),
    retryMaxDelay: Duration.seconds(60),
    retryMaxAttempts: 3,
    breakerDeaths: 10,
    breakerCooldown: Duration.minutes(5)
  },
  repair: {
    workflowRunDelay: Duration.seconds(10),
    deliveriesInterval: Duration.minutes(1),
    deliveryPages: 3,
    reconcileInterval: Duration.minutes(5),
    reconcileCalls: 20,
    silenceAlarm: Duration.minutes(15)
  },
  metrics: { public: false, ...defaultOptions },
  retention: { bodies: 7, deliveries: 30, logs: 14, events: 90, requests: 90, audit: 365 }
})

export type World = Stores | Config | NodeLease | Permits | Sandboxes | GitHub | Scope.Scope

export const worldLayer = (outside: FakeOutside, config: RunnerdConfig) =>
  Permits.layer(config.worker.maxConcurrentCreates).pipe(
    Layer.provideMerge(NodeLease.layer({ host: "test", processId: 1 })),
    Layer.provideMerge(sqliteInMemory.layer),
    Layer.provideMerge(outside.layer),
    Layer.provideMerge(Layer.succeed(Config, config))
  )

/** A test in a world of its own. */
export const story = <A, E>(
  title: string,
  body: (outside: FakeOutside) => Effect.Effect<A, E, World>,
  config: RunnerdConfig = makeConfig()
) =>
  it.effect(title, () =>
    Effect.suspend(() => {
      const outside = new FakeOutside()
      return Effect.provide(body(outside), worldLayer(outside, config))
    })
  )

const turn = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets every other fiber run until none has anything to do but wait. */
export const settle = Effect.repeat(turn, { times: 200 })

/** Waits, in no time at all, until the request is as expected; dies with what it is instead. */
export const until = (id: string, holds: (request: RunnerRequest) => boolean) =>
  Effect.gen(function* () {
    for (let look = 0; look < 2000; look += 1) {
      const request = yield* requestOf(id)
      if (holds(request)) return request
      yield* turn
    }
    return yield* Effect.die(new Error(`it never came to that: ${JSON.stringify(yield* requestOf(id))}`))
  })

export interface Actor {
  readonly id: string
  readonly fiber: Fiber.Fiber<void, unknown>
  readonly mailbox: Queue.Queue<Signal>
}

export const startActor = Effect.fnUntraced(function* (claim: Claim) {
  const mailbox = yield* Queue.unbounded<Signal>()
  const fiber = yield* Effect.forkScoped(RequestActor.run(claim, mailbox))
  return { id: claim.request.id, fiber, mailbox } satisfies Actor
})

/** Claims as this node does. */
export const claimHere = Effect.fnUntraced(function* (over: ClaimScene = {}) {
  const { incarnation } = yield* NodeLease
  const { tag } = yield* Instance
  return yield* claim({ owner: incarnation, alive: [incarnation], instanceTag: tag, ...over })
})

/** Claims as another node does that knows every earlier owner to be dead. */
export const takeOver = (owner: string) => claimHere({ owner, alive: [owner] })

/** Takes over as another node does, and starts the actor of the first. */
export const takeOverAndAct = (owner: string) => claimAndAct({ owner, alive: [owner] })

/** Claims what there is to claim and starts the actor of the first. */
export const claimAndAct = Effect.fnUntraced(function* (over: ClaimScene = {}) {
  const claims = yield* claimHere(over)
  return yield* startActor(claims[0] ?? (yield* Effect.die(new Error("there was nothing to claim"))))
})

/** Job 101 waits, and an actor works on its request. */
export const provisioning = Effect.gen(function* () {
  yield* saveSpec()
  yield* deliver()
  return yield* claimAndAct()
})

/** The same, once the start command runs. */
export const running = Effect.tap(provisioning, () => until("101", ({ status }) => status === "running"))

/** The same, once the runner listens for jobs. */
export const listening = (outside: FakeOutside) =>
  running.pipe(
    Effect.tap(outside.print("√ Connected to GitHub\nListening for Jobs\n")),
    Effect.tap(() => until("101", ({ readyAt }) => readyAt !== null))
  )

/** GitHub says something about a job, and the actor is told. */
export const tell = Effect.fnUntraced(function* (actor: Actor, job: Partial<JobFacts>) {
  yield* deliver(job)
  yield* Queue.offer(actor.mailbox, { _tag: "News" })
})

export const runnerNameOf = (id: string) => Effect.map(requestOf(id), ({ runnerName }) => runnerName)

/** The codes of the timeline, oldest first. */
export const told = (id: string) =>
  TimelineStore.use((store) => Effect.map(store.of(id), (entries) => entries.map(({ code }) => code)))
