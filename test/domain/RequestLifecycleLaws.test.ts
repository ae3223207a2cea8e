import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Deferred, Retryable } from "../../src/domain/Disposition.ts"
import { decide } from "../../src/domain/RequestLifecycle.ts"
import { isFinished } from "../../src/domain/RunnerRequest.ts"
import { after, attemptFailed, now } from "./Deciding.ts"
import { facts, factsOf, makeRequest, requests } from "./RequestArbitrary.ts"

const runs = { numRuns: 2000 }

const deferred = new Deferred({ code: "sandbox_capacity", message: "Later." })
const retryable = new Retryable({ code: "sandbox_unavailable", message: "Again." })

describe("laws of a request's life", () => {
  it("a terminal state is final but for an explicit retry of a failure, whatever happens (E-47, E-79, E-125)", () => {
    fc.assert(
      fc.property(requests, fc.constantFrom("completed", "failed"), facts, (request, status, fact) => {
        if (status === "failed" && fact._tag === "RetryAsked") return
        assert.strictEqual(decide({ ...request, status }, fact, now)._tag, "Ignored")
      }),
      runs
    )
  })
  it("an exit or a stop that arrives while stopping is ignored (E-46)", () => {
    const request = makeRequest({ status: "stopping", outcome: "completed", owner: "node-1" })
    for (const fact of [attemptFailed(retryable, false), { _tag: "StopWanted", message: "Again." } as const]) {
      assert.strictEqual(decide(request, fact, now)._tag, "Ignored")
    }
  })
  it("whoever ends or goes back in line has no owner, no outcome, no stage and counts against no cap", () => {
    fc.assert(
      fc.property(requests, facts, (request, fact) => {
        const next = after(request, fact)
        if (next.status === request.status || !(isFinished(next) || next.status === "queued")) return
        assert.strictEqual(next.owner, null)
        assert.strictEqual(next.outcome, null)
        assert.strictEqual(next.stage, null)
        assert.isFalse(next.sandboxMayExist)
      }),
      runs
    )
  })
  it("a request that ended has no due time", () => {
    fc.assert(
      fc.property(requests, facts, (request, fact) => {
        const next = after(request, fact)
        if (next.status !== request.status && isFinished(next)) assert.strictEqual(next.dueAt, null)
      }),
      runs
    )
  })
  it("with something left outside it neither ends nor goes back in line without stopping first", () => {
    fc.assert(
      fc.property(requests, facts, (request, fact) => {
        const claimsToBeClean = fact._tag === "NotNeeded" || (fact._tag === "AttemptFailed" && fact.clean)
        if (!["creating", "running"].includes(request.status) || claimsToBeClean) return
        const next = after(request, fact)
        if (next.status === request.status) return
        assert.notInclude(["queued", "completed", "failed"], next.status)
      }),
      runs
    )
  })
  it("whoever stops knows what it will become", () => {
    fc.assert(
      fc.property(requests, facts, (request, fact) => {
        const next = after(request, fact)
        if (request.status !== "stopping" && next.status === "stopping") assert.isNotNull(next.outcome)
      }),
      runs
    )
  })
  it("every status but stopping has no outcome, and a request that runs has no due time", () => {
    const reachable = fc.array(facts, { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(reachable, (happened) => {
        const last = happened.reduce(after, makeRequest())
        if (last.status !== "stopping") assert.strictEqual(last.outcome ?? last.cleanupDueAt, null)
        if (last.status === "running" || last.status === "creating") assert.strictEqual(last.dueAt, null)
      }),
      { numRuns: 20_000 }
    )
  })
  it("a deferral keeps the attempts and never gives up, whatever was spent (E-29)", () => {
    fc.assert(
      fc.property(requests, fc.boolean(), (request, clean) => {
        const waiting = { ...request, status: "creating" as const }
        const next = after(waiting, attemptFailed(deferred, clean, 1))
        assert.strictEqual(next.attempt, waiting.attempt)
        assert.strictEqual(next.status, clean ? "queued" : "stopping")
        assert.strictEqual(clean ? "requeue" : next.outcome, "requeue")
        assert.strictEqual(next.dueAt, 20_000)
      }),
      runs
    )
  })
  it("a due time is the next attempt's: no clean-up, failed or not, moves it", () => {
    fc.assert(
      fc.property(requests, fc.array(facts, { maxLength: 6 }), (request, happened) => {
        const deferral = after({ ...request, status: "creating" }, attemptFailed(deferred, false))
        const cleanUps = happened.filter(({ _tag }) => ["SandboxRemoved", "CleanupFailed", "Noted"].includes(_tag))
        const next = after(cleanUps.reduce(after, deferral), { _tag: "CleanedUp" })
        assert.deepInclude(next, { status: "queued", dueAt: 20_000, cleanupDueAt: null })
      }),
      runs
    )
  })
  it("a retry clears every trace of failure and of a stop that was asked for (E-109)", () => {
    fc.assert(
      fc.property(requests, factsOf.RetryAsked, (request, fact) => {
        const asked = { ...request, stopAskedAt: 5, stopAskedBy: "admin", stopReason: "Why.", failedAt: 6 }
        const next = after({ ...asked, status: "failed" }, fact)
        const traces = Object.entries(next).filter(([name]) => /^(lastError|failure|error|failed|stop)/.test(name))
        for (const [name, value] of traces) assert.isNull(value, name)
        assert.deepInclude(next, { status: "queued", attempt: 0, dueAt: null, specName: fact.admitted.specName })
        assert.strictEqual(next.queuedAt, request.queuedAt)
      }),
      runs
    )
  })
  it("a stop calls off the next attempt, and makes no success of a failure", () => {
    const stop = { _tag: "StopWanted", message: "Stopped." } as const
    const requeue = makeRequest({ status: "stopping", outcome: "requeue", dueAt: 70_000 })
    assert.deepInclude(after(requeue, stop), { outcome: "completed", dueAt: null })
    const failed = makeRequest({ status: "stopping", outcome: "failed" })
    assert.strictEqual(decide(failed, stop, now)._tag, "Ignored")
  })
  it("retries end after max attempts, and each spends one", () => {
    for (const maxAttempts of [1, 2, 5]) {
      let request = makeRequest()
      let tries = 0
      while (!isFinished(request)) {
        tries += 1
        request = after(request, { _tag: "Claimed", owner: "n", fence: tries, runnerName: `r-${tries}` })
        request = after(request, attemptFailed(retryable, true, maxAttempts))
        assert.strictEqual(request.attempt, tries)
      }
      assert.strictEqual(tries, maxAttempts)
      assert.strictEqual(request.status, "failed")
      assert.strictEqual(request.failureReason, "sandbox_unavailable")
    }
  })
  it("the first failure stays the reason (E-62)", () => {
    fc.assert(
      fc.property(requests, facts, (request, fact) => {
        if (request.failureStage === null || fact._tag === "RunnerBusy" || fact._tag === "RetryAsked") return
        const next = after(request, fact)
        assert.deepStrictEqual(
          [next.failureStage, next.failureReason, next.error],
          [request.failureStage, request.failureReason, request.error]
        )
      }),
      runs
    )
  })
  it("whoever becomes failed has a reason to show", () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 12 }), (happened) => {
        const last = happened.reduce(after, makeRequest())
        if (last.status !== "failed") return
        assert.isNotNull(last.failureStage)
        assert.isNotNull(last.error)
      }),
      { numRuns: 20_000 }
    )
  })
  it("only a claim changes the fence, and nothing but a claim sets an owner", () => {
    fc.assert(
      fc.property(requests, facts, (request, fact) => {
        if (fact._tag === "Claimed") return
        const next = after(request, fact)
        assert.strictEqual(next.fence, request.fence)
        assert.include([request.owner, null], next.owner)
      }),
      runs
    )
  })
  it("each change of status is told in the timeline, in whole sentences", () => {
    fc.assert(
      fc.property(requests, facts, (request, fact) => {
        const decision = decide(request, fact, now)
        if (decision._tag === "Ignored") return
        const moved = decision.patch.status !== undefined && decision.patch.status !== request.status
        if (moved) assert.isAbove(decision.events.length, 0)
        for (const event of decision.events) {
          assert.match(event.message, /^[A-Z].*\.$/)
          assert.notMatch(event.message, /\bnull\b|\bundefined\b/)
        }
      }),
      runs
    )
  })
})
