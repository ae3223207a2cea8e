import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { DiagnosticsStore } from "../../../src/services/store/DiagnosticsStore.ts"
import { NodeSession } from "../../../src/services/store/NodeSession.ts"
import { NodeStore } from "../../../src/services/store/NodeStore.ts"
import { ProviderLimits } from "../../../src/services/store/ProviderLimits.ts"
import { everyBackend } from "../../support/StoreBackends.ts"
import { amend, claim, deliver, saveSpec, within } from "../../support/StoreScenes.ts"

const { rules } = within({ createsPerSecond: 2 })

for (const { layer, name } of everyBackend) {
  describe(`a look at how things stand on ${name}`, () => {
    it.effect("finds the database, the work that nodes hold, and the limits that hold now", () =>
      Effect.gen(function* () {
        const store = yield* DiagnosticsStore
        const limits = yield* ProviderLimits
        yield* TestClock.setTime(10_000)
        yield* saveSpec()
        for (const jobId of [101, 102, 103, 104]) yield* deliver({ jobId })
        const claimed = yield* claim({ owner: "n-1", room: () => 2 })
        assert.lengthOf(claimed, 2)
        yield* amend(claimed[0]!.request.id, { status: "completed" })
        yield* limits.createRefused({
          claimedAt: 9000,
          code: "sandbox_rate_limit",
          message: "slower",
          noRoom: false,
          retryAfterSeconds: 30
        })
        const found = yield* store.read(rules)
        assert.strictEqual(found.now, 10_000)
        assert.match(found.database.version, /^\d+\.\d+/)
        assert.strictEqual(found.database.schema, "initial")
        assert.isAbove(found.database.sizeBytes, 10_000)
        assert.isAtLeast(found.database.latencyMillis, 0)
        assert.deepStrictEqual(
          found.work.map((work) => ({ ...work })),
          [{ owner: "n-1", status: "creating", stage: claimed[1]!.request.stage, n: 1 }]
        )
        assert.deepStrictEqual(
          found.limits.map(({ code, message, openAt, scope }) => ({ code, message, openAt, scope })),
          [{ scope: "e2b", openAt: 40_000, code: "sandbox_rate_limit", message: "slower" }]
        )
        yield* TestClock.setTime(40_000)
        assert.deepStrictEqual((yield* store.read(rules)).limits, [])
      }).pipe(Effect.provide(layer))
    )

    it.effect("finds the nodes, which of them live, and which one leads", () =>
      Effect.gen(function* () {
        const nodes = yield* NodeStore
        yield* TestClock.setTime(1000)
        const session = yield* NodeSession.use((sessions) => sessions.open(7))
        yield* nodes.register({ incarnation: "one", host: "h", processId: 12, lockKey: 7 })
        assert.isTrue(yield* session.lead)
        const one = { incarnation: "one", host: "h", processId: 12, startedAt: 1000, heartbeatAt: 1000 }
        const list = Effect.map(nodes.list(30_000), (rows) => rows.map((row) => ({ ...row })))
        assert.deepStrictEqual(yield* list, [{ ...one, alive: 1, leads: 1 }])
        yield* TestClock.setTime(31_000)
        assert.deepStrictEqual(yield* list, [{ ...one, alive: 1, leads: 1 }], "a lease holds to its last moment")
        yield* TestClock.setTime(31_001)
        // On a file of its own there is nobody else who could take it for dead.
        const alone = (yield* NodeSession).shared === null
        assert.deepStrictEqual(yield* list, [{ ...one, alive: alone ? 1 : 0, leads: 1 }])
        assert.strictEqual(yield* nodes.heartbeat("one", 30_000), alone, "one that is dead does not come back")
        yield* nodes.end("one")
        assert.deepStrictEqual(yield* list, [])
      }).pipe(Effect.scoped, Effect.provide(layer))
    )
  })
}
