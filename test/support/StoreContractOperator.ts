// What every database must do with what an operator asks: stop and retry.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as TestClock from "effect/testing/TestClock"
import { Fatal, Retryable } from "../../src/domain/Disposition.ts"
import type { RequestFact } from "../../src/domain/RequestFact.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
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
