import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { Config } from "../../src/services/config/Config.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import { StoreClock } from "../../src/services/store/StoreClock.ts"
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

/**
 * A process that stood still for so long and goes on: nothing has happened meanwhile. `lives`: what the database says of its
 * incarnation then.
 */
const asleep = Effect.fnUntraced(function* (milliseconds: number, lives: Effect.Effect<boolean, StoreError>) {
  const clock = yield* StoreClock
  let slept = 0
  let asked = 0
  const node = yield* join.pipe(
    Effect.provideService(StoreClock, { now: Effect.map(clock.now, (now) => now + slept) }),
    Effect.updateService(NodeStore, (nodes) => ({
      ...nodes,
      heartbeat: () =>
        Effect.suspend(() => {
          if (slept === 0) return Effect.succeed(true)
          asked += 1
          return lives
        })
    }))
  )
  yield* settle
  slept = milliseconds
  const act = yield* Effect.forkChild(node.mayAct)
  yield* settle
  return { node, act, asked }
})

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
    "a heartbeat that was not stored is tried again within a second, also after a mistake in the program",
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
      yield* pass(1000)
      assert.deepStrictEqual(yield* heartbeats, [0])
      yield* pass(1000)
      assert.deepStrictEqual(yield* heartbeats, [2000])
    }).pipe(Effect.scoped)
  )
  test(
    "is lost when heartbeats hang for the whole of it, as they do when the database does not answer",
    Effect.gen(function* () {
      const node = yield* join.pipe(
        Effect.updateService(NodeStore, (nodes) => ({ ...nodes, heartbeat: () => Effect.never }))
      )
      yield* pass(10_000)
      yield* pass(10_000)
      assert.isFalse(yield* node.isLost)
      for (let times = 0; times < 4; times += 1) yield* pass(5000)
      assert.isTrue(yield* node.isLost)
      assert.match(yield* node.lost, /no heartbeat could be stored/)
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
  test(
    "lets a node act without asking while a call would end within it, and asks when it might not",
    Effect.gen(function* () {
      const awake = yield* asleep(11_999, Effect.succeed(true))
      assert.isDefined(awake.act.pollUnsafe())
      assert.strictEqual(awake.asked, 0)
      const doubtful = yield* asleep(12_000, Effect.succeed(true))
      assert.isDefined(doubtful.act.pollUnsafe())
      assert.strictEqual(doubtful.asked, 1)
    }).pipe(Effect.scoped)
  )
  test(
    "lets nobody act after a sleep in which the others took this node for dead, and says that it is lost",
    Effect.gen(function* () {
      const { act, node } = yield* asleep(60_000, Effect.succeed(false))
      assert.isUndefined(act.pollUnsafe())
      assert.match(yield* node.lost, /take it for dead/)
    }).pipe(Effect.scoped)
  )
  test(
    "asks again while the database does not say whether this node lives, and lets nobody act meanwhile",
    Effect.gen(function* () {
      let answers = false
      const { act } = yield* asleep(
        15_000,
        Effect.suspend(() => {
          if (answers) return Effect.succeed(true)
          return new StoreError({ operation: "heartbeat", kind: "ConnectionError" })
        })
      )
      assert.isUndefined(act.pollUnsafe())
      answers = true
      yield* pass(1000)
      assert.isDefined(act.pollUnsafe())
    }).pipe(Effect.scoped)
  )
})
