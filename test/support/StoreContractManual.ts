// What every database must do with requests that an operator makes by hand.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { traceIdOf } from "../../src/domain/TraceContext.ts"
import * as PubSub from "effect/PubSub"
import * as TestClock from "effect/testing/TestClock"
import { AuditStore } from "../../src/services/store/AuditStore.ts"
import { type ManualInput, ManualStore } from "../../src/services/store/ManualStore.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import { Wakeup } from "../../src/services/Wakeup.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, requestOf, rowsOf, saveSpec, unconditionally } from "./StoreScenes.ts"

const create = (over: Partial<ManualInput> = {}) =>
  ManualStore.use((store) =>
    store.create({ id: "nightly", repository: "acme/web", specName: "small", labels: [], ...over }, "ann")
  )
const recorded = AuditStore.use((audit) =>
  Effect.map(audit.list({ limit: 99, offset: 0 }), ({ events }) =>
    events.filter((event) => event.action === "runner.create")
  )
)

export const manualStoreContract = ({ layer, name }: StoreBackend): void => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`requests made by hand on ${name}`, () => {
    test(
      "one is queued with its spec, told, recorded with who asked and nothing before, and wakes the dispatcher",
      Effect.gen(function* () {
        yield* TestClock.setTime(7000)
        yield* saveSpec()
        yield* Effect.scoped(
          Effect.gen(function* () {
            const news = yield* (yield* Wakeup).subscribe
            assert.strictEqual((yield* create())._tag, "Created")
            assert.isTrue((yield* PubSub.take(news)).newRequests)
          })
        )
        assert.deepInclude(yield* requestOf("nightly"), {
          source: "manual_api",
          jobId: null,
          status: "queued",
          specName: "small",
          repository: "acme/web",
          requestedLabels: ["self-hosted", "e2b"],
          labels: ["self-hosted", "e2b"],
          queuedAt: 7000
        })
        const [entry] = yield* TimelineStore.use((timeline) => timeline.of("nightly"))
        const traceId = traceIdOf((yield* requestOf("nightly")).traceContext)
        assert.isNotNull(traceId)
        const message = `Asked for by ann; runner spec small serves it. Its trace is ${traceId}.`
        assert.deepInclude(entry, { code: "queued", message })
        const [event] = yield* recorded
        assert.deepInclude(event, { actor: "ann", resourceId: "nightly", before: null })
        assert.deepInclude(event?.after, {
          status: "queued",
          runner_spec_name: "small",
          repository_full_name: "acme/web"
        })
      })
    )
    test(
      "it counts like any other: in the same pool, under the same cap, in its repository's turn",
      Effect.gen(function* () {
        yield* saveSpec({ maxConcurrency: 1 })
        yield* create()
        yield* deliver()
        assert.strictEqual((yield* requestOf("nightly")).pool, (yield* requestOf("101")).pool)
        assert.deepStrictEqual(
          (yield* claim()).map(({ request }) => request.id),
          ["nightly"]
        )
        assert.deepStrictEqual(yield* claim(), [])
        const turns = new Map((yield* rowsOf("runner_requests")).map((row) => [row["id"], row["turn"]]))
        assert.strictEqual(turns.get("101"), Number(turns.get("nightly")) + 1)
      })
    )
    test(
      "the same id again is the one there was, whatever else is asked, and is not recorded twice",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* create()
        const first = yield* requestOf("nightly")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* create({ repository: "acme/api" }), { _tag: "Existing", request: first })
        assert.strictEqual((yield* recorded).length, 1)
        assert.strictEqual((yield* rowsOf("runner_requests")).length, 1)
      })
    )
    test(
      "asked for at once with one id, there is one request",
      Effect.gen(function* () {
        yield* saveSpec()
        const answers = yield* Effect.all(
          Array.from({ length: 8 }, () => create()),
          { concurrency: "unbounded" }
        )
        assert.sameMembers(
          answers.map((answer) => answer._tag),
          ["Created", ...Array.from({ length: 7 }, () => "Existing")]
        )
      })
    )
    test(
      "the id of a job's request is not given away",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        assert.strictEqual((yield* create({ id: "101" }))._tag, "Taken")
        assert.strictEqual((yield* rowsOf("runner_requests")).length, 1)
      })
    )
    test(
      "without an id it gets one of its own each time",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* create({ id: undefined })
        yield* create({ id: undefined })
        const ids = (yield* rowsOf("runner_requests")).map((row) => row["id"])
        assert.strictEqual(new Set(ids).size, 2)
      })
    )
    test(
      "the labels choose the spec as they do for a job, and what admission refuses leaves nothing behind",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveSpec({ name: "large", labels: ["self-hosted", "large"], defaultAvailable: false })
        const refusal = (answer: Effect.Success<ReturnType<typeof create>>) =>
          answer._tag === "Refused" ? answer.refusal.code : answer._tag
        assert.strictEqual(refusal(yield* create({ specName: undefined })), "no_labels")
        assert.strictEqual(refusal(yield* create({ specName: "nobody's" })), "spec_not_found")
        assert.strictEqual(refusal(yield* create({ specName: "large" })), "spec_not_allowed")
        assert.strictEqual(refusal(yield* create({ labels: ["gpu"] })), "spec_labels_not_matched")
        assert.strictEqual(refusal(yield* create({ specName: undefined, labels: ["gpu"] })), "spec_labels_not_matched")
        assert.deepStrictEqual(yield* rowsOf("runner_requests"), [])
        assert.deepStrictEqual(yield* recorded, [])
        yield* create({ specName: undefined, labels: ["E2B"] })
        assert.deepInclude(yield* requestOf("nightly"), { specName: "small", requestedLabels: ["E2B"] })
      })
    )
    test(
      "a retry keeps its spec, also when another has come that its labels would choose",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* create()
        yield* amend("nightly", { status: "failed", failedAt: 1 })
        yield* saveSpec({ name: "first", priority: 9 })
        const answer = yield* OperatorStore.use((store) => store.retry("nightly", unconditionally))
        assert.strictEqual(answer._tag === "Some" ? answer.value._tag : "None", "Retried")
        assert.deepInclude(yield* requestOf("nightly"), { status: "queued", specName: "small" })
      })
    )
  })
}
