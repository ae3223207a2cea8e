import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Fatal, Retryable } from "../../src/domain/Disposition.ts"
import type { FactTag, RequestFact } from "../../src/domain/RequestFact.ts"
import { decide, transitions } from "../../src/domain/RequestLifecycle.ts"
import { RequestStatus, type RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { after, attemptFailed, now } from "./Deciding.ts"
import { facts, factsOf, makeRequest, requests } from "./RequestArbitrary.ts"

const runs = { numRuns: 2000 }
const rowOf = new Map(transitions.map((row) => [row.fact, row]))
const tags = Object.keys(factsOf) as ReadonlyArray<FactTag>

const retryable = new Retryable({ code: "sandbox_unavailable", message: "Again." })
const fatal = new Fatal({ code: "template_unusable", message: "Never." })

describe("the table of transitions", () => {
  it("has exactly one row for each kind of fact", () => {
    assert.sameMembers([...rowOf.keys()], [...tags])
    assert.strictEqual(transitions.length, tags.length)
  })

  const inside = tags.flatMap((tag) => rowOf.get(tag)!.from.map((status) => [status, tag] as const))
  it.each(inside)("%s + %s leads only where the row says, and changes something for some request", (status, tag) => {
    let changes = 0
    fc.assert(
      fc.property(requests, factsOf[tag], (request, fact) => {
        const decision = decide({ ...request, status }, fact, now)
        if (decision._tag === "Ignored") return
        changes += 1
        assert.include(rowOf.get(tag)!.to, decision.patch.status ?? status)
      }),
      { numRuns: 200 }
    )
    assert.isAbove(changes, 0)
  })
  it("leads to every status that a row names", () => {
    for (const { fact, from, to } of transitions) {
      const reached = new Set<RequestStatus>()
      fc.assert(
        fc.property(requests, factsOf[fact], fc.constantFrom(...from), (request, happened, status) => {
          reached.add(after({ ...request, status }, happened).status)
        }),
        { numRuns: 400 }
      )
      assert.sameMembers([...reached], [...to], fact)
    }
  })

  const outside = tags.flatMap((tag) =>
    RequestStatus.literals.filter((s) => !rowOf.get(tag)!.from.includes(s)).map((s) => [s, tag] as const)
  )
  it.each(outside)("%s + %s is ignored", (status, tag) => {
    fc.assert(
      fc.property(requests, factsOf[tag], (request, fact) => {
        assert.deepStrictEqual(decide({ ...request, status }, fact, now), { _tag: "Ignored" })
      }),
      { numRuns: 50 }
    )
  })
})

describe("back in line", () => {
  it("going back to queued clears every timestamp and trace of the attempt (E-44)", () => {
    const traces = ["creatingAt", "runningAt", "readyAt", "assignedAt", "stoppingAt", "pid", "runnerId", "sandboxId"]
    fc.assert(
      fc.property(requests, facts, (request, fact) => {
        const next = after(request, fact)
        if (request.status === "queued" || next.status !== "queued") return
        for (const trace of traces) assert.strictEqual(next[trace as keyof RunnerRequest], null, trace)
        assert.strictEqual(next.assignedJobId, null)
        assert.strictEqual(next.assignedJobName, null)
        assert.strictEqual(next.cleanupAttempt, 0)
      }),
      runs
    )
  })
  it("keeps its place in line, what was spent and what was learnt (E-83)", () => {
    const request = makeRequest({ status: "creating", attempt: 1, owner: "n", queuedAt: 77, lastAttemptAt: 800 })
    const next = after(request, attemptFailed(retryable, true))
    assert.strictEqual(next.queuedAt, 77)
    assert.strictEqual(next.attempt, 2)
    assert.strictEqual(next.lastAttemptAt, 800)
    assert.strictEqual(next.lastErrorCode, "sandbox_unavailable")
    assert.strictEqual(next.lastErrorClass, "retryable")
  })
  it("a claim begins a new attempt: due time and old name gone, sandbox counted from now on", () => {
    const request = makeRequest({ dueAt: 8000, runnerName: "old" })
    const next = after(request, { _tag: "Claimed", owner: "n", fence: 4, runnerName: "new" })
    assert.deepInclude(next, { status: "creating", dueAt: null, runnerName: "new", fence: 4, creatingAt: now })
    assert.isTrue(next.sandboxMayExist)
  })
})

describe("the end of a runner", () => {
  const running = makeRequest({ status: "running", owner: "n", sandboxId: "sbx-1", sandboxMayExist: true, pid: 4 })

  it("a fatal failure stops without a due time and ends failed", () => {
    const stopping = after(running, attemptFailed(fatal, false))
    assert.deepInclude(stopping, { status: "stopping", outcome: "failed", dueAt: null, owner: "n" })
    const end = after(stopping, { _tag: "CleanedUp" })
    assert.deepInclude(end, { status: "failed", failureReason: "template_unusable", failedAt: now })
  })
  it("a busy runner is withdrawn from its stop: it runs on as if never stopped (E-51)", () => {
    const stops: ReadonlyArray<RequestFact> = [
      { _tag: "StopWanted", message: "Idle." },
      { _tag: "RunnerFailed", stage: "sandbox_timeout", reason: "timeout", message: "Too long." },
      attemptFailed(retryable, false),
      attemptFailed(fatal, false)
    ]
    for (const stop of stops) {
      const withdrawn = after(after(running, stop), { _tag: "RunnerBusy" })
      assert.deepInclude(withdrawn, { status: "running", outcome: null, stoppingAt: null, error: null, dueAt: null })
      assert.isNotNull(withdrawn.assignedJobName)
      assert.strictEqual(withdrawn.owner, "n")
    }
  })
  it("a failed clean-up gives the request up until its due time and counts (E-61, E-64)", () => {
    const stopping = makeRequest({ status: "stopping", outcome: "completed", owner: "n", cleanupAttempt: 1 })
    const next = after(stopping, { _tag: "CleanupFailed", stage: "sandbox_stop", message: "No.", dueAt: 12_000 })
    assert.deepInclude(next, {
      status: "stopping",
      outcome: "completed",
      cleanupAttempt: 2,
      cleanupDueAt: 12_000,
      dueAt: null,
      owner: null
    })
  })
  it("a clean-up that failed once and then worked still ends completed (E-66)", () => {
    let request = after(running, { _tag: "StopWanted", message: "Done." })
    request = after(request, { _tag: "CleanupFailed", stage: "sandbox_stop", message: "No.", dueAt: 12_000 })
    request = after({ ...request, owner: "n" }, { _tag: "CleanedUp" })
    assert.deepInclude(request, { status: "completed", failureStage: null, error: null })
  })
})

describe("the job of a runner", () => {
  const running = makeRequest({ status: "running", owner: "n" })
  const assign = (request: RunnerRequest, jobId: number | null, jobName: string | null) =>
    after(request, { _tag: "JobAssigned", jobId, jobName })

  it("is told once, and a repetition is ignored (E-56)", () => {
    const first = assign(running, 101, "build")
    assert.deepInclude(first, { assignedJobId: 101, assignedJobName: "build", assignedAt: now })
    assert.strictEqual(decide(first, { _tag: "JobAssigned", jobId: 101, jobName: "build" }, now)._tag, "Ignored")
  })
  it("a marker without an id never replaces a known id, and a later id completes it (E-56)", () => {
    const known = assign(running, 101, "build")
    assert.strictEqual(assign(known, null, null).assignedJobId, 101)
    const marked = assign(running, null, "build")
    assert.strictEqual(assign(marked, 102, "build").assignedJobId, 102)
  })
  it("an unnamed job gets its name when it is learnt, and a name never changes again", () => {
    const unnamed = assign(running, null, null)
    assert.isNotNull(unnamed.assignedJobName)
    const named = assign(unnamed, null, "build")
    assert.strictEqual(named.assignedJobName, "build")
    assert.strictEqual(assign(named, null, "other").assignedJobName, "build")
  })
  it("keeps the time at which it was first known, whatever is learnt later", () => {
    const decision = decide(
      { ...running, assignedJobName: "build", assignedAt: 5 },
      { _tag: "JobAssigned", jobId: 101, jobName: null },
      now
    )
    assert.strictEqual(decision._tag === "Changed" ? decision.patch.assignedAt : undefined, 5)
  })
})
