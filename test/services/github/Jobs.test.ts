import { assert, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { serverUrl } from "../../../src/services/github/GitHubServer.ts"
import { json } from "../sandbox/StubServer.ts"
import { job, withStub } from "./GitHubFixture.ts"

it.effect("a job without a runner reads as null, however GitHub writes it", () =>
  Effect.gen(function* () {
    const { github, server } = yield* withStub((_request, response) => json(response, 200, job(29_679_449_526)))
    const found = yield* github.getJob("o/r", 29_679_449_526)
    assert.deepStrictEqual(server.requests[0]?.path, "/repos/o/r/actions/jobs/29679449526")
    assert.deepStrictEqual(found, {
      id: 29_679_449_526,
      runId: 5,
      runAttempt: 1,
      name: "job 29679449526",
      workflowName: null,
      headBranch: null,
      headSha: null,
      htmlUrl: null,
      status: "queued",
      conclusion: null,
      labels: ["self-hosted", "e2b"],
      runnerId: null,
      runnerName: null,
      runnerGroupName: null,
      createdAt: null,
      startedAt: DateTime.makeUnsafe("2026-11-23T21:00:00Z"),
      completedAt: null
    })
  })
)

it.effect("a job that runs says where", () =>
  Effect.gen(function* () {
    const { github } = yield* withStub((_request, response) =>
      json(
        response,
        200,
        job(1, { status: "in_progress", runner_id: 7, runner_name: "e2b-1", runner_group_name: "Default" })
      )
    )
    const found = yield* github.getJob("o/r", 1)
    assert.deepStrictEqual([found.runnerId, found.runnerName, found.runnerGroupName], [7, "e2b-1", "Default"])
  })
)

it.effect("the jobs of a run's latest attempt come from all pages", () =>
  Effect.gen(function* () {
    const { github, server } = yield* withStub((request, response) => {
      const page = Number(request.query.get("page"))
      const headers: Record<string, string> = page < 3 ? { link: '<https://x>; rel="next"' } : {}
      json(response, 200, { total_count: 3, jobs: [job(page)] }, headers)
    })
    assert.deepStrictEqual(
      (yield* github.listRunJobs("o/r", 5)).map((one) => one.id),
      [1, 2, 3]
    )
    assert.deepStrictEqual(server.requests[0]?.path, "/repos/o/r/actions/runs/5/jobs")
    assert.deepStrictEqual(server.requests[0]?.query.get("filter"), "latest")
  })
)

it.each([
  ["https://api.github.com", "https://github.com"],
  ["https://API.github.com/", "https://github.com"],
  ["http://127.0.0.1:4010", "http://127.0.0.1:4010"],
  ["http://localhost:4010/api/", "http://localhost:4010"]
])("runners of the API at %s register at %s", (baseUrl, url) => {
  assert.deepStrictEqual(serverUrl(baseUrl), url)
})
