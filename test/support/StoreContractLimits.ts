// What every database must do for the limits of E2B and GitHub: nothing is claimed into one, whoever claims.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as TestClock from "effect/testing/TestClock"
import { pointsOfWrite, pointsPerWindow } from "../../src/domain/CallLimit.ts"
import type { CreateRefusal } from "../../src/domain/CreateLimit.ts"
import { ownerOf } from "../../src/domain/RepositoryName.ts"
import { SecondaryRateLimited } from "../../src/domain/GitHubError.ts"
import type { RequestFact } from "../../src/domain/RequestFact.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { Wakeup } from "../../src/services/Wakeup.ts"
import { ProviderLimits } from "../../src/services/store/ProviderLimits.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, claimAndWait, deliver, requestOf, saveSpec, within } from "./StoreScenes.ts"

const now = 1_000_000

const jobs = (count: number, over: Parameters<typeof deliver>[0] = {}, from = 101) =>
  Effect.forEach(Array.from({ length: count }).keys(), (index) => deliver({ jobId: from + index, ...over }), {
    concurrency: "unbounded",
    discard: true
  })

const idsOf = (claims: Effect.Success<ReturnType<typeof claim>>) => claims.map(({ request }) => request.id).sort()

const refused = (over: Partial<CreateRefusal> = {}) =>
  ProviderLimits.use((limits) =>
    limits.createRefused({
      claimedAt: now,
      code: "sandbox_rate_limit",
      message: "fewer",
      noRoom: false,
      retryAfterSeconds: undefined,
      ...over
    })
  )

const secondaryLimit = (scope: string, retryAfterSeconds: number) =>
  ProviderLimits.use((limits) =>
    limits.callRefused(scope, new SecondaryRateLimited({ detail: "slow down", retryAfterSeconds }), {
      code: "github_secondary_rate_limit",
      message: "fewer calls",
      tookMillis: 5
    })
  )

const held = (scope: string) => ProviderLimits.use((limits) => limits.callsHeld(scope))

/** GitHub has answered with a registration for this claimed request. */
const registered = (request: RunnerRequest) =>
  ProviderLimits.use((limits) => limits.spent(`github:${ownerOf(request.repository)}`, pointsOfWrite)).pipe(
    Effect.andThen(RequestStore.use((store) => store.record(request, [{ _tag: "RunnerRegistered", runnerId: 1 }])))
  )

const mostPerMinute = Math.floor(pointsPerWindow / pointsOfWrite)

/** These claimed requests have their sandbox. */
const createdFor = (claims: Effect.Success<ReturnType<typeof claim>>) =>
  Effect.forEach(
    claims,
    ({ request }) =>
      RequestStore.use((store) =>
        store.record(request, [{ _tag: "SandboxCreated", sandboxId: `sbx-${request.id}`, endsAt: now + 3_600_000 }])
      ),
    { discard: true }
  )

