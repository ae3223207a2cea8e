// What every database must do with what an operator asks: stop and retry.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as TestClock from "effect/testing/TestClock"
import { Fatal, Retryable } from "../../src/domain/Disposition.ts"
import type { RequestFact } from "../../src/domain/RequestFact.ts"
import type { RequestSpan } from "../../src/domain/RequestTrace.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { JobTimeStore } from "../../src/services/store/JobTimeStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import { Traces } from "../../src/services/telemetry/Traces.ts"
import { Wakeup } from "../../src/services/Wakeup.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, requestOf, saveSpec, unconditionally, within } from "./StoreScenes.ts"

const stop = (id = "101", reason: string | null = null) =>
  OperatorStore.use((store) => store.stop(id, reason, unconditionally))
const retry = (id = "101") =>
  OperatorStore.use((store) => Effect.flatMap(store.retry(id, unconditionally), Effect.fromOption))
const codes = TimelineStore.use((store) => Effect.map(store.of("101"), (entries) => entries.map(({ code }) => code)))

const ended = (disposition: Fatal | Retryable): RequestFact => ({
  _tag: "AttemptFailed",
  stage: "sandbox_create",
  disposition,
  dueAt: 60_000,
  maxAttempts: 3,
  clean: true
})
const never = new Fatal({ code: "template_unusable", message: "Never." })

/** Job 101's request is claimed, and its attempt ended so. */
const after = Effect.fnUntraced(function* (fact: RequestFact) {
  yield* saveSpec()
  yield* deliver()
  const [claimed] = yield* claim()
  yield* RequestStore.use((store) => store.record(claimed!.request, [fact]))
})

