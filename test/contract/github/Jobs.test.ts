// Workflow runs and jobs over REST, through the unmodified Octokit.
import { assert, describe, it } from "@effect/vitest"
import type { Octokit } from "@octokit/core"
import { afterAll, beforeAll, beforeEach } from "vitest"
import type { JobDefinition } from "../../../src/simulator/github/machine/Entities.ts"
import type { Fixture } from "./SimulatorFixture.ts"
import { failureOf, pat, startFixture, withToken } from "./SimulatorFixture.ts"

let fixture: Fixture
let octokit: Octokit
beforeAll(async () => {
  fixture = await startFixture()
  octokit = withToken(fixture.simulator, pat)
})
beforeEach(() => fixture.simulator.reset())
afterAll(() => fixture.simulator.close())

const one = { owner: "acme", repo: "one" }
const labels = ["self-hosted", "e2b"]
const start = (jobs: ReadonlyArray<JobDefinition> = [{ name: "build", labels }]) =>
  fixture.simulator.machine.createRun({ repository: "acme/one", workflow: "CI", jobs })

describe("jobs", () => {
  it("are read one by one, as queued with nulls for the runner", async () => {
    const job = start().jobs[0]!
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/actions/jobs/{job_id}", {
      ...one,
      job_id: job.id
    })
    const { id, status, conclusion, labels: given, runner_id: runnerId } = data
    assert.deepStrictEqual(
      { id, status, conclusion, given, runnerId },
      {
        id: job.id,
        status: "queued",
        conclusion: null,
        given: labels,
        runnerId: null
      }
    )
  })

  it("are 404 elsewhere, and for ids that are none", async () => {
    const job = start().jobs[0]!
    for (const path of [`acme/two/actions/jobs/${job.id}`, "acme/one/actions/jobs/1", "acme/one/actions/jobs/x"]) {
      assert.strictEqual((await failureOf(octokit.request(`GET /repos/${path}`))).status, 404, path)
    }
  })

  it("of a run come in pages; one that needs another is not there yet", async () => {
    const matrix = Array.from({ length: 40 }, (_, index) => ({ name: `test (${index})`, key: "test", labels }))
    const run = start([...matrix, { name: "deploy", labels, needs: ["test"] }])
    const path = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs"
    const first = await octokit.request(path, { ...one, run_id: run.id })
    const second = await octokit.request(path, { ...one, run_id: run.id, page: 2, filter: "latest" })
    assert.deepStrictEqual([first.data.total_count, first.data.jobs.length, second.data.jobs.length], [40, 30, 10])
    assert.match(first.headers.link ?? "", /rel="next"/)
    assert.notMatch(second.headers.link ?? "", /rel="next"/)
  })

  it("have a log once they are over, by a redirect", async () => {
    const job = start().jobs[0]!
    const path = "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs"
    assert.strictEqual((await failureOf(octokit.request(path, { ...one, job_id: job.id }))).status, 404)
    job.log = "hello\n"
    fixture.simulator.machine.runs.complete(job, "success")
    const { data } = await octokit.request(path, { ...one, job_id: job.id })
    assert.strictEqual(data, "hello\n")
    const forged = await fetch(`${fixture.simulator.url}/_logs/${job.id}/${"0".repeat(64)}`)
    assert.strictEqual(forged.status, 404)
  })
})

describe("runs", () => {
  it("are listed newest first and by status", async () => {
    const [older, newer] = [start(), start()]
    fixture.simulator.machine.runs.complete(older.jobs[0]!, "failure")
    const list = async (status?: "queued" | "completed" | "failure" | "in_progress") => {
      const query = status === undefined ? {} : { status }
      const { data } = await octokit.request("GET /repos/{owner}/{repo}/actions/runs", { ...one, ...query })
      return data.workflow_runs.map(({ id }) => id)
    }
    assert.deepStrictEqual(await list(), [newer.id, older.id])
    assert.deepStrictEqual(await list("queued"), [newer.id])
    assert.deepStrictEqual(await list("completed"), [older.id])
    assert.deepStrictEqual(await list("failure"), [older.id])
    assert.deepStrictEqual(await list("in_progress"), [])
  })

  it("are read and cancelled", async () => {
    const run = start()
    const target = { ...one, run_id: run.id }
    const cancelled = await octokit.request("POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel", target)
    assert.strictEqual(cancelled.status, 202)
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}", target)
    assert.deepStrictEqual([data.status, data.conclusion], ["completed", "cancelled"])
    const again = octokit.request("POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel", target)
    assert.strictEqual((await failureOf(again)).status, 409)
  })
})