export const limitsContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => TestClock.setTime(now).pipe(Effect.andThen(body), Effect.provide(layer)))

  describe(`provider limits on ${name}`, () => {
    test(
      "e2b.creates_per_second is one pace for all nodes together, and the claim says when there is more",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(40)
        const claimers = ["node-1", "node-2", "node-3"]
        const pace = within({ createsPerSecond: 5 })
        const round = Effect.forEach(claimers, (owner) => claimAndWait({ owner, alive: claimers, ...pace }), {
          concurrency: "unbounded"
        })
        const first = yield* round
        assert.strictEqual(first.flatMap(({ claims }) => claims).length, 4)
        assert.strictEqual(first.at(-1)?.moreInMillis, 200)
        let begun = 0
        for (let steps = 0; steps < 30; steps += 1) {
          yield* TestClock.adjust(100)
          begun += (yield* round).flatMap(({ claims }) => claims).length
        }
        assert.strictEqual(begun, 15)
      })
    )
    test(
      "while E2B's Retry-After runs nothing is claimed, nothing is written, and creates know it",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(2)
        yield* refused({ retryAfterSeconds: 3 })
        const before = yield* requestOf("101")
        assert.deepInclude(yield* ProviderLimits.use((limits) => limits.createsHeld()), {
          until: now + 3000,
          code: "sandbox_rate_limit"
        })
        assert.deepStrictEqual(yield* claimAndWait(), { claims: [], moreInMillis: 3000 })
        assert.deepStrictEqual(yield* requestOf("101"), before)
        yield* TestClock.adjust("3 seconds")
        assert.isNull(yield* ProviderLimits.use((limits) => limits.createsHeld()))
        assert.strictEqual((yield* claim()).length, 2)
      })
    )
    test(
      "a full plan: one at a time asks for more, a sandbox that is gone lets the next through at once (E-29)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(8)
        const first = yield* claim({ roomInAll: 3 })
        yield* createdFor(first.slice(0, 2))
        yield* refused({ noRoom: true, code: "sandbox_concurrency_limit" })
        // The refused one is queued again: two exist.
        yield* amend(first[2]!.request.id, { status: "queued", owner: null, sandboxMayExist: 0 })
        assert.deepStrictEqual(yield* claim(), [])
        yield* amend(first[0]!.request.id, { status: "completed", sandboxMayExist: 0 })
        assert.strictEqual((yield* claim()).length, 1)
        assert.deepStrictEqual(yield* claim(), [])
        yield* TestClock.adjust("1 second")
        const asking = yield* claim()
        assert.strictEqual(asking.length, 1)
        assert.deepStrictEqual(yield* claim(), [], "one at a time")
        yield* createdFor(asking)
        yield* createdFor(
          yield* RequestSearch.use((store) => store.search({ page: { limit: 9, offset: 0 } })).pipe(
            Effect.map(({ requests }) =>
              requests
                .filter(({ sandboxId, status }) => status === "creating" && sandboxId === null)
                .map((request) => ({ kind: "Provision" as const, request }))
            )
          )
        )
        yield* ProviderLimits.use((limits) => limits.createSucceeded())
        assert.strictEqual((yield* claim()).length, 1, "it found room, and the next asks at once")
      })
    )
    test(
      "a sandbox that is gone wakes the dispatchers: there is room for another",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(1)
        const [claimed] = yield* claim()
        const news = yield* (yield* Wakeup).subscribe
        const record = (request: RunnerRequest, fact: RequestFact) =>
          RequestStore.use((store) => store.record(request, [fact]))
        const stopping = yield* record(claimed!.request, { _tag: "StopWanted", message: "Done." })
        yield* record(stopping, { _tag: "SandboxRemoved" })
        assert.deepStrictEqual(yield* PubSub.takeAll(news), [{ requestIds: [], newRequests: true }])
      }).pipe(Effect.scoped)
    )
    test(
      "while GitHub's limit runs for an account none of its requests are claimed, and others are (E-45)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(2, { repository: "Acme/web" }, 101)
        yield* jobs(1, { repository: "dana/tools" }, 201)
        yield* jobs(1, { repository: "acmex/tools" }, 301)
        yield* secondaryLimit("github:acme", 60)
        assert.deepStrictEqual(idsOf(yield* claim()), ["201", "301"])
        assert.deepInclude(yield* held("github:acme"), { until: now + 60_000, code: "github_secondary_rate_limit" })
        assert.isNull(yield* held("github:dana"))
        yield* TestClock.adjust("1 minute")
        assert.isNull(yield* held("github:acme"))
        assert.deepStrictEqual(idsOf(yield* claim()), ["101", "102"])
      })
    )
    test(
      "with one token a limit holds every request",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(1, { repository: "acme/web" }, 101)
        yield* jobs(1, { repository: "dana/tools" }, 201)
        yield* secondaryLimit("github", 60)
        assert.deepStrictEqual(yield* claim(within({ counted: "all together" })), [])
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* claim(within({ counted: "all together" }))).length, 2)
      })
    )
    test(
      "when little is left of GitHub's hour nothing more is begun, but calls go on",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(1, { repository: "acme/web" })
        const left = { limit: 5000, resetAtMillis: now + 60_000 }
        yield* ProviderLimits.use((limits) => limits.remaining("github:acme", { ...left, remaining: 400 }))
        assert.deepStrictEqual(yield* claim(), [])
        assert.isNull(yield* held("github:acme"))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* claim()).length, 1)
      })
    )
    test(
      "registrations of an account stay within GitHub's points of any minute, over all nodes and however long a create takes; other accounts have their own",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(400, { repository: "acme/web" }, 1001)
        yield* jobs(3, { repository: "dana/tools" }, 2001)
        const claimers = ["node-1", "node-2"]
        const all = { alive: claimers, room: () => 100, roomInAll: 100, ...within({ pointsPerRunner: pointsOfWrite }) }
        const acme: Array<number> = []
        let others = 0
        const making: Array<{ readonly request: RunnerRequest; readonly from: number }> = []
        for (let second = 0; second < 150; second += 1) {
          const claims = (yield* Effect.forEach(claimers, (owner) => claim({ owner, ...all }), {
            concurrency: "unbounded"
          })).flat()
          // Creates take four seconds in the first minute, and none afterwards.
          for (const { request } of claims) making.push({ request, from: second < 60 ? second + 4 : second })
          for (const ready of making.splice(0)) {
            if (ready.from > second) making.push(ready)
            else if (ready.request.repository === "acme/web") acme.push(second)
            else others += 1
            if (ready.from <= second) yield* registered(ready.request)
          }
          yield* TestClock.adjust("1 second")
        }
        for (const first of acme) {
          assert.isAtMost(acme.filter((at) => at >= first && at < first + 60).length, mostPerMinute)
        }
        assert.strictEqual(acme.filter((at) => at === 4).length, mostPerMinute, "a burst begins at once")
        assert.strictEqual(acme.filter((at) => at === 64).length, mostPerMinute, "and so does the next minute's")
        assert.strictEqual(others, 3)
        assert.lengthOf(acme, 400)
      })
    )
    test(
      "who was claimed and gave up before GitHub heard of it leaves its points to the next",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(mostPerMinute + 1)
        const all = { room: () => 200, roomInAll: 200, ...within({ pointsPerRunner: pointsOfWrite }) }
        const [first, ...others] = yield* claim(all)
        assert.lengthOf(others, mostPerMinute - 1)
        assert.deepStrictEqual(yield* claim(all), [])
        yield* amend(first!.request.id, { status: "queued", owner: null, sandboxMayExist: 0, dueAt: now + 60_000 })
        assert.lengthOf(yield* claim(all), 1)
      })
    )
    test(
      "a claim says when the first points of a full account are back, to the millisecond",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* jobs(mostPerMinute + 2)
        const all = { room: () => 200, roomInAll: 200, ...within({ pointsPerRunner: pointsOfWrite }) }
        const claimed = yield* claim(all)
        yield* TestClock.adjust(300)
        yield* registered(claimed[0]!.request)
        yield* TestClock.adjust(10)
        for (const { request } of claimed.slice(1)) yield* registered(request)
        assert.deepStrictEqual(yield* claimAndWait(all), { claims: [], moreInMillis: 59_990 })
        yield* TestClock.adjust(59_989)
        assert.deepStrictEqual(yield* claim(all), [])
        yield* TestClock.adjust(1)
        assert.lengthOf(yield* claim(all), 1)
      })
    )
  })
}
