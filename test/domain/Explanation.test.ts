import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { pointsPerWindow } from "../../src/domain/CallLimit.ts"
import {
  type Capacity,
  obstacles,
  roomForCreates,
  roomInAll,
  roomOfAccount,
  roomOfSpec
} from "../../src/domain/Capacity.ts"
import { unlimited } from "../../src/domain/CreateLimit.ts"
import { jobHeld } from "../../src/domain/Demand.ts"
import { type Circumstances, explain } from "../../src/domain/Explanation.ts"
import { nextActor } from "../../src/domain/NextActor.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { now } from "./Deciding.ts"
import { makeRequest, requests } from "./RequestArbitrary.ts"

const bounds = { ready: 120_000, idle: 300_000, life: 3_600_000, create: 120_000, call: 18_000 }

const free: Capacity = {
  now,
  maxRunners: Number.POSITIVE_INFINITY,
  createsPerSecond: "unlimited",
  pointsPerRunner: 0,
  counted: "each account",
  usedBy: new Map(),
  capOf: new Map([["small", 0]]),
  breaker: { deaths: 3, cooldown: 60_000 },
  deathsOf: new Map(),
  unprovenBy: new Map(),
  creates: unlimited,
  holds: new Map(),
  spent: new Map()
}

const around = (request: RunnerRequest, over: Partial<Circumstances> = {}): Circumstances => ({
  capacity: free,
  ahead: 0,
  anyNode: true,
  job: null,
  next: nextActor(request, over.capacity?.now ?? now, bounds, () => true),
  ...over
})

const waiting = (over: Partial<RunnerRequest> = {}) =>
  makeRequest({ status: "queued", specName: "small", repository: "acme/web", dueAt: null, ...over })
const codes = (request: RunnerRequest, over: Partial<Circumstances> = {}) =>
  explain(request, around(request, over)).map(({ code }) => code)

const capacities: fc.Arbitrary<Capacity> = fc.record({
  now: fc.constant(now),
  maxRunners: fc.constantFrom(0, 1, 5, Number.POSITIVE_INFINITY),
  createsPerSecond: fc.constantFrom<Capacity["createsPerSecond"]>(0.5, 5, "unlimited"),
  pointsPerRunner: fc.constantFrom(0, 5),
  counted: fc.constantFrom<Capacity["counted"]>("each account", "all together"),
  usedBy: fc.integer({ min: 0, max: 6 }).map((used) => new Map([["small", used]])),
  capOf: fc.constantFrom(0, 1, 5).map((cap) => new Map([["small", cap]])),
  breaker: fc.constant({ deaths: 3, cooldown: 60_000 }),
  deathsOf: fc
    .record({ deaths: fc.constantFrom(1, 2, 3, 9), diedAt: fc.constantFrom(now - 60_000, now - 59_999, now) })
    .map((died) => new Map([["small", { ...died, code: "runner_exited" as const, message: "It ended." }]])),
  unprovenBy: fc.constantFrom(0, 1, 2).map((unproven) => new Map([["small", unproven]])),
  creates: fc.record({
    openAt: fc.constantFrom(null, now - 1, now + 5000),
    code: fc.constantFrom(null, "sandbox_rate_limit" as const),
    message: fc.constantFrom(null, "E2B asks for fewer calls"),
    refusedAt: fc.constantFrom(null, now - 1000, now - 3_600_000),
    refusals: fc.integer({ min: 0, max: 3 }),
    ceiling: fc.constantFrom(null, 0, 3, 10),
    probeAt: fc.constantFrom(null, now - 1, now + 4000),
    bucket: fc.constantFrom(null, now - 1, now + 60_000)
  }),
  holds: fc
    .constantFrom<ReadonlyArray<string>>([], ["github:acme"], ["github:other"], ["github"])
    .map(
      (scopes) => new Map(scopes.map((scope) => [scope, { until: now + 60_000, code: null, message: null }] as const))
    ),
  spent: fc
    .record({
      points: fc.constantFrom(0, pointsPerWindow - 5, pointsPerWindow),
      backAt: fc.constantFrom(null, now + 1)
    })
    .map((spent) => new Map([["github:acme", spent]]))
})

