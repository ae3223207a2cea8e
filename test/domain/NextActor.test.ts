import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { nextActor } from "../../src/domain/NextActor.ts"
import { isFinished } from "../../src/domain/RunnerRequest.ts"
import { after, now } from "./Deciding.ts"
import { facts, makeRequest, requests } from "./RequestArbitrary.ts"

const bounds = { ready: 120_000, idle: 300_000, life: 3_600_000, create: 120_000, call: 18_000 }
const nobodyAlive = () => false
const allAlive = () => true

describe("who acts next", () => {
  it("for every unfinished request somebody does, at a time that can be named; for a finished one nobody", () => {
    fc.assert(
      fc.property(requests, fc.boolean(), fc.integer({ min: 0, max: 1_000_000 }), (request, alive, at) => {
        const next = nextActor(request, at, bounds, () => alive)
        assert.strictEqual(next.who === "nobody", isFinished(request))
        if (next.who === "nobody") return
        assert.isTrue(Number.isFinite(next.at))
        assert.isNotEmpty(next.because)
        if (next.who === "any node") assert.isAtLeast(next.at, at)
        else assert.strictEqual(next.owner, request.owner)
      }),
      { numRuns: 5000 }
    )
  })
  it("after whatever has happened, in whatever order, too", () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 20 }), (happened) => {
        const last = happened.reduce(after, makeRequest())
        assert.strictEqual(nextActor(last, now, bounds, allAlive).who === "nobody", isFinished(last))
      }),
      { numRuns: 5000 }
    )
  })
  it("a dead owner's request is any node's at once, but for the due time of what waits", () => {
    const dead = { owner: "node-1" } as const
    for (const status of ["creating", "running"] as const) {
      assert.deepInclude(nextActor(makeRequest({ ...dead, status }), now, bounds, nobodyAlive), { at: now })
    }
    const waits = makeRequest({ status: "queued", dueAt: now + 5 })
    assert.deepInclude(nextActor(waits, now, bounds, nobodyAlive), { who: "any node", at: now + 5 })
    const cleansUp = makeRequest({ status: "stopping", dueAt: now + 99, cleanupDueAt: now + 7 })
    assert.deepInclude(nextActor(cleansUp, now, bounds, nobodyAlive), { who: "any node", at: now + 7 })
  })
  it("news makes whatever nobody holds anybody's at once (E-64)", () => {
    const request = makeRequest({ status: "stopping", cleanupDueAt: now + 7, factsVersion: 2, handledVersion: 1 })
    assert.deepInclude(nextActor(request, now, bounds, nobodyAlive), { who: "any node", at: now })
  })
  it("a live owner acts by the runner's next deadline, which the end of its sandbox bounds", () => {
    const running = { status: "running", owner: "n", runningAt: 0, creatingAt: 0 } as const
    assert.deepInclude(nextActor(makeRequest(running), 0, bounds, allAlive), { who: "owner", at: bounds.ready })
    const works = makeRequest({ ...running, assignedJobName: "build", sandboxEndsAt: 5_000_000 })
    const next = nextActor(works, 0, bounds, allAlive)
    assert.isBelow(next.who === "owner" ? next.at : 0, 5_000_000)
  })
})
