// What every database must do with the record of what was changed by the management API.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { Fatal } from "../../src/domain/Disposition.ts"
import { type AuditFilter, AuditStore, type NewAuditEvent } from "../../src/services/store/AuditStore.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, forAll, saveSpec, unconditionally } from "./StoreScenes.ts"

const append = (over: Partial<NewAuditEvent> = {}) =>
  AuditStore.use((audit) =>
    audit.append({
      actor: "ann",
      action: "runner_spec.update",
      resourceId: "small",
      before: { priority: 0 },
      after: { priority: 1 },
      ...over
    })
  )
const list = (limit = 10, offset = 0) => AuditStore.use((audit) => audit.list({ limit, offset }))
const events = Effect.map(list(), (page) => page.events)
/** Without those of the specs that a story needs. */
const eventsOfRequests = Effect.map(events, (all) => all.filter((event) => event.resourceType === "runner_request"))

/** Job 101's request has failed for good. */
const failed = Effect.gen(function* () {
  yield* saveSpec()
  yield* deliver()
  const [claimed] = yield* claim()
  const disposition = new Fatal({ code: "template_unusable", message: "Never." })
  yield* RequestStore.use((store) =>
    store.record(claimed!.request, [
      { _tag: "AttemptFailed", stage: "sandbox_create", disposition, dueAt: 60_000, maxAttempts: 3, clean: true }
    ])
  )
})

export const auditStoreContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`audit events on ${name}`, () => {
    test(
      "an event says who did what to what, when, and how that was before and after",
      Effect.gen(function* () {
        yield* TestClock.setTime(7000)
        yield* append()
        yield* append({ action: "runner_spec.create", before: null })
        yield* append({ action: "runner_spec.delete", after: null })
        const common = { at: 7000, actor: "ann", resourceType: "runner_spec", resourceId: "small" }
        const [before, after] = [{ priority: 0 }, { priority: 1 }]
        const [third, second, first, ...others] = yield* events
        assert.deepInclude(third, { ...common, action: "runner_spec.delete", before, after: null })
        assert.deepInclude(second, { ...common, action: "runner_spec.create", before: null, after })
        assert.deepInclude(first, { ...common, action: "runner_spec.update", before, after })
        assert.deepStrictEqual(others, [])
      })
    )
    test(
      "any JSON comes back as it was written",
      forAll(fc.jsonValue(), 50, (value) =>
        Effect.gen(function* () {
          // A negative zero is a zero in JSON.
          const written = JSON.parse(JSON.stringify(value))
          yield* append({ before: null, after: written })
          const [newest] = yield* events
          assert.deepStrictEqual(newest?.after, written)
        })
      )
    )
    test(
      "pages are newest first and do not overlap; the total counts all",
      Effect.gen(function* () {
        for (let index = 0; index < 5; index += 1) yield* append({ resourceId: `spec-${index}` })
        const idsOf = (page: { readonly events: ReadonlyArray<{ readonly resourceId: string }> }) =>
          page.events.map((event) => event.resourceId)
        assert.deepStrictEqual(idsOf(yield* list(2)), ["spec-4", "spec-3"])
        assert.deepStrictEqual(idsOf(yield* list(2, 2)), ["spec-2", "spec-1"])
        assert.deepStrictEqual(idsOf(yield* list(2, 4)), ["spec-0"])
        assert.deepStrictEqual(yield* list(2, 6), { events: [], total: 5 })
      })
    )
    test(
      "a filter lets through what equals it in every field that it names, and counts that",
      Effect.gen(function* () {
        yield* append({ actor: "ann", action: "runner_spec.create", resourceId: "a" })
        yield* append({ actor: "bob", action: "runner_spec.update", resourceId: "a" })
        yield* append({ actor: "ann", action: "runner_group.create", resourceId: "a" })
        yield* append({ actor: "ann", action: "runner_spec.update", resourceId: "b" })
        const filtered = (filter: AuditFilter, limit = 10) =>
          AuditStore.use((audit) =>
            Effect.map(audit.list({ limit, offset: 0 }, filter), ({ events: found, total }) => [
              total,
              ...found.map(({ action, actor, resourceId }) => `${actor} ${action} ${resourceId}`)
            ])
          )
        assert.deepStrictEqual(yield* filtered({ actor: "bob" }), [1, "bob runner_spec.update a"])
        assert.deepStrictEqual(yield* filtered({ resourceType: "runner_spec", resourceId: "a" }), [
          2,
          "bob runner_spec.update a",
          "ann runner_spec.create a"
        ])
        assert.deepStrictEqual(yield* filtered({ action: "runner_spec.update" }, 1), [2, "ann runner_spec.update b"])
        assert.deepStrictEqual(yield* filtered({ actor: "ANN" }), [0])
        assert.deepStrictEqual(yield* filtered({ actor: "ann", resourceId: "b", action: "runner_group.create" }), [0])
      })
    )
    test(
      "a change that is undone leaves no event",
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* Effect.exit(sql.withTransaction(Effect.andThen(append(), Effect.fail("undone"))))
        assert.deepStrictEqual(yield* events, [])
      })
    )
    test(
      "a stop by the API is one, however often it is asked for (E-70)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* TestClock.setTime(7000)
        for (const reason of ["Too costly.", "Again."])
          yield* OperatorStore.use((store) => store.stop("101", reason, unconditionally))
        yield* OperatorStore.use((store) => store.stop("nobody", null, unconditionally))
        const [event, ...others] = yield* eventsOfRequests
        assert.deepStrictEqual(others, [])
        const what = { actor: "ann", action: "runner.stop", resourceType: "runner_request", resourceId: "101" }
        assert.deepInclude(event, { at: 7000, ...what })
        assert.deepInclude(event?.before, { status: "queued", stop_asked_at: null, stop_reason: null })
        assert.deepInclude(event?.after, {
          status: "queued",
          stop_asked_at: "1970-01-01T00:00:07.000Z",
          stop_reason: "Too costly."
        })
      })
    )
    test(
      "a retry by the API is one, and one that is refused is none (E-109)",
      Effect.gen(function* () {
        yield* failed
        yield* OperatorStore.use((store) => store.retry("101", unconditionally))
        yield* OperatorStore.use((store) => store.retry("101", unconditionally))
        const [event, ...others] = yield* eventsOfRequests
        assert.deepStrictEqual(others, [])
        assert.deepInclude(event, { actor: "ann", action: "runner.retry", resourceType: "runner_request" })
        assert.deepInclude(event?.before, { status: "failed", retry_count: 1, failure_reason: "template_unusable" })
        assert.deepInclude(event?.after, { status: "queued", retry_count: 0, failure_reason: null })
      })
    )
    test(
      "a stop of what has ended changes nothing, and is none (E-125)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* amend("101", { status: "completed" })
        yield* OperatorStore.use((store) => store.stop("101", null, unconditionally))
        assert.deepStrictEqual(yield* eventsOfRequests, [])
      })
    )
  })
}