describe("the control interface", () => {
  const control = (method: string, path: string, body?: object) =>
    fetch(`${fixture.simulator.controlUrl}/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })

  it("starts runs, approves and cancels jobs, and shows the state", async () => {
    const jobs = [{ name: "deploy", labels, environment: "production", expectedConclusion: "cancelled" }]
    const started = await control("POST", "runs", { repository: "acme/one", workflow: "CI", jobs })
    assert.strictEqual(started.status, 201)
    const run = (await started.json()) as { readonly id: number; readonly jobIds: ReadonlyArray<number> }
    const id = run.jobIds[0]!
    assert.strictEqual((await control("POST", `jobs/${id}/approve`)).status, 200)
    assert.strictEqual((await control("POST", `jobs/${id}/approve`)).status, 409)
    assert.strictEqual((await control("POST", `jobs/${id}/cancel`)).status, 202)
    const state = (await (await control("GET", "state")).json()) as ReturnType<typeof fixture.simulator.state>
    assert.deepInclude(state.jobs[0], { id, conclusion: "cancelled", expectedConclusion: "cancelled" })
    assert.deepInclude(state.runs[0], { id: run.id, conclusion: "cancelled" })
  })

  it("says what is wrong with a run", async () => {
    for (const [body, message] of [
      [{ workflow: "CI", jobs: [] }, "repository: expected owner/name"],
      [{ repository: "acme/one", workflow: "CI", jobs: [{ labels }] }, "jobs[0].name: expected a name"],
      [{ repository: "acme/one", workflow: "CI", jobs: [] }, "a run needs at least one job"]
    ] as const) {
      const answer = await control("POST", "runs", body)
      const { message: given } = (await answer.json()) as { readonly message: string }
      assert.deepStrictEqual([answer.status, given], [422, message])
    }
    const elsewhere = await control("POST", "runs", {
      repository: "no/where",
      workflow: "CI",
      jobs: [{ name: "a", labels }]
    })
    assert.strictEqual(elsewhere.status, 404)
  })

  it("counts REST calls by route and status", async () => {
    await octokit.request("GET /repos/{owner}/{repo}/actions/runners", one)
    await failureOf(octokit.request("GET /repos/nobody/nothing/actions/runners"))
    const { restCalls, restStatuses } = fixture.simulator.state()
    assert.deepStrictEqual(restCalls, { "GET /repos/{owner}/{repo}/actions/runners": 2 })
    assert.deepStrictEqual(restStatuses, {
      "GET /repos/{owner}/{repo}/actions/runners 200": 1,
      "GET /repos/{owner}/{repo}/actions/runners 404": 1
    })
  })
})

describe("faults", () => {
  const path = "POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig"
  const jit = (name: string) => octokit.request(path, { ...one, name, runner_group_id: 1, labels })
  const operation = "actions/generate-runner-jitconfig-for-repo"

  it("answer the next calls of an operation with a status, then are used up", async () => {
    const { faults } = fixture.simulator
    faults.add({ operation, answer: { status: 502, body: { message: "Server Error" } } })
    const failure = await failureOf(jit("a"))
    assert.deepStrictEqual([failure.status, failure.body["message"]], [502, "Server Error"])
    assert.isEmpty(fixture.simulator.state().runners)
    assert.strictEqual((await jit("a")).status, 201)
  })

  it("reset the connection, with or without the call's effect", async () => {
    const { faults } = fixture.simulator
    faults.add({ operation, answer: "reset" })
    faults.add({ operation: path, answer: "reset", when: "after" })
    assert.strictEqual((await failureOf(jit("a"))).status, 500)
    assert.isEmpty(fixture.simulator.state().runners)
    assert.strictEqual((await failureOf(jit("a"))).status, 500)
    assert.strictEqual((await failureOf(jit("a"))).status, 409)
    assert.strictEqual(fixture.simulator.state().runners.length, 1)
  })

  it("make calls late, and are set and taken back by the control interface", async () => {
    const url = `${fixture.simulator.controlUrl}/faults`
    await fetch(url, { method: "POST", body: JSON.stringify({ operation: "*", delayMs: 60_000, times: "always" }) })
    const slow = fetch(`${fixture.simulator.url}/repos/acme/one`, { signal: AbortSignal.timeout(100) })
    assert.strictEqual(
      await slow.then(
        () => "answered",
        () => "timed out"
      ),
      "timed out"
    )
    await fetch(url, { method: "DELETE" })
    assert.strictEqual((await octokit.request("GET /repos/acme/one")).status, 200)
  })
})

describe("limits", () => {
  it("refuse with 403, as primary with nothing remaining, as secondary with retry-after", async () => {
    const limited = await startFixture({
      rateLimits: { enforced: true, requestsPerHour: 7, pointsPerMinute: 10 }
    })
    const robot = withToken(limited.simulator, pat)
    const post = () => robot.request("POST /repos/acme/one/actions/runners/registration-token")
    await post()
    await post()
    const secondary = await failureOf(post())
    assert.strictEqual(secondary.status, 403)
    assert.match(String(secondary.body["message"]), /secondary rate limit/)
    assert.isTrue(Number(secondary.headers["retry-after"]) > 0)
    for (let call = 0; call < 4; call++) await robot.request("GET /repos/acme/one")
    const primary = await failureOf(robot.request("GET /repos/acme/one"))
    assert.strictEqual(primary.status, 403)
    assert.strictEqual(primary.headers["x-ratelimit-remaining"], "0")
    await limited.simulator.close()
  })
})
