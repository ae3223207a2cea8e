import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { Deferred, Retryable } from "../../src/domain/Disposition.ts"
import type { RequestFact } from "../../src/domain/RequestFact.ts"
import { decide } from "../../src/domain/RequestLifecycle.ts"
import { currentSpan, learnt, lived, type RequestSpan, spansOfStep } from "../../src/domain/RequestTrace.ts"
import { isFinished, type RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { makeTraceparent, parseContext, spanIdOf, traceIdOf } from "../../src/domain/TraceContext.ts"
import { facts, makeRequest } from "./RequestArbitrary.ts"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const rootId = "b7ad6b7169203331"
const begun = makeRequest({ traceContext: `00-${traceId}-${rootId}-01` })

/** The request as another process reads it: an instant has lost its fraction. */
const readBack = (request: RunnerRequest): RunnerRequest => {
  const read = Object.entries(request).map(([key, value]) => [
    key,
    key.endsWith("At") && typeof value === "number" ? Math.floor(value) : value
  ])
  return Object.fromEntries(read) as RunnerRequest
}

/** What is told of a life, and below which spans things were done in it. */
const live = (sequence: ReadonlyArray<readonly [RequestFact, number]>, from = begun) => {
  const told: Array<RequestSpan> = []
  const parents = new Set<string>()
  let request = from
  let now = from.updatedAt
  for (const [fact, later] of sequence) {
    if (isFinished(request)) break
    now += later
    const decision = decide(request, fact, now)
    if (decision._tag === "Ignored") continue
    const after = { ...request, ...decision.patch }
    told.push(...spansOfStep(request, fact, after, now))
    // Every other process reads the row anew.
    request = { ...readBack(after), updatedAt: now }
    if (isFinished(request)) break
    parents.add(currentSpan(request)?.spanId ?? "none")
    parents.add(currentSpan(after)?.spanId ?? "none")
  }
  return { told, parents, request }
}

const step = (fact: RequestFact, later = 100.75) => [fact, later] as const
const claimed: RequestFact = { _tag: "Claimed", owner: "node-1", fence: 1, runnerName: "e2b-tag-101-1" }
const retryable = new Retryable({ code: "sandbox_unavailable", message: "E2B broke." })
const failedWith = (disposition: Deferred | Retryable, clean: boolean): RequestFact => ({
  _tag: "AttemptFailed",
  stage: "sandbox_create",
  disposition,
  dueAt: 9_000,
  maxAttempts: 5,
  clean
})
const created: RequestFact = { _tag: "SandboxCreated", sandboxId: "sbx-1", endsAt: 99_000 }
const assigned: RequestFact = { _tag: "JobAssigned", jobId: 101, jobName: "build" }
const goodEnd: ReadonlyArray<RequestFact> = [
  { _tag: "StopWanted", message: "Done." },
  { _tag: "SandboxRemoved" },
  { _tag: "CleanedUp" },
  { _tag: "NotNeeded", message: "Over." }
]

const byName = (told: ReadonlyArray<RequestSpan>, name: string) => {
  const span = told.find((each) => each.name === name)
  assert.isDefined(span, name)
  return span
}

describe("the trace of a request", () => {
  it("has, for a life that ends well, the wait, the attempt with its parts, and the whole around them", () => {
    const { told } = live(
      [
        claimed,
        created,
        { _tag: "RunnerRegistered", runnerId: 900 } as const,
        { _tag: "RunnerStarted", pid: 7 } as const,
        { _tag: "RunnerReady" } as const,
        assigned,
        ...goodEnd
      ].map((fact) => step(fact))
    )
    const parentOf = (name: string) => byName(told, name).parentId
    const idOf = (name: string) => byName(told, name).spanId
    assert.deepStrictEqual(told.map(({ name }) => name).toSorted(), [
      "attempt",
      "clean-up",
      "job",
      "provision",
      "runner request",
      "wait for job",
      "wait in line"
    ])
    assert.deepInclude(byName(told, "runner request"), { traceId, spanId: rootId, parentId: null, error: null })
    for (const name of ["wait in line", "attempt"]) assert.strictEqual(parentOf(name), rootId)
    for (const name of ["provision", "wait for job", "job", "clean-up"]) {
      assert.strictEqual(parentOf(name), idOf("attempt"), name)
    }
    assert.deepInclude(byName(told, "job").attributes, {
      "runnerd.request": "101",
      "runnerd.spec": "small",
      "runnerd.sandbox": "sbx-1",
      "runnerd.attempt": 1,
      "runnerd.assigned_job": 101,
      "vcs.repository.name": "acme/web",
      "cicd.worker.name": "e2b-tag-101-1",
      "cicd.pipeline.task.run.id": "101",
      "cicd.pipeline.task.name": "build"
    })
  })

  it("is one tree without orphans, whatever happens in a life and whoever does it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(facts, fc.double({ min: 1, max: 5_000, noNaN: true })), { maxLength: 60 }),
        (sequence) => {
          const { told, parents, request } = live([step(claimed), ...sequence, ...goodEnd.map((fact) => step(fact))])
          assert.isTrue(isFinished(request))
          const ids = told.map(({ spanId }) => spanId)
          assert.strictEqual(new Set(ids).size, ids.length, "a span is told of once")
          assert.deepStrictEqual(
            told.filter(({ parentId }) => parentId === null).map(({ name }) => name),
            ["runner request"]
          )
          const known = new Set(ids)
          for (const id of parents) assert.isTrue(known.has(id), "what was done has its parent")
          for (const { parentId } of told) assert.isTrue(parentId === null || known.has(parentId))
          for (const span of told) {
            assert.strictEqual(span.traceId, traceId)
            assert.isAtMost(span.startedAt, span.endedAt)
          }
        }
      ),
      { numRuns: 2_000 }
    )
  })

  it("has an attempt that failed with its reason's code; one that only waits for room has no error", () => {
    const failed = byName(live([step(claimed), step(failedWith(retryable, true))]).told, "attempt")
    assert.deepStrictEqual(failed.error, { type: "sandbox_unavailable", message: "E2B broke." })
    assert.deepInclude(failed.attributes, {
      "runnerd.disposition": "retryable",
      "runnerd.reason": "sandbox_unavailable"
    })

    const unclean = live(
      [claimed, created, failedWith(retryable, false), { _tag: "CleanedUp" } as const].map((f) => step(f))
    )
    assert.deepStrictEqual(byName(unclean.told, "attempt").error, {
      type: "sandbox_unavailable",
      message: "E2B broke."
    })
    assert.deepStrictEqual(byName(unclean.told, "provision").error, byName(unclean.told, "attempt").error)

    const room = new Deferred({ code: "sandbox_capacity", message: "E2B is full." })
    const waiting = byName(live([step(claimed), step(failedWith(room, true))]).told, "attempt")
    assert.isNull(waiting.error)
    assert.strictEqual(waiting.attributes["runnerd.reason"], "sandbox_capacity")
  })

  it("of a request that failed has the reason at its root", () => {
    const refused = makeRequest({ ...begun, status: "failed", failureReason: "no_matching_spec", error: "None fits." })
    assert.deepStrictEqual(lived(refused, 2_000)[0]?.error, { type: "no_matching_spec", message: "None fits." })
  })

  it("of a request that was tried again after it had failed begins there", () => {
    const again = makeRequest({ ...begun, status: "completed", queuedAt: 1000, retriedAt: 90_000 })
    assert.deepInclude(lived(again, 95_000)[0], { startedAt: 90_000, endedAt: 95_000 })
    assert.deepInclude(lived({ ...again, retriedAt: null }, 95_000)[0], { startedAt: 1000, endedAt: 95_000 })
  })

  it("has what was learnt below the root, each notice once", () => {
    const notice = {
      name: "delivery",
      startedAt: 900,
      endedAt: 903,
      key: "guid-1",
      attributes: { "github.event": "x" }
    }
    const [first] = learnt(begun, notice)
    assert.deepInclude(first, { traceId, parentId: rootId, startedAt: 900, endedAt: 903 })
    assert.notStrictEqual(learnt(begun, { ...notice, key: "guid-2" })[0]?.spanId, first?.spanId)
  })

  it("is none at all for a request from before there were traces", () => {
    const { told } = live(
      [claimed, created, ...goodEnd].map((fact) => step(fact)),
      makeRequest()
    )
    assert.deepStrictEqual(told, [])
    assert.isNull(currentSpan(makeRequest()))
  })
})

describe("a trace context", () => {
  it("is what W3C says, and never all zeros", () => {
    assert.strictEqual(
      makeTraceparent(() => 0),
      `00-${"0".repeat(31)}1-${"0".repeat(15)}1-01`
    )
    const context = makeTraceparent(() => 0xdeadbeef)
    assert.match(context, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    assert.strictEqual(traceIdOf(context), "deadbeef".repeat(4))
    assert.deepStrictEqual(parseContext(null), null)
  })

  it("gives the same name the same span, and others another", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        assert.match(spanIdOf(a), /^[0-9a-f]{16}$/)
        assert.strictEqual(spanIdOf(a) === spanIdOf(b), a === b)
      })
    )
  })
})
