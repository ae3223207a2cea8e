import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  isNotStarted,
  type JobFacts,
  JobStatus,
  mergeFacts,
  normalizeFacts,
  observedTime,
  rank
} from "../../src/domain/WorkflowJob.ts"

const bare: JobFacts = {
  jobId: 1,
  runId: null,
  runAttempt: null,
  repository: "acme/web",
  installationId: null,
  name: "",
  workflowName: null,
  labels: [],
  url: null,
  headBranch: null,
  headSha: null,
  pullRequestNumber: null,
  status: "queued",
  conclusion: null,
  runnerName: null,
  runnerId: null,
  createdAt: null,
  startedAt: null,
  completedAt: null,
  observedAt: 0
}
const make = (over: Partial<JobFacts>): JobFacts => ({ ...bare, ...over })

const number = fc.option(fc.constantFrom(1, 2, 3))
const word = fc.option(fc.constantFrom("a", "b", "c"))
const anyFacts: fc.Arbitrary<JobFacts> = fc.record({
  jobId: fc.constant(1),
  runId: number,
  runAttempt: number,
  repository: fc.constantFrom("acme/web", "acme/renamed"),
  installationId: number,
  name: fc.constantFrom("", "build", "test"),
  workflowName: word,
  labels: fc.subarray(["x", "y"]),
  url: word,
  headBranch: word,
  headSha: word,
  pullRequestNumber: number,
  status: fc.constantFrom(...JobStatus.literals),
  conclusion: word,
  runnerName: fc.option(fc.constantFrom("", "r1", "r2")),
  runnerId: fc.option(fc.constantFrom(0, 1, 2)),
  createdAt: number,
  startedAt: number,
  completedAt: number,
  observedAt: fc.constantFrom(0, 1, 2, 3)
})
const runs = { numRuns: 3000 }

describe("merging facts of one job", () => {
  it("does not depend on the order of two facts", () => {
    fc.assert(
      fc.property(anyFacts, anyFacts, (a, b) => assert.deepStrictEqual(mergeFacts(a, b), mergeFacts(b, a))),
      runs
    )
  })
  it("does not depend on how three facts are grouped", () => {
    fc.assert(
      fc.property(anyFacts, anyFacts, anyFacts, (a, b, c) =>
        assert.deepStrictEqual(mergeFacts(mergeFacts(a, b), c), mergeFacts(a, mergeFacts(b, c)))
      ),
      runs
    )
  })
  it("gains nothing from a repetition, however late", () => {
    fc.assert(
      fc.property(anyFacts, anyFacts, (a, b) => {
        assert.deepStrictEqual(mergeFacts(a, a), normalizeFacts(a))
        const both = mergeFacts(a, b)
        assert.deepStrictEqual(mergeFacts(both, a), both)
        assert.deepStrictEqual(mergeFacts(both, b), both)
      }),
      runs
    )
  })
  it("never moves back: the rank is the highest seen", () => {
    fc.assert(
      fc.property(fc.array(anyFacts, { minLength: 1, maxLength: 6 }), (facts) => {
        const merged = facts.reduce((known, next) => mergeFacts(known, next))
        assert.strictEqual(rank(merged.status), Math.max(...facts.map((fact) => rank(fact.status))))
      }),
      runs
    )
  })
  it("never loses a known value to an unknown one", () => {
    fc.assert(
      fc.property(anyFacts, anyFacts, (a, b) => {
        const known = normalizeFacts(a)
        const merged: Record<string, unknown> = mergeFacts(a, b)
        for (const [field, value] of Object.entries(known)) {
          if (value !== null) assert.isNotNull(merged[field], field)
        }
        if (known.name !== "") assert.notStrictEqual(merged["name"], "")
        if (known.labels.length > 0) assert.notDeepEqual(merged["labels"], [])
      }),
      runs
    )
  })
  it("takes the newest of the not-started statuses by GitHub's time, not by arrival", () => {
    fc.assert(
      fc.property(anyFacts, anyFacts, (a, b) => {
        if (!isNotStarted(a.status) || !isNotStarted(b.status) || a.observedAt === b.observedAt) return
        const newer = a.observedAt > b.observedAt ? a : b
        const merged = mergeFacts(a, b)
        assert.deepStrictEqual([merged.status, merged.observedAt], [newer.status, newer.observedAt])
      }),
      runs
    )
  })
  it("E-15 lets an approved job become queued although its waiting is delivered later", () => {
    const waiting = make({ status: "waiting", observedAt: 1_000 })
    const queued = make({ status: "queued", observedAt: 5_000 })
    assert.strictEqual(mergeFacts(queued, waiting).status, "queued")
    assert.strictEqual(mergeFacts(waiting, queued).status, "queued")
  })
  it("E-15 holds a job that went from queued to waiting, and prefers queued at one and the same time", () => {
    const queued = make({ status: "queued", observedAt: 1_000 })
    assert.strictEqual(mergeFacts(make({ status: "waiting", observedAt: 2_000 }), queued).status, "waiting")
    assert.strictEqual(mergeFacts(make({ status: "waiting", observedAt: 1_000 }), queued).status, "queued")
  })
  it("keeps the end of a job when older news arrive, and fills what they know", () => {
    const completed = make({ status: "completed", conclusion: "failure", runnerName: "r", runnerId: 7, observedAt: 9 })
    const late = make({
      status: "in_progress",
      labels: ["gpu"],
      runnerName: "r",
      runnerId: 7,
      startedAt: 5,
      observedAt: 50
    })
    assert.deepStrictEqual(
      mergeFacts(completed, late),
      make({
        status: "completed",
        conclusion: "failure",
        labels: ["gpu"],
        runnerName: "r",
        runnerId: 7,
        startedAt: 5,
        observedAt: 9
      })
    )
  })
  it("follows a renamed repository", () => {
    const renamed = make({ status: "in_progress", repository: "acme/renamed", observedAt: 2 })
    assert.strictEqual(mergeFacts(renamed, make({ observedAt: 1 })).repository, "acme/renamed")
  })
})

describe("normalised facts", () => {
  it("show no runner, start or end that GitHub filled in ahead of time", () => {
    const filled = { runnerName: "GitHub Actions 5", runnerId: 5, startedAt: 3, completedAt: 4, conclusion: "success" }
    assert.deepStrictEqual(normalizeFacts(make({ ...filled, createdAt: 3 })), make({ createdAt: 3 }))
    assert.deepStrictEqual(
      normalizeFacts(make({ ...filled, status: "in_progress" })),
      make({ status: "in_progress", runnerName: "GitHub Actions 5", runnerId: 5, startedAt: 3 })
    )
    assert.deepStrictEqual(
      normalizeFacts(make({ ...filled, status: "completed" })),
      make({ ...filled, status: "completed" })
    )
  })
  it("show no runner for a job that was cancelled before any took it", () => {
    const cancelled = { status: "completed", conclusion: "cancelled" } as const
    assert.deepStrictEqual(normalizeFacts(make({ ...cancelled, runnerId: 0, runnerName: "" })), make(cancelled))
  })
})

describe("the time of a fact", () => {
  it("is the newest of the job's own times, 0 without any", () => {
    assert.strictEqual(observedTime({ createdAt: 5, startedAt: 9, completedAt: null }), 9)
    assert.strictEqual(observedTime({ createdAt: null, startedAt: null, completedAt: null }), 0)
  })
})