export const operatorStoreContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`what an operator asks on ${name}`, () => {
    test(
      "a stop is a fact: told with who and why, news for the owner, and it changes no status",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* claim()
        yield* TestClock.setTime(7000)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const news = yield* (yield* Wakeup).subscribe
            yield* stop("101", "Too costly.")
            assert.deepStrictEqual((yield* PubSub.take(news)).requestIds, ["101"])
          })
        )
        const request = yield* requestOf("101")
        assert.deepInclude(request, { stopAskedAt: 7000, stopAskedBy: "ann", stopReason: "Too costly." })
        assert.deepInclude(request, { status: "creating", factsVersion: 1, owner: "node-1" })
        assert.deepStrictEqual(yield* codes, ["queued", "claimed", "stop_asked"])
      })
    )
    test(
      "a second stop changes nothing (E-70), and an unknown request is none",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* stop("101", "first")
        const first = yield* requestOf("101")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* stop("101", "second"), Option.some(first))
        assert.deepStrictEqual(yield* codes, ["queued", "stop_asked"])
        assert.isTrue(Option.isNone(yield* stop("nobody")))
      })
    )
    test(
      "a queued request that is to stop is handed out whatever the caps say and however long it was to wait",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* amend("101", { dueAt: 3_600_000 })
        assert.deepStrictEqual(yield* claim(within({ maxRunners: 0 })), [])
        yield* stop()
        const claims = yield* claim({ ...within({ maxRunners: 0 }), room: () => 0, roomInAll: 0 })
        assert.deepStrictEqual(
          claims.map(({ kind, request }) => [kind, request.id]),
          [["Resume", "101"]]
        )
      })
    )
    test(
      "what has ended is only given back, and stays as it is (E-125)",
      Effect.gen(function* () {
        yield* after(ended(never))
        const before = yield* requestOf("101")
        assert.deepStrictEqual(yield* stop(), Option.some(before))
        assert.deepStrictEqual(yield* requestOf("101"), before)
      })
    )
    test(
      "a retry of a failure: queued at once with all its attempts, claimable, its job still counted (E-109)",
      Effect.gen(function* () {
        yield* after(ended(never))
        assert.deepInclude(yield* requestOf("101"), {
          status: "failed",
          attempt: 1,
          failureReason: "template_unusable"
        })
        assert.strictEqual((yield* retry())._tag, "Retried")
        assert.deepInclude(yield* requestOf("101"), { status: "queued", attempt: 0, failureReason: null, error: null })
        assert.deepStrictEqual(yield* codes, ["queued", "claimed", "failed", "retry_asked"])
        const [claimed] = yield* claim({ owner: "node-2" })
        assert.strictEqual(claimed?.request.id, "101")
      })
    )
    test(
      "a retry admits anew: a refused job gets its spec once a spec serves it, and its request enters the pool (E-16)",
      Effect.gen(function* () {
        yield* saveSpec({ defaultAvailable: false })
        yield* deliver()
        assert.deepInclude(yield* requestOf("101"), { status: "failed", specName: null, pool: null })
        const refused = yield* retry()
        assert.strictEqual(refused._tag, "NotAllowed")
        assert.deepInclude(yield* requestOf("101"), { status: "failed", failureStage: "admission" })
        yield* saveSpec({ defaultAvailable: true })
        assert.strictEqual((yield* retry())._tag, "Retried")
        const request = yield* requestOf("101")
        assert.deepInclude(request, { status: "queued", specName: "small", failureStage: null })
        assert.isNotNull(request.pool)
        yield* deliver({ jobId: 102 })
        assert.strictEqual((yield* requestOf("102")).pool, request.pool)
        assert.strictEqual(yield* RequestStore.use((store) => store.coverDemand()), 0)
      })
    )
    test(
      "a retry of a request that waits for its next attempt begins it now; one that waits for nothing is refused (E-109)",
      Effect.gen(function* () {
        yield* after(ended(new Retryable({ code: "sandbox_unavailable", message: "Again." })))
        assert.deepInclude(yield* requestOf("101"), { status: "queued", dueAt: 60_000 })
        assert.strictEqual((yield* retry())._tag, "Retried")
        assert.deepInclude(yield* requestOf("101"), { status: "queued", dueAt: null, attempt: 0 })
        assert.strictEqual((yield* retry())._tag, "NotAllowed")
      })
    )
    for (const status of ["creating", "running", "stopping", "completed"] as const) {
      test(
        `a retry of what is ${status} is refused and changes nothing (E-109)`,
        Effect.gen(function* () {
          yield* saveSpec()
          yield* deliver()
          yield* amend("101", { status, dueAt: 5 })
          const before = yield* requestOf("101")
          const answer = yield* retry()
          assert.match(answer._tag === "NotAllowed" ? answer.message : "", /^[A-Z].*\.$/)
          assert.deepStrictEqual(yield* requestOf("101"), before)
        })
      )
    }
    const traced = <E>(title: string, body: (told: ReadonlyArray<RequestSpan>) => Effect.Effect<void, E, Stores>) => {
      it.effect(title, () => {
        const told: Array<RequestSpan> = []
        const traces = Layer.succeed(Traces, { enabled: true, tell: (spans) => told.push(...spans) })
        return Effect.provide(body(told), Layer.provideMerge(layer, traces))
      })
    }
    traced("the wait that a word ends is in the trace, and so is the one that begins with it", (told) =>
      Effect.gen(function* () {
        const again = new Retryable({ code: "sandbox_unavailable", message: "Again." })
        yield* after(ended(again))
        yield* TestClock.setTime(20_000)
        yield* retry()
        yield* TestClock.setTime(21_000)
        yield* stop()
        yield* TestClock.setTime(22_500)
        const [resumed] = yield* claim()
        yield* RequestStore.use((store) =>
          store.record(resumed!.request, [{ _tag: "NotNeeded", message: "It was asked to stop." }])
        )
        const root = told.find(({ parentId }) => parentId === null)
        const waits = told.filter(({ name }) => name === "wait in line")
        assert.deepStrictEqual(
          waits.map(({ attributes, endedAt, parentId, startedAt }) => [
            attributes["runnerd.wait.ended_by"],
            startedAt,
            endedAt,
            parentId
          ]),
          [
            ["Claimed", 0, 0, root?.spanId],
            ["RetryAsked", 0, 20_000, root?.spanId],
            ["StopAsked", 20_000, 21_000, root?.spanId],
            ["NotNeeded", 21_000, 22_500, root?.spanId]
          ]
        )
        assert.strictEqual(new Set(told.map(({ spanId }) => spanId)).size, told.length, "each has an id of its own")
        assert.deepInclude(root, { name: "runner request", startedAt: 0, endedAt: 22_500 })
      })
    )
    traced(
      "a retry of a failure begins another life: its trace, its wait and its queue time count from there",
      (told) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(1000)
          yield* after(ended(never))
          const first = told.find(({ parentId }) => parentId === null)
          yield* TestClock.setTime(3_600_000)
          yield* retry()
          assert.deepInclude(yield* requestOf("101"), { queuedAt: 1000, retriedAt: 3_600_000 })
          yield* TestClock.setTime(3_604_000)
          // Whether its job still waits is looked at first.
          const [resumed] = yield* claim()
          yield* RequestStore.use((store) => store.judge(resumed!.request, () => [{ _tag: "Released", due: true }]))
          yield* TestClock.setTime(3_605_000)
          const [claimed] = yield* claim()
          yield* TestClock.setTime(3_607_000)
          const facts: ReadonlyArray<RequestFact> = [
            { _tag: "SandboxCreated", sandboxId: "sbx", endsAt: 9_000_000 },
            { _tag: "RunnerRegistered", runnerId: 5 },
            { _tag: "RunnerStarted", pid: 7 },
            { _tag: "JobAssigned", jobId: 101, jobName: "build" },
            { _tag: "StopWanted", message: "Done." },
            { _tag: "CleanedUp" }
          ]
          yield* RequestStore.use((store) => store.record(claimed!.request, facts))
          const roots = told.filter(({ parentId }) => parentId === null)
          assert.deepStrictEqual(
            roots.map(({ endedAt, startedAt }) => [startedAt, endedAt]),
            [
              [1000, 1000],
              [3_600_000, 3_607_000]
            ]
          )
          assert.notStrictEqual(roots[1]?.traceId, first?.traceId)
          const waits = told.filter(({ name, traceId }) => name === "wait in line" && traceId === roots[1]?.traceId)
          assert.deepStrictEqual(
            waits.map(({ endedAt, startedAt }) => [startedAt, endedAt]),
            [
              [3_600_000, 3_604_000],
              [3_604_000, 3_605_000]
            ]
          )
          const [hour] = yield* JobTimeStore.use((times) => times.read([{ from: 3_600_000, to: 7_200_000 }]))
          assert.deepStrictEqual(hour?.queue, { jobs: 1, p50: 7000, p95: 7000 })
        })
    )
    test(
      "what its owner has not acted on is unheard until it judges",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        const [claimed] = yield* claim()
        const unheard = ClaimStore.use((claims) => claims.unheard("node-1"))
        assert.deepStrictEqual(yield* unheard, [])
        yield* stop()
        assert.deepStrictEqual(yield* unheard, [{ id: "101", factsVersion: 1 }])
        assert.deepStrictEqual(yield* ClaimStore.use((claims) => claims.unheard("node-2")), [])
        const { verdict } = yield* RequestStore.use((store) => store.judge(claimed!.request, () => []))
        assert.strictEqual(verdict._tag, "StopAsked")
        assert.deepStrictEqual(yield* unheard, [])
      })
    )
    test(
      "a retry is no way round a spec that was disabled since",
      Effect.gen(function* () {
        yield* after(ended(never))
        yield* saveSpec({ enabled: false })
        assert.strictEqual((yield* retry())._tag, "NotAllowed")
        assert.strictEqual((yield* SpecStore.use((specs) => specs.list)).length, 1)
      })
    )
  })
}
