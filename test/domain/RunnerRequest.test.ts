import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { hasTakenJob, isFinished, RequestStatus, runnerName } from "../../src/domain/RunnerRequest.ts"

describe("a request", () => {
  it("is finished when completed or failed, and only then", () => {
    assert.deepStrictEqual(
      RequestStatus.literals.filter((status) => isFinished({ status })),
      ["completed", "failed"]
    )
  })
  it("has taken a job when the job's id or its name is known", () => {
    assert.isFalse(hasTakenJob({ assignedJobId: null, assignedJobName: null }))
    assert.isTrue(hasTakenJob({ assignedJobId: 7, assignedJobName: null }))
    assert.isTrue(hasTakenJob({ assignedJobId: null, assignedJobName: "build" }))
  })
})

describe("a runner's name", () => {
  const jobIds = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
  const fences = fc.integer({ min: 1, max: 1_000_000 })

  it("fits GitHub's 64 characters for every job id and its replacements", () => {
    fc.assert(
      fc.property(jobIds, fc.integer({ min: 1, max: 999 }), fences, (jobId, ordinal, fence) => {
        const name = runnerName("abc234", ordinal === 1 ? String(jobId) : `${jobId}-${ordinal}`, fence)
        assert.isAtMost(name.length, 64)
        assert.match(name, /^[A-Za-z0-9_.-]+$/)
      })
    )
  })
  it("is never the same for two claims of one request", () => {
    fc.assert(
      fc.property(jobIds, fences, fences, (jobId, one, other) => {
        const same = runnerName("abc234", String(jobId), one) === runnerName("abc234", String(jobId), other)
        assert.strictEqual(same, one === other)
      })
    )
  })
})
