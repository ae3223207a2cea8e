import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { Config } from "../../src/services/config/Config.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import { StoreError } from "../../src/services/store/StoreError.ts"
import { sqliteInMemory, type Stores } from "../support/StoreBackends.ts"
import { makeConfig, settle } from "./ActorFixture.ts"

/** The lease is 30 seconds, so a heartbeat is due every 10. */
const world = Layer.merge(sqliteInMemory.layer, Layer.succeed(Config, makeConfig()))

const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores | Config>) =>
  it.effect(title, () => Effect.provide(body, world))

/** Lives until the scope closes. */
const join = Effect.map(Layer.build(NodeLease.layer({ host: "here", processId: 7 })), Context.get(NodeLease))

const rows = SqlClient.SqlClient.use((sql) =>
  Effect.map(sql`SELECT incarnation, host, process_id, started_at, heartbeat_at, ended_at FROM nodes`, (found) =>
    found.map((row) => ({ ...row }))
  )
)
const heartbeats = Effect.map(rows, (found) => found.map((row) => row["heartbeatAt"]))

const pass = (milliseconds: number) => Effect.andThen(TestClock.adjust(milliseconds), settle)

describe("a node's lease", () => {
  test(
    "begins with a row that names the process, and the incarnation counts itself as alive",
    Effect.gen(function* () {
      yield* TestClock.setTime(5000)
      const { alive, incarnation, startedAt } = yield* join
      assert.match(incarnation, /^here-7-[a-z2-9]{12}$/)
      assert.strictEqual(startedAt, 5000)
      assert.deepStrictEqual(yield* alive, [incarnation])
      assert.deepStrictEqual(yield* rows, [
        { incarnation, host: "here", processId: 7, startedAt: 5000, heartbeatAt: 5000, endedAt: null }
      ])
    }).pipe(Effect.scoped)
  )
  test(
    "is renewed every third of worker.lease_ttl_seconds",
    Effect.gen(function* () {
      yield* join
      yield* pass(9999)
      assert.deepStrictEqual(yield* heartbeats, [0])
      yield* pass(1)
      assert.deepStrictEqual(yield* heartbeats, [10_000])
      yield* pass(10_000)
      assert.deepStrictEqual(yield* heartbeats, [20_000])
    }).pipe(Effect.scoped)
  )
  test(
    "a heartbeat that was not stored is not the last one, not even after a mistake in the program",
    Effect.gen(function* () {
      let beats = 0
      yield* join.pipe(
        Effect.updateService(NodeStore, (nodes) => ({
          ...nodes,
          heartbeat: (incarnation, lease) =>
            Effect.suspend(() => {
              beats += 1
              if (beats === 1) return new StoreError({ operation: "heartbeat", kind: "LockTimeoutError" })
              return beats === 2 ? Effect.die(new Error("a mistake")) : nodes.heartbeat(incarnation, lease)
            })
        }))
      )
      for (let times = 0; times < 3; times += 1) yield* pass(10_000)
      assert.deepStrictEqual(yield* heartbeats, [30_000])
    }).pipe(Effect.scoped)
  )
  test(
    "ends with its scope: the row says when, and no heartbeat follows",
    Effect.gen(function* () {
      yield* Effect.scoped(Effect.andThen(join, pass(15_000)))
      const [ended] = yield* rows
      assert.deepInclude(ended, { heartbeatAt: 10_000, endedAt: 15_000 })
      yield* pass(60_000)
      assert.deepStrictEqual(yield* rows, [ended])
    })
  )
  test(
    "another life of the same process is another incarnation",
    Effect.gen(function* () {
      const lives = [yield* Effect.scoped(join), yield* Effect.scoped(join)]
      assert.notStrictEqual(lives[0]?.incarnation, lives[1]?.incarnation)
    })
  )
})
