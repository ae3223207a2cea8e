// What only a database of several nodes can show: who lives, who leads, and what is left of the dead.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { advisoryLocks } from "../../../src/services/store/Dialect.ts"
import { NodeSession } from "../../../src/services/store/NodeSession.ts"
import { NodeStore } from "../../../src/services/store/NodeStore.ts"
import { postgres, type Stores } from "../../support/StoreBackends.ts"

const lease = 30_000

const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores | Scope.Scope>) =>
  it.effect(title, () => Effect.provide(Effect.scoped(body), postgres.layer))

/** A process as the others see it; `die` is what the system does to the connections of one that was killed. */
const life = Effect.fnUntraced(function* (incarnation: string, lockKey: number) {
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer((exit) => Scope.close(scope, exit))
  const session = yield* NodeSession.use((sessions) => Scope.provide(sessions.open(lockKey), scope))
  yield* NodeStore.use((nodes) => nodes.register({ incarnation, host: "h", processId: 1, lockKey }))
  return { ...session, die: Scope.close(scope, Exit.void) }
})

const alive = NodeStore.use((nodes) => Effect.map(nodes.alive(lease), (names) => [...names].sort()))

/** PostgreSQL frees a lock a moment after the connection that held it is closed. */
const freed = (lockKey: number) =>
  SqlClient.SqlClient.use((sql) =>
    sql`SELECT pg_advisory_xact_lock(${advisoryLocks.presence}, ${lockKey})`.pipe(sql.withTransaction)
  )

describe("the nodes of a PostgreSQL database", () => {
  test(
    "a process that died is seen dead at once, however fresh its heartbeat is",
    Effect.gen(function* () {
      const one = yield* life("one", 1)
      yield* life("two", 2)
      assert.deepStrictEqual(yield* alive, ["one", "two"])
      yield* one.die
      yield* freed(1)
      assert.deepStrictEqual(yield* alive, ["two"])
      const nodes = yield* NodeStore
      assert.isFalse(yield* nodes.heartbeat("one", lease))
      assert.deepStrictEqual(yield* nodes.bury(lease), ["one"])
      assert.deepStrictEqual(yield* nodes.bury(lease), [])
    })
  )
  test(
    "one that froze lives until its lease is over, then is dead for ever, and its session is ended with it",
    Effect.gen(function* () {
      const nodes = yield* NodeStore
      const frozen = yield* life("frozen", 1)
      const other = yield* life("other", 2)
      assert.isTrue(yield* frozen.lead)
      assert.isFalse(yield* other.lead)
      yield* TestClock.adjust(lease)
      assert.isTrue(yield* nodes.heartbeat("other", lease))
      assert.deepStrictEqual(yield* alive, ["frozen", "other"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* alive, ["other"])
      assert.isFalse(yield* nodes.heartbeat("frozen", lease))
      const told = yield* Effect.forkChild(frozen.lost)
      assert.deepStrictEqual(yield* nodes.bury(lease), ["frozen"])
      yield* Fiber.join(told)
      yield* freed(1)
      assert.isTrue(yield* other.lead)
    })
  )
  test(
    "one leads, and when its session ends another does",
    Effect.gen(function* () {
      const one = yield* life("one", 1)
      const two = yield* life("two", 2)
      assert.isTrue(yield* one.lead)
      assert.isFalse(yield* two.lead)
      const leaders = NodeStore.use((nodes) =>
        Effect.map(nodes.list(lease), (all) => all.filter((node) => node.leads === 1).map((node) => node.incarnation))
      )
      assert.deepStrictEqual(yield* leaders, ["one"])
      yield* one.die
      yield* freed(1)
      assert.isTrue(yield* two.lead)
    })
  )
})
