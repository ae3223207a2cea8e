import { assert, describe, it } from "@effect/vitest"
import { controlLog, requestView } from "../../../src/http/handlers/RequestViews.ts"
import type { JobRow } from "../../../src/services/store/JobRow.ts"
import { makeJob, makeRequest } from "../../domain/RequestArbitrary.ts"

const job = (over: Partial<JobRow> = {}): JobRow => ({
  ...makeJob(),
  path: "webhook",
  announcedAt: null,
  pool: null,
  ...over
})
const urlOf = (over: Partial<JobRow>) => requestView(makeRequest(), job(over)).github_job_url

describe("the view of a request", () => {
  it("shows absent times as null and others as RFC 3339 in UTC (E-124)", () => {
    const view = JSON.parse(JSON.stringify(requestView(makeRequest({ runningAt: 1_767_225_600_000 }), undefined)))
    assert.strictEqual(view.running_at, "2026-01-01T00:00:00.000Z")
    for (const absent of ["ready_at", "completed_at", "failed_at", "next_retry_at", "last_attempt_at"]) {
      assert.strictEqual(view[absent], null, absent)
    }
    assert.deepStrictEqual(view.requested_labels, ["self-hosted", "e2b"])
  })
  it("leads to the job with its pull request, whatever the address already asks", () => {
    assert.strictEqual(urlOf({ url: "https://x/job/1", pullRequestNumber: 5 }), "https://x/job/1?pr=5")
    assert.strictEqual(urlOf({ url: "https://x/job/1?a=b", pullRequestNumber: 5 }), "https://x/job/1?a=b&pr=5")
    assert.strictEqual(urlOf({ url: "https://x/job/1?pr=5", pullRequestNumber: 5 }), "https://x/job/1?pr=5")
    assert.strictEqual(urlOf({ url: "https://x/job/1", pullRequestNumber: null }), "https://x/job/1")
    assert.strictEqual(urlOf({ url: null, pullRequestNumber: 5 }), null)
  })
  it("says whether the last error is worth waiting for", () => {
    const retryable = (lastErrorClass: "deferred" | "retryable" | "fatal" | null) =>
      requestView(makeRequest({ lastErrorClass }), undefined).last_error_retryable
    assert.deepStrictEqual(
      [retryable("deferred"), retryable("retryable"), retryable("fatal"), retryable(null)],
      [true, true, false, null]
    )
  })
  it("a manual request, or one whose job is unknown, has no job fields", () => {
    const view = requestView(makeRequest({ jobId: null }), undefined)
    assert.deepInclude(view, { workflow_job_id: null, job_name: null, github_job_url: null, intake_path: null })
  })
})

describe("the control log", () => {
  it("is one line for each entry, with its time and code", () => {
    const entry = { id: 1, requestId: "1", at: 0, code: "queued" as const, message: "It waits.", stage: null }
    assert.strictEqual(controlLog([entry, entry]), "1970-01-01T00:00:00.000Z queued: It waits.\n".repeat(2))
    assert.strictEqual(controlLog([]), "")
  })
})
