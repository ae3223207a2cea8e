// What every database must do when nodes take requests: caps, order, due times, adoption.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { nextActor } from "../../src/domain/NextActor.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { exclusively } from "../../src/services/store/Dialect.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import { requests } from "../domain/RequestArbitrary.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, forAll, pending, requestOf, runsOn, saveSpec, within } from "./StoreScenes.ts"

const now = 1_000_000

const everything = RequestSearch.use((store) =>
  Effect.map(store.search({ page: { limit: 500, offset: 0 } }), (p) => p.requests)
)
const idsOf = (claims: Effect.Success<ReturnType<typeof claim>>) => claims.map(({ request }) => request.id).sort()
const jobs = (count: number, over: Parameters<typeof deliver>[0] = {}, from = 101) =>
  Effect.forEach(Array.from({ length: count }).keys(), (index) => deliver({ jobId: from + index, ...over }), {
    concurrency: "unbounded",
    discard: true
  })

const caps = fc.record({
  small: fc.constantFrom(0, 1, 2, 3),
  large: fc.constantFrom(-1, 1, 4),
  inAll: fc.constantFrom(1, 3, 5, 100),
  smallJobs: fc.integer({ min: 0, max: 6 }),
  largeJobs: fc.integer({ min: 0, max: 6 }),
  claimers: fc.integer({ min: 1, max: 6 }),
  room: fc.integer({ min: 0, max: 6 }),
  roomInAll: fc.integer({ min: 0, max: 6 })
})

