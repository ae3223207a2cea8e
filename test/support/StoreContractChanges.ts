// What every database must tell to those who listen to changes, and what it must not be asked when nobody does.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { ChangeFeed, type Changes } from "../../src/services/store/ChangeFeed.ts"
import { LogStore } from "../../src/services/store/LogStore.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { ReadClient } from "../../src/services/store/ReadClient.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, deliver, requestOf, saveSpec, unconditionally } from "./StoreScenes.ts"

/** Everything told from now on. */
const told = Effect.fnUntraced(function* <A>(
  listen: (tell: (changes: A) => void) => Effect.Effect<unknown, unknown, Scope.Scope>
) {
  const queue = yield* Queue.unbounded<A>()
  yield* listen((changes) => {
    Queue.offerUnsafe(queue, changes)
  })
  return queue
})
const listen = Effect.flatMap(ChangeFeed, (feed) => told<Changes>(feed.requests))
const idsOf = (changes: Changes) => (changes === "too many" ? changes : changes.map(({ request }) => request.id))
const nextIds = (queue: Queue.Dequeue<Changes>) => Effect.map(Queue.take(queue), idsOf)

export const changesContract = ({ layer, name }: StoreBackend): void => {
  // On the clock of the machine: a look is a second apart at most, and waits for the database.
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores | Scope.Scope>) =>
    it.live(title, () => Effect.provide(Effect.scoped(body), layer))

  describe(`changes on ${name}`, () => {
    test(
      "of requests are told with their jobs, to all who listen, and each once",
      Effect.gen(function* () {
        yield* saveSpec()
        const [first, second] = [yield* listen, yield* listen]
        yield* deliver({ jobId: 101 })
        for (const queue of [first, second]) {
          const [change] = (yield* Queue.take(queue)) as Exclude<Changes, string>
          assert.strictEqual(change?.job?.jobId, 101)
          assert.deepStrictEqual(change?.request, yield* requestOf("101"))
        }
        yield* deliver({ jobId: 102 })
        assert.deepStrictEqual(yield* nextIds(first), ["102"])
        yield* OperatorStore.use((store) => store.stop("101", null, unconditionally))
        assert.deepStrictEqual(yield* nextIds(first), ["101"])
      })
    )
    test(
      "are found by looking when nobody told of them, also when a transaction commits late",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ jobId: 101 })
        yield* deliver({ jobId: 102 })
        const queue = yield* listen
        yield* nextIds(queue)
        const { updatedAt } = yield* requestOf("102")
        // Written, as its time says, before what was told already.
        yield* amend("101", { status: "creating", updatedAt: updatedAt - 1_000 })
        assert.deepStrictEqual(yield* nextIds(queue), ["101"])
      })
    )
    test(
      "since a time are told from the table, and too many are not told one by one",
      Effect.gen(function* () {
        yield* saveSpec()
        for (const jobId of [101, 102]) yield* deliver({ jobId })
        yield* amend("101", { updatedAt: 1_000_000 })
        const since = (time: number) => ChangeFeed.use((feed) => Effect.map(feed.changedSince(time), idsOf))
        assert.deepStrictEqual(yield* since(2_000_000), ["102"])
        assert.deepStrictEqual(yield* since(0), ["101", "102"])
        const sql = yield* SqlClient.SqlClient
        yield* sql`INSERT INTO runner_requests (id, source, repository, requested_labels, labels, status, queued_at, updated_at)
          WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001)
          SELECT 'many-' || i, 'manual_api', 'acme/web', '[]', '[]', 'queued', queued_at, updated_at
          FROM n, runner_requests WHERE id = '102'`
        assert.strictEqual(yield* since(2_000_000), "too many")
      })
    )
    test(
      "of timelines and of logs name the requests that have new ones",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ jobId: 101 })
        const feed = yield* ChangeFeed
        const [timelines, logs] = [
          yield* told<ReadonlyArray<string>>(feed.timelines),
          yield* told<ReadonlyArray<string>>(feed.logs)
        ]
        yield* OperatorStore.use((store) => store.stop("101", null, unconditionally))
        assert.deepStrictEqual(yield* Queue.take(timelines), ["101"])
        yield* LogStore.use((store) => store.append({ requestId: "101", fence: 0, stream: "stdout", text: "one\n" }))
        yield* LogStore.use((store) => store.append({ requestId: "101", fence: 0, stream: "stdout", text: "two\n" }))
        assert.deepStrictEqual(yield* Queue.take(logs), ["101"])
      })
    )
    test(
      "are not told any more to who has gone, while others listen on",
      Effect.gen(function* () {
        yield* saveSpec()
        const gone = yield* Scope.make()
        const [left, stayed] = [yield* Scope.provide(listen, gone), yield* listen]
        yield* Scope.close(gone, Exit.void)
        yield* deliver({ jobId: 101 })
        assert.deepStrictEqual(yield* nextIds(stayed), ["101"])
        assert.strictEqual(yield* Queue.size(left), 0)
      })
    )
    test(
      "are looked for by one look for all who listen, and by none once nobody does",
      Effect.gen(function* () {
        let looks = 0
        const sql = yield* SqlClient.SqlClient
        const counting = new Proxy(sql, {
          apply: (target, self, parts: ReadonlyArray<unknown>) => {
            if (String(parts[0]).includes("SELECT id, updated_at")) looks += 1
            return Reflect.apply(target as never, self, parts) as unknown
          }
        })
        yield* saveSpec()
        const counted = yield* Layer.build(
          Layer.fresh(ChangeFeed.layer).pipe(Layer.provide(Layer.succeed(ReadClient, counting)))
        )
        const listening = yield* Scope.make()
        const queues = yield* Effect.forEach(Array.from({ length: 20 }), () =>
          listen.pipe(Effect.provide(counted), Scope.provide(listening))
        )
        yield* deliver({ jobId: 101 })
        for (const queue of queues) yield* nextIds(queue)
        // Twenty that looked for themselves would have looked once each at least.
        assert.isAtLeast(looks, 1)
        assert.isAtMost(looks, 10)
        yield* Scope.close(listening, Exit.void)
        const before = looks
        // Another feed is told three times: whoever still looked would have looked as often.
        const queue = yield* listen
        for (const jobId of [102, 103, 104]) {
          yield* deliver({ jobId })
          yield* nextIds(queue)
        }
        assert.strictEqual(looks, before)
      })
    )
  })
}