describe("the explanation", () => {
  it("has a reason for every request there is, each with a sentence", () => {
    fc.assert(
      fc.property(requests, capacities, fc.nat(5), fc.boolean(), (request, capacity, ahead, anyNode) => {
        const reasons = explain(request, around(request, { capacity, ahead, anyNode }))
        assert.isNotEmpty(reasons)
        for (const { message } of reasons) assert.match(message, /\S.*\.$/)
      }),
      { numRuns: 5000 }
    )
  })
  it("finds an obstacle exactly where a claim finds no room", () => {
    fc.assert(
      fc.property(capacities, (capacity) => {
        const scope = capacity.counted === "all together" ? "github" : "github:acme"
        const room = Math.min(
          roomInAll(capacity),
          roomOfSpec(capacity, "small"),
          roomForCreates(capacity).room,
          roomOfAccount(capacity, scope)
        )
        assert.strictEqual(obstacles(capacity, { specName: "small", repository: "acme/web" }).length === 0, room > 0)
      }),
      { numRuns: 5000 }
    )
  })
  it("tells a full spec and a full installation by their figures", () => {
    const capacity = { ...free, maxRunners: 7, usedBy: new Map([["small", 7]]), capOf: new Map([["small", 3]]) }
    const [inAll, ofSpec] = explain(waiting(), around(waiting(), { capacity }))
    assert.deepInclude(inAll, { code: "runners_full" })
    assert.include(inAll?.message, "allows 7")
    assert.deepInclude(ofSpec, { code: "spec_full" })
    assert.include(ofSpec?.message, "max_concurrency is 3")
  })
  it("tells one of a thing as one", () => {
    const usedBy = new Map([["small", 1]])
    const one = {
      ...free,
      maxRunners: 1,
      usedBy,
      capOf: new Map([["small", 1]]),
      creates: { ...unlimited, refusedAt: now, ceiling: 1, probeAt: now + 1000 }
    }
    const messages = (ahead: number) =>
      explain(waiting(), around(waiting(), { capacity: one, ahead })).map((r) => r.message)
    assert.deepStrictEqual(messages(1).slice(0, 2), [
      "1 sandbox exists, and worker.max_concurrent_runners allows 1.",
      "1 sandbox of runner spec small exists, and its max_concurrency is 1."
    ])
    assert.match(messages(1)[2] ?? "", /^E2B gave no more than 1 sandbox\./)
    assert.include(messages(1), "1 request of its runner spec comes first.")
    assert.include(messages(2), "2 requests of its runner spec come first.")
  })
  it("tells apart E2B's word, its full plan and our own pace", () => {
    const learnt = { ...unlimited, refusedAt: now, message: "The plan is full" }
    const of = (creates: Capacity["creates"], createsPerSecond: Capacity["createsPerSecond"] = 5) =>
      codes(waiting(), { capacity: { ...free, creates, createsPerSecond, usedBy: new Map([["other", 20]]) } })
    assert.deepStrictEqual(of({ ...learnt, openAt: now + 1000 }), ["e2b_hold"])
    assert.deepStrictEqual(of({ ...learnt, ceiling: 20, probeAt: now + 1000 }), ["e2b_full"])
    assert.deepStrictEqual(of({ ...unlimited, bucket: now + 60_000 }), ["e2b_pace"])
  })
  it("says until when GitHub holds an account, and names no other account's limit", () => {
    const holds = new Map([["github:acme", { until: now + 60_000, code: null, message: "Slow down" }]])
    const [held] = explain(waiting(), around(waiting(), { capacity: { ...free, holds } }))
    assert.deepInclude(held, { code: "github_hold", message: "Slow down.", until: now + 60_000 })
    assert.deepStrictEqual(codes(waiting({ repository: "other/web" }), { capacity: { ...free, holds } }), ["next"])
  })
  it("tells an own wait by the failure that is behind it, and approval as approval", () => {
    const waits = { dueAt: now + 5000, lastErrorMessage: "E2B failed" } as const
    assert.deepStrictEqual(codes(waiting({ ...waits, lastErrorClass: "retryable" })), ["retry_wait"])
    assert.deepStrictEqual(codes(waiting({ ...waits, lastErrorClass: "deferred" })), ["deferred"])
    assert.deepStrictEqual(codes(waiting({ ...waits, lastErrorCode: jobHeld.code })), ["job_held"])
  })
  it("gives the place in line, and says when the request is the next", () => {
    assert.deepStrictEqual(codes(waiting(), { ahead: 3 }), ["in_line"])
    assert.deepStrictEqual(codes(waiting()), ["next"])
    assert.deepStrictEqual(codes(waiting(), { anyNode: false }), ["no_node"])
  })
  it("tells that the job was given to another runner, and that an operator asked for a stop", () => {
    const job = { jobId: 101, status: "in_progress", runnerName: "somebody-else" } as const
    assert.deepStrictEqual(codes(waiting(), { job }), ["displaced", "next"])
    assert.strictEqual(codes(waiting({ stopAskedAt: now, stopAskedBy: "ann" }))[0], "stop_asked")
  })
})