export const claimStoreContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => TestClock.setTime(now).pipe(Effect.andThen(body), Effect.provide(layer)))

  describe(`claims on ${name}`, () => {
    test(
      "a claim provisions: creating, owned, fence raised, a name of its own, counted as a sandbox, told",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        const claimed = (yield* claim())[0]!
        assert.strictEqual(claimed.kind, "Provision")
        assert.deepStrictEqual(yield* requestOf("101"), claimed.request)
        assert.deepInclude(claimed.request, {
          status: "creating",
          stage: "sandbox_create",
          owner: "node-1",
          fence: 1,
          runnerName: "e2b-tag234-101-1",
          sandboxMayExist: true,
          creatingAt: now,
          lastAttemptAt: now
        })
        const timeline = yield* TimelineStore.use((store) => store.of("101"))
        assert.strictEqual(timeline.at(-1)?.code, "claimed")
      })
    )

    it.effect(
      "caps hold exactly, per spec and in all, however many claimers race, and no room is left unused (E-26, E-27, E-35)",
      () =>
        forAll(caps, runsOn(name, 40), (given) =>
          Effect.gen(function* () {
            yield* TestClock.setTime(now)
            yield* saveSpec({ name: "small", labels: ["small"], maxConcurrency: given.small })
            yield* saveSpec({ name: "large", labels: ["large"], maxConcurrency: given.large })
            yield* jobs(given.smallJobs, { labels: ["small"] }, 101)
            yield* jobs(given.largeJobs, { labels: ["large"] }, 201)
            const claimers = Array.from({ length: given.claimers }, (_, index) => `node-${index}`)
            const results = yield* Effect.forEach(
              claimers,
              (owner) =>
                claim({
                  owner,
                  alive: claimers,
                  ...within({ maxRunners: given.inAll }),
                  room: () => given.room,
                  roomInAll: given.roomInAll
                }),
              { concurrency: "unbounded" }
            )
            const taken = results.flatMap((claims) => claims.map(({ request }) => request))
            assert.strictEqual(new Set(taken.map((r) => r.id)).size, taken.length, "nobody shares a request")
            assert.strictEqual(new Set(taken.map((r) => r.runnerName)).size, taken.length, "nor a name")
            for (const claims of results) assert.isAtMost(claims.length, given.roomInAll)
            const open = (yield* everything).filter((request) => request.sandboxMayExist)
            assert.isAtMost(open.length, given.inAll)
            const most = (cap: number, waiting: number) => (cap <= 0 ? waiting : Math.min(cap, waiting))
            const small = open.filter((request) => request.specName === "small").length
            const large = open.filter((request) => request.specName === "large").length
            assert.isAtMost(small, most(given.small, given.smallJobs))
            assert.isAtMost(large, most(given.large, given.largeJobs))
            const possible = Math.min(
              given.inAll,
              most(given.small, given.smallJobs) + most(given.large, given.largeJobs)
            )
            // Each claimer may take roomInAll, of a spec at most room; enough claimers use up what is possible.
            if (given.claimers * Math.min(given.room, given.roomInAll) >= 12) {
              assert.strictEqual(open.length, possible)
            }
            const alive = [...claimers, "late"]
            const found = yield* pending(alive, { maxRunners: given.inAll })
            const late = yield* claim({ owner: "late", alive, ...within({ maxRunners: given.inAll }) })
            assert.strictEqual(late.length > 0, found, "a look finds just what a claim takes")
          }).pipe(Effect.provide(layer))
        )
    )
    test(
      "caps count sandboxes that may exist, whatever the status: a stopping one counts until it is gone (E-26)",
      Effect.gen(function* () {
        yield* saveSpec({ maxConcurrency: 1 })
        yield* jobs(2)
        const [first] = yield* claim()
        yield* RequestStore.use((store) => store.record(first!.request, [{ _tag: "StopWanted", message: "Done." }]))
        assert.deepStrictEqual(yield* claim(), [])
        yield* RequestStore.use((store) =>
          Effect.flatMap(requestOf("101"), (request) => store.record(request, [{ _tag: "SandboxRemoved" }]))
        )
        assert.deepStrictEqual(idsOf(yield* claim()), ["102"])
      })
    )
    test(
      "a look at full specs finds nothing; one that has room again, news, or a time that has come is found",
      Effect.gen(function* () {
        const everywhere = ["node-1", "node-2"]
        yield* saveSpec({ maxConcurrency: 1 })
        assert.isFalse(yield* pending())
        yield* jobs(3)
        assert.isTrue(yield* pending())
        yield* claim()
        assert.isFalse(yield* pending())
        yield* saveSpec({ maxConcurrency: 2 })
        assert.isTrue(yield* pending())
        assert.isFalse(yield* pending(everywhere, { maxRunners: 1 }))
        yield* claim({ owner: "node-2", alive: everywhere })
        assert.isFalse(yield* pending(everywhere))
        assert.isTrue(yield* pending(["node-1"]), "what a dead node left")
        yield* amend("103", { dueAt: now + 1 })
        assert.isFalse(yield* pending(everywhere))
        yield* TestClock.adjust("1 second")
        assert.isFalse(yield* pending(everywhere, { maxRunners: 1 }))
        assert.isTrue(yield* pending(everywhere), "to be let into line, once")
        assert.deepStrictEqual(yield* claim({ alive: everywhere }), [])
        assert.isFalse(yield* pending(everywhere))
      })
    )
    test(
      "a spec at its cap is skipped whole: its rows are not written, and others go on (E-41)",
      Effect.gen(function* () {
        yield* saveSpec({ name: "small", labels: ["small"], maxConcurrency: 1 })
        yield* saveSpec({ name: "large", labels: ["large"] })
        yield* jobs(3, { labels: ["small"] })
        yield* claim()
        yield* deliver({ jobId: 201, labels: ["large"] })
        const waiting = (yield* everything).filter((request) => request.status === "queued")
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(idsOf(yield* claim()), ["201"])
        for (const request of waiting.filter((r) => r.specName === "small")) {
          assert.deepStrictEqual(yield* requestOf(request.id), request)
        }
      })
    )
    test(
      "no room on this node: nothing is taken, whatever the caps say",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(2)
        assert.deepStrictEqual(yield* claim({ roomInAll: 0 }), [])
        assert.deepStrictEqual(yield* claim({ room: () => 0 }), [])
        assert.deepStrictEqual(yield* claim({ room: () => -1 }), [])
      })
    )
    test(
      "the oldest goes first, over all specs, and at one instant the smaller id",
      Effect.gen(function* () {
        yield* saveSpec({ name: "small", labels: ["small"] })
        yield* saveSpec({ name: "large", labels: ["large"] })
        yield* deliver({ jobId: 103, labels: ["small"] })
        yield* deliver({ jobId: 102, labels: ["large"] })
        yield* TestClock.adjust("1 second")
        yield* deliver({ jobId: 101, labels: ["large"] })
        const order: Array<string> = []
        for (let taken = 0; taken < 3; taken += 1) order.push(...idsOf(yield* claim({ roomInAll: 1 })))
        assert.deepStrictEqual(order, ["102", "103", "101"])
      })
    )
    test(
      "a due time is respected to the millisecond, and a request that waits for it does not hold up younger ones (E-28)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(2)
        yield* amend("101", { dueAt: now + 5000 })
        assert.deepStrictEqual(idsOf(yield* claim()), ["102"])
        yield* TestClock.adjust(4999)
        assert.deepStrictEqual(yield* claim(), [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(idsOf(yield* claim()), ["101"])
      })
    )
    test(
      "a queued request with news is taken for a look whatever caps, room and due time say, and is not provisioned",
      Effect.gen(function* () {
        yield* saveSpec({ maxConcurrency: 1 })
        yield* jobs(2)
        yield* claim()
        yield* amend("102", { dueAt: now + 60_000 })
        yield* deliver({ jobId: 102, status: "completed", conclusion: "cancelled" })
        const [look] = yield* claim({ roomInAll: 0, ...within({ maxRunners: 0 }) })
        assert.deepInclude(look, { kind: "Resume" })
        assert.deepInclude(look?.request, { id: "102", status: "queued", owner: "node-1", fence: 1 })
      })
    )
    test(
      "what a dead incarnation held is adopted, whatever its status, and the fence rises; a living one's is left alone (E-33, E-86)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(4)
        const claims = yield* claim({ owner: "dead", roomInAll: 3 })
        yield* claim({ owner: "living", alive: ["living", "dead"] })
        yield* amend("102", { status: "running" })
        yield* amend("103", { status: "stopping", outcome: "completed" })
        const adopted = yield* claim({ owner: "node-1", alive: ["node-1", "living"] })
        assert.deepStrictEqual(idsOf(adopted), ["101", "102", "103"])
        for (const { kind, request } of adopted) {
          assert.strictEqual(kind, "Resume")
          assert.strictEqual(request.owner, "node-1")
          assert.strictEqual(request.fence, 2)
          assert.strictEqual(request.runnerName, claims.find((c) => c.request.id === request.id)?.request.runnerName)
        }
        assert.deepInclude(yield* requestOf("104"), { owner: "living", fence: 1 })
      })
    )
    test(
      "nobody is given what it already holds",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(2)
        yield* claim()
        yield* deliver({ status: "in_progress" })
        assert.deepStrictEqual(yield* claim(), [])
      })
    )
    test(
      "a node that began while a claim waited for its turn keeps what it has taken meanwhile",
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* saveSpec()
        yield* jobs(2)
        const first = { owner: "first", alive: ["first"] }
        const [inside, begins] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const second = yield* Deferred.succeed(inside, undefined).pipe(
          Effect.andThen(Deferred.await(begins)),
          Effect.andThen(claim({ owner: "second", alive: ["first", "second"], roomInAll: 1 })),
          exclusively(sql),
          Effect.forkChild
        )
        yield* Deferred.await(inside)
        const waiting = yield* Effect.forkChild(
          claim({ owner: "first", alive: Effect.sync(() => first.alive) }),
          // As far as it comes while the other one has its turn.
          { startImmediately: true }
        )
        first.alive = ["first", "second"]
        yield* Deferred.succeed(begins, undefined)
        assert.deepStrictEqual(idsOf(yield* Fiber.join(second)), ["101"])
        assert.deepStrictEqual(idsOf(yield* Fiber.join(waiting)), ["102"])
        assert.deepInclude(yield* requestOf("101"), { owner: "second", fence: 1 })
      })
    )
    test(
      "an incarnation that is taken for dead takes nothing",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(2)
        yield* claim({ owner: "gone", roomInAll: 1 })
        assert.deepStrictEqual(yield* claim({ owner: "node-1", alive: ["other"] }), [])
      })
    )
    test(
      "what a node holds without working on it, because a claim's commit was not answered, is taken once more when it asks",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(4)
        yield* amend("103", { dueAt: now + 60_000 })
        yield* claim({ roomInAll: 2 })
        yield* claim({ owner: "other", alive: ["other", "node-1"], roomInAll: 1 })
        yield* deliver({ jobId: 103, status: "completed", conclusion: "cancelled" })
        assert.deepStrictEqual(idsOf(yield* claim({ alive: ["other", "node-1"] })), ["103"])
        const again = yield* claim({ alive: ["other", "node-1"], workedOn: new Set(["101"]) })
        assert.deepStrictEqual(
          again.map(({ kind, request }) => `${request.id} ${kind} ${request.status} ${request.fence}`).sort(),
          ["102 Resume creating 2", "103 Resume queued 2"]
        )
        assert.deepInclude(yield* requestOf("104"), { owner: "other", fence: 1 })
      })
    )
    test(
      "release gives up all that this incarnation holds and nothing of others, and finished rows keep none (E-33)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(2)
        yield* claim({ roomInAll: 1 })
        yield* claim({ owner: "other", alive: ["other", "node-1"] })
        yield* ClaimStore.use((claims) => claims.release("node-1"))
        assert.strictEqual((yield* requestOf("101")).owner, null)
        assert.strictEqual((yield* requestOf("102")).owner, "other")
        assert.deepStrictEqual(idsOf(yield* claim({ owner: "third", alive: ["third", "other"] })), ["101"])
      })
    )
    test(
      "a clean-up that failed waits for its due time, and so does no other one (E-64)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(2)
        for (const { request } of yield* claim()) {
          const facts =
            request.id === "101"
              ? ([
                  { _tag: "StopWanted", message: "Done." },
                  { _tag: "CleanupFailed", stage: "sandbox_stop", message: "No.", dueAt: now + 5000 }
                ] as const)
              : ([{ _tag: "StopWanted", message: "Done." }] as const)
          yield* RequestStore.use((store) => store.record(request, facts))
        }
        assert.deepStrictEqual(idsOf(yield* claim({ owner: "next" })), ["102"])
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(idsOf(yield* claim({ owner: "next" })), ["101"])
      })
    )
    test(
      "a due time that belongs to the next attempt does not hold up the removal of the last one",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        const [claimed] = yield* claim({ owner: "dead" })
        yield* amend("101", { status: "stopping", outcome: "requeue", dueAt: now + 3_600_000 })
        assert.deepStrictEqual(idsOf(yield* claim()), [claimed!.request.id])
      })
    )
    test(
      "whatever a row looks like, it is claimed when and only when any node is to act on it next (design §2)",
      Effect.gen(function* () {
        yield* saveSpec()
        const rows = fc.sample(requests, 300)
        yield* jobs(rows.length, {}, 1000)
        const news = fc.sample(fc.boolean(), rows.length)
        const unfinished: Array<RunnerRequest> = []
        for (const [index, { id: _, jobId: __, labels: ___, requestedLabels: ____, ...sample }] of rows.entries()) {
          const shifted = Object.fromEntries(
            (["dueAt", "cleanupDueAt"] as const).map((name) => [
              name,
              sample[name] === null ? null : now + (sample[name] % 2 === 0 ? 60_000 : -1)
            ])
          )
          const row = { ...sample, ...shifted, factsVersion: news[index] ? 1 : 0 }
          if (row.status !== "stopping") row.cleanupDueAt = null
          yield* amend(String(1000 + index), { ...row, sandboxMayExist: row.sandboxMayExist ? 1 : 0 })
          unfinished.push(yield* requestOf(String(1000 + index)))
        }
        const alive = ["me", ...fc.sample(fc.constantFrom(["node-1"], []), 1)[0]!]
        const bounds = { ready: 1, idle: 1, life: 1, create: 1, call: 1 }
        const expected = unfinished.flatMap((request) => {
          const next = nextActor(request, now, bounds, (owner) => alive.includes(owner))
          return next.who === "any node" && next.at <= now ? [request.id] : []
        })
        const claimed: Array<string> = []
        let batch = yield* claim({ owner: "me", alive, room: () => 1000, roomInAll: 1000 })
        while (batch.length > 0) {
          claimed.push(...idsOf(batch))
          batch = yield* claim({ owner: "me", alive, room: () => 1000, roomInAll: 1000 })
        }
        assert.isAbove(expected.length, 10)
        assert.deepStrictEqual(claimed.sort(), expected.sort())
      })
    )
    test(
      "a request whose spec was deleted is taken, so that it can fail visibly (E-30)",
      Effect.gen(function* () {
        yield* saveSpec({ maxConcurrency: 1 })
        yield* jobs(2)
        for (const id of ["101", "102"]) yield* amend(id, { specName: "deleted" })
        assert.deepStrictEqual(idsOf(yield* claim()), ["101", "102"])
      })
    )
  })
}
