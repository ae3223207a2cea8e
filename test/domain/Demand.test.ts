import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type DemandView, judge } from "../../src/domain/Demand.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { isNotStarted, type JobFacts, JobStatus } from "../../src/domain/WorkflowJob.ts"
import { makeJob, makeRequest, requests } from "./RequestArbitrary.ts"

const runs = { numRuns: 2000 }

const job = fc
  .record({
    jobId: fc.constantFrom(101, 102),
    status: fc.constantFrom(...JobStatus.literals),
    conclusion: fc.option(fc.constantFrom("success", "cancelled")),
    runnerName: fc.option(fc.constant("e2b-tag-9-1"))
  })
  .map(makeJob)
/** None of them has taken a job: only of those a rule that is not about the runner's job says something often enough. */
const free = requests.map((request) => ({ ...request, assignedJobId: null, assignedJobName: null }))
const count = fc.integer({ min: 0, max: 5 })
const views: fc.Arbitrary<DemandView> = fc.record({
  runnerJob: fc.option(job),
  ownJob: fc.option(job),
  waitingJobs: count,
  freeRequests: count
})

describe("the verdict on one request", () => {
  it("a request whose own job waits is wanted, whatever the counts, unless its runner already has a job", () => {
    fc.assert(
      fc.property(requests, views, (request, view) => {
        if (view.ownJob?.status !== "queued") return
        if (view.runnerJob !== null && !isNotStarted(view.runnerJob.status)) return
        assert.strictEqual(judge(request, view)._tag, "Wanted")
      }),
      runs
    )
  })
  it("a job that waits for approval holds its request, unless another job of the pool needs the runner (E-15)", () => {
    for (const status of ["waiting", "pending", "requested"] as const) {
      const view = { runnerJob: null, ownJob: makeJob({ status }), waitingJobs: 1, freeRequests: 2 }
      assert.strictEqual(judge(makeRequest(), view)._tag, "Held")
      assert.strictEqual(judge(makeRequest(), { ...view, freeRequests: 1 })._tag, "Wanted")
    }
  })
  it("that the runner's job is over wins over everything else", () => {
    fc.assert(
      fc.property(requests, views, job, (request, view, runnerJob) => {
        const verdict = judge(request, { ...view, runnerJob: { ...runnerJob, status: "completed" } })
        assert.strictEqual(verdict._tag, "JobOver")
      }),
      runs
    )
  })
  it("a completed event for the own job says nothing about a runner that runs another job (E-80)", () => {
    const verdict = judge(makeRequest({ status: "running", assignedJobId: 102 }), {
      ownJob: makeJob({ status: "completed", conclusion: "cancelled" }),
      runnerJob: makeJob({ jobId: 102, name: "test", status: "in_progress" }),
      waitingJobs: 0,
      freeRequests: 9
    })
    assert.deepStrictEqual(verdict, { _tag: "Assigned", jobId: 102, jobName: "test" })
  })
  it("a runner that has a job, though only its output said so, or a manual request, is never surplus (E-80)", () => {
    fc.assert(
      fc.property(requests, views, (request, view) => {
        const busy = judge({ ...request, assignedJobName: "build" }, view)
        const manual = judge(request, { ...view, ownJob: null })
        assert.notInclude([busy._tag, manual._tag], "Surplus")
      }),
      runs
    )
  })
  it("surplus only if more requests are free than jobs wait", () => {
    let surplus = 0
    fc.assert(
      fc.property(free, views, (request, view) => {
        if (judge(request, view)._tag !== "Surplus") return
        surplus += 1
        assert.isAbove(view.freeRequests, view.waitingJobs)
      }),
      runs
    )
    assert.isAbove(surplus, 0)
  })
  it("says who took the job, or how it ended", () => {
    const ask = (ownJob: JobFacts) => {
      const verdict = judge(makeRequest(), { ownJob, runnerJob: null, waitingJobs: 0, freeRequests: 1 })
      return verdict._tag === "Surplus" ? verdict.message : verdict._tag
    }
    assert.match(ask(makeJob({ status: "in_progress", runnerName: "other" })), /taken by runner other/)
    assert.match(ask(makeJob({ status: "completed", conclusion: "cancelled" })), /without a runner \(cancelled\)/)
  })
})

interface Pool {
  readonly jobs: ReadonlyArray<JobFacts>
  readonly requests: ReadonlyArray<RunnerRequest>
}

const waitingIn = (pool: Pool) => pool.jobs.filter((j) => j.status === "queued").length

/** Looks and acts as one transaction does: the verdict on one request, and its effect at once. */
const settleOne = (pool: Pool, id: string): Pool => {
  const request = pool.requests.find((r) => r.id === id)
  if (request === undefined) return pool
  const verdict = judge(request, {
    ownJob: pool.jobs.find((j) => j.jobId === request.jobId) ?? null,
    runnerJob: null,
    waitingJobs: waitingIn(pool),
    freeRequests: pool.requests.length
  })
  return verdict._tag === "Surplus" ? { ...pool, requests: pool.requests.filter((r) => r.id !== id) } : pool
}

describe("a pool that is judged one request at a time, in any order", () => {
  // Each request's own job waits or was taken; jobs that nobody asked a runner for cannot be in a pool.
  const pools = fc
    .array(fc.constantFrom<JobStatus>("queued", "in_progress", "completed"), { minLength: 1, maxLength: 8 })
    .chain((statuses) =>
      fc.record({
        pool: fc.constant<Pool>({
          jobs: statuses.map((status, index) => makeJob({ jobId: index + 1, status })),
          requests: statuses.map((_, index) => makeRequest({ id: String(index + 1), jobId: index + 1 }))
        }),
        order: fc.shuffledSubarray(
          statuses.map((_, index) => String(index + 1)),
          { minLength: statuses.length }
        )
      })
    )

  it("ends with as many free requests as waiting jobs", () => {
    fc.assert(
      fc.property(pools, ({ order, pool }) => {
        const settled = order.reduce(settleOne, pool)
        assert.strictEqual(settled.requests.length, waitingIn(pool))
      }),
      runs
    )
  })
  it("never has fewer free requests than waiting jobs on the way", () => {
    fc.assert(
      fc.property(pools, fc.array(fc.integer({ min: 1, max: 8 }).map(String), { maxLength: 30 }), ({ pool }, order) => {
        let current = pool
        for (const id of order) {
          current = settleOne(current, id)
          assert.isAtLeast(current.requests.length, waitingIn(current))
        }
      }),
      runs
    )
  })
  it("keeps a request whose own job was taken while another job lost its request's runner (a swap inside a pool)", () => {
    const pool: Pool = {
      jobs: [makeJob({ jobId: 1, status: "in_progress" }), makeJob({ jobId: 2, status: "queued" })],
      requests: [makeRequest({ id: "1", jobId: 1 })]
    }
    assert.strictEqual(settleOne(pool, "1").requests.length, 1)
  })
})
