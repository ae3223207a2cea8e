// Workflow runs and jobs over REST, through the unmodified Octokit.
import { assert, describe, it } from "@effect/vitest"
import type { Octokit } from "@octokit/core"
import { afterAll, beforeAll, beforeEach, onTestFinished } from "vitest"
import type { JobDefinition } from "../../../src/simulator/github/machine/Entities.ts"
import { ManualClock } from "../../simulator/github/ManualMachine.ts"
import type { Fixture } from "./SimulatorFixture.ts"
import { failureOf, keptBack, pat, startFixture, withToken } from "./SimulatorFixture.ts"

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

  it("that wait for an approval are found as waiting", async () => {
    start()
    const gated = start([{ name: "deploy", labels, environment: "production" }])
    const query = { ...one, status: "waiting" as const }
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/actions/runs", query)
    assert.deepStrictEqual(
      data.workflow_runs.map(({ id }) => id),
      [gated.id]
    )
  })

  it("are 1,000 at most when they are asked for by status", async () => {
    for (let run = 0; run < 1010; run++) start()
    const path = "GET /repos/{owner}/{repo}/actions/runs"
    const page = { ...one, per_page: 100, page: 11 }
    assert.strictEqual((await octokit.request(path, page)).data.workflow_runs.length, 10)
    assert.isEmpty((await octokit.request(path, { ...page, status: "queued" })).data.workflow_runs)
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

describe("attempts", () => {
  const runs = () => fixture.simulator.machine.runs
  const failed = () => {
    const run = start([
      { name: "lint", labels },
      { name: "test", labels }
    ])
    runs().complete(run.jobs[0]!, "success")
    runs().complete(run.jobs[1]!, "failure")
    return run
  }

  it("of a run are read one by one, with their jobs; filter=all shows the jobs of all of them", async () => {
    const run = failed()
    const where = { ...one, run_id: run.id }
    const again = await octokit.request("POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs", where)
    assert.strictEqual(again.status, 201)
    const jobsPath = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs"
    assert.strictEqual((await octokit.request(jobsPath, where)).data.total_count, 2)
    assert.strictEqual((await octokit.request(jobsPath, { ...where, filter: "all" })).data.total_count, 4)
    const attempt = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}"
    const first = await octokit.request(attempt, { ...where, attempt_number: 1 })
    assert.deepStrictEqual([first.data.run_attempt, first.data.conclusion], [1, "failure"])
    const second = await octokit.request(`${attempt}/jobs`, { ...where, attempt_number: 2 })
    assert.deepStrictEqual(
      second.data.jobs.map(({ name, status, run_attempt }) => [name, status, run_attempt]),
      [
        ["lint", "completed", 2],
        ["test", "queued", 2]
      ]
    )
    assert.strictEqual(
      (await failureOf(octokit.request(`${attempt}/jobs`, { ...where, attempt_number: 3 }))).status,
      404
    )
    assert.strictEqual((await failureOf(octokit.request(attempt, { ...where, attempt_number: 3 }))).status, 404)
  })

  it("begin by running all or one job again, and not while the run goes on", async () => {
    const run = failed()
    const rerun = "POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun"
    assert.strictEqual((await octokit.request(rerun, { ...one, run_id: run.id })).status, 201)
    const refused = await failureOf(octokit.request(rerun, { ...one, run_id: run.id }))
    assert.deepStrictEqual([refused.status, refused.body["message"]], [403, "This workflow is already running"])
    for (const job of run.jobs) runs().complete(job, "success")
    const job = "POST /repos/{owner}/{repo}/actions/jobs/{job_id}/rerun"
    assert.strictEqual((await octokit.request(job, { ...one, job_id: run.jobs[0]!.id })).status, 201)
    assert.strictEqual(run.attempt, 3)
  })

  it("end by force where cancelling waits for the runner", async () => {
    const run = start()
    const cancel = "POST /repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel"
    assert.strictEqual((await octokit.request(cancel, { ...one, run_id: run.id })).status, 202)
    assert.strictEqual(run.conclusion, "cancelled")
    assert.strictEqual((await failureOf(octokit.request(cancel, { ...one, run_id: run.id }))).status, 409)
  })
})

describe("conditional requests", () => {
  it("are 304 without a body while nothing changed, and cost nothing of the primary limit", async () => {
    const run = start()
    const path = "GET /repos/{owner}/{repo}/actions/runs/{run_id}"
    const first = await octokit.request(path, { ...one, run_id: run.id })
    const headers = { "if-none-match": first.headers.etag }
    const same = await failureOf(octokit.request(path, { ...one, run_id: run.id, headers }))
    assert.strictEqual(same.status, 304)
    assert.strictEqual(same.headers["x-ratelimit-remaining"], first.headers["x-ratelimit-remaining"])
    fixture.simulator.machine.runs.cancelRun(run)
    const changed = await octokit.request(path, { ...one, run_id: run.id, headers })
    assert.deepStrictEqual([changed.status, changed.data.conclusion], [200, "cancelled"])
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

  it("break an answer off in the middle, after the call's effect", async () => {
    fixture.simulator.faults.add({ operation, answer: "malformed" })
    const { status, data } = (await jit("a")) as { readonly status: number; readonly data: unknown }
    assert.strictEqual(status, 201)
    assert.isString(data)
    assert.throws(() => JSON.parse(data as string), SyntaxError)
    assert.strictEqual(fixture.simulator.state().runners.length, 1)
  })

  it("make calls late, and are set and taken back by the control interface", async () => {
    const clock = new ManualClock(Date.now())
    const { simulator } = await startFixture({ clock })
    onTestFinished(() => simulator.close())
    const url = `${simulator.controlUrl}/faults`
    const get = () => withToken(simulator, pat).request("GET /repos/acme/one")
    await fetch(url, { method: "POST", body: JSON.stringify({ operation: "*", delayMs: 60_003, times: "always" }) })
    const late = get()
    await keptBack(clock, late, 60_003)
    await fetch(url, { method: "DELETE" })
    assert.strictEqual((await get()).status, 200)
    clock.advance(60_003)
    assert.strictEqual((await late).status, 200)
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

  it("grow with an installation's repositories: 50 an hour for each above 20, up to 12,500", async () => {
    const repositories = (count: number) => Array.from({ length: count }, (_, index) => `repo-${index}`)
    const installation = { ownerType: "User" as const, owner: "many", repositories: repositories(25) }
    const large = { ownerType: "User" as const, owner: "most", repositories: repositories(1000) }
    const ids = [process.pid * 1000 + 900, process.pid * 1000 + 901] as const
    const many = await startFixture({
      installations: [
        { ...installation, id: ids[0] },
        { ...large, id: ids[1] }
      ]
    })
    const limitOf = async (id: number) =>
      (await (await many.app.getInstallationOctokit(id)).request("GET /rate_limit")).data.rate.limit
    assert.deepStrictEqual([await limitOf(ids[0]), await limitOf(ids[1])], [5250, 12_500])
    await many.simulator.close()
  })

  it("refuse the call that is one too many at the same time, and no other", async () => {
    const clock = new ManualClock(Date.now())
    const { simulator } = await startFixture({ clock, rateLimits: { enforced: true, concurrentRequests: 3 } })
    onTestFinished(() => simulator.close())
    const { faults } = simulator
    faults.add({ operation: "repos/get", answerDelayMs: 5000, times: "always" })
    const robot = withToken(simulator, pat)
    const get = () => robot.request("GET /repos/acme/one")
    const held = async <A>(call: Promise<A>) => {
      await keptBack(clock, call, 5000)
      // The next one is told from it by its time.
      clock.advance(1)
      return { call }
    }
    const three = [await held(get()), await held(get()), await held(get())]
    const fourth = (await held(failureOf(get()))).call
    clock.advance(5000)
    const refused = await fourth
    assert.deepStrictEqual([refused.status, refused.headers["retry-after"]], [403, "60"])
    assert.deepStrictEqual(
      (await Promise.all(three.map(({ call }) => call))).map(({ status }) => status),
      [200, 200, 200]
    )
    faults.clear()
    assert.strictEqual((await get()).status, 200)
  })

  it("of the hour, met by name, say when the next hour begins", async () => {
    const clock = new ManualClock(1_764_000_000_500)
    const { simulator } = await startFixture({ clock })
    onTestFinished(() => simulator.close())
    simulator.faults.add({ operation: "repos/get", answer: { failure: "primary_rate_limit" } })
    const { headers, status } = await failureOf(withToken(simulator, pat).request("GET /repos/acme/one"))
    assert.deepStrictEqual(
      [status, headers["x-ratelimit-remaining"], headers["x-ratelimit-reset"], headers["x-ratelimit-resource"]],
      [403, "0", String(1_764_000_001 + 3600), "core"]
    )
  })

  it("are switched while it runs: calls at the same time, and registrations", async () => {
    const put = async (body: unknown) => {
      const answer = await fetch(`${fixture.simulator.controlUrl}/limits`, {
        method: "PUT",
        body: JSON.stringify(body)
      })
      return answer.status
    }
    assert.strictEqual(await put({ concurrentRequests: -1 }), 422)
    assert.strictEqual(await put({ callsPerFortnight: 1 }), 422)
    assert.strictEqual(await put({ enforced: true, registrationsPer5Minutes: 1 }), 200)
    const jit = (name: string) =>
      octokit.request("POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig", {
        ...one,
        name,
        runner_group_id: 1,
        labels
      })
    assert.strictEqual((await jit("a")).status, 201)
    assert.match(String((await failureOf(jit("b"))).body["message"]), /secondary rate limit/)
    await put({ concurrentRequests: 0 })
    assert.match(String((await failureOf(octokit.request("GET /repos/acme/one"))).body["message"]), /secondary/)
    await put({ enforced: false })
    assert.strictEqual((await octokit.request("GET /repos/acme/one")).status, 200)
  })
})
