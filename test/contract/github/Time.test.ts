// What passes with time at GitHub, by a clock that only moves when told: tokens, runners, jobs, limits, webhooks.
import { assert, describe, it } from "@effect/vitest"
import type { Octokit } from "@octokit/core"
import { afterEach, beforeEach } from "vitest"
import type { GitHubSimulatorOptions } from "../../../src/simulator/github/Options.ts"
import { ManualClock } from "../../simulator/github/ManualMachine.ts"
import type { Fixture } from "./SimulatorFixture.ts"
import { eventually, failureOf, pat, startFixture, withToken } from "./SimulatorFixture.ts"
import type { Receiver } from "./WebhookReceiver.ts"
import { startReceiver } from "./WebhookReceiver.ts"

const second = 1000
const hour = 3600 * second
const one = { owner: "acme", repo: "one" }
const labels = ["self-hosted", "e2b"]

let clock: ManualClock
let fixture: Fixture
let octokit: Octokit
let receiver: Receiver
const restart = async (options: Partial<GitHubSimulatorOptions>) => {
  clock = new ManualClock(Date.now())
  fixture = await startFixture({ clock, webhookUrl: receiver.url, ...options })
  octokit = withToken(fixture.simulator, pat)
}
beforeEach(async () => {
  receiver = await startReceiver()
  await restart({})
})
afterEach(async () => {
  await fixture.simulator.close()
  await receiver.close()
})

const start = (name = "build") => {
  const run = fixture.simulator.machine.createRun({
    repository: "acme/one",
    workflow: "CI",
    jobs: [{ name, labels }]
  })
  return run.jobs[0]!
}

const registered = async (name: string) => {
  const path = "POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig"
  const { data } = await octokit.request(path, { ...one, name, runner_group_id: 1, labels })
  const runner = fixture.simulator.machine.registry.byId.get(data.runner.id)
  assert(runner !== undefined)
  return runner
}

const runners = async () => {
  const { data } = await octokit.request("GET /repos/{owner}/{repo}/actions/runners", one)
  return data.runners.map(({ name, status, busy }) => `${name} ${status}${busy ? " busy" : ""}`)
}

const shown = async (jobId: number) => {
  const path = "GET /repos/{owner}/{repo}/actions/jobs/{job_id}"
  const { status, conclusion, runner_name } = (await octokit.request(path, { ...one, job_id: jobId })).data
  return [status, conclusion, runner_name]
}

describe("tokens", () => {
  it("of an installation are worth nothing after their hour", async () => {
    const path = "POST /app/installations/{installation_id}/access_tokens"
    const { data } = await fixture.app.octokit.request(path, { installation_id: fixture.acme })
    const asAcme = withToken(fixture.simulator, data.token)
    clock.advance(hour - second)
    assert.strictEqual((await asAcme.request("GET /repos/{owner}/{repo}", one)).status, 200)
    clock.advance(second)
    const late = await failureOf(asAcme.request("GET /repos/{owner}/{repo}", one))
    assert.deepStrictEqual([late.status, late.body["message"]], [401, "Bad credentials"])
  })

  it("for config.sh register any number of runners, of their own place, within their hour", async () => {
    const { simulator } = fixture
    const path = "POST /repos/{owner}/{repo}/actions/runners/registration-token"
    const { token } = (await octokit.request(path, one)).data
    const register = async (name: string, repository = "acme/one") => {
      const answer = await fetch(`${simulator.url}/_runner/registration`, {
        method: "POST",
        headers: { authorization: `RemoteAuth ${token}` },
        body: JSON.stringify({ url: `${simulator.url}/${repository}`, version: "2.336.0", name, labels })
      })
      return answer.status
    }
    assert.deepStrictEqual([await register("a"), await register("b")], [201, 201])
    assert.strictEqual(await register("c", "acme/two"), 404)
    clock.advance(hour)
    assert.strictEqual(await register("d"), 404)
  })
})

describe("an ephemeral runner", () => {
  it("is gone from the list once its job is over", async () => {
    const { machine } = fixture.simulator
    const runner = await registered("r")
    assert.deepStrictEqual(await runners(), ["r offline"])
    machine.sessions.open(runner, "2.336.0")
    assert.deepStrictEqual(await runners(), ["r online"])
    const job = start()
    machine.sessions.accept(runner, job.id)
    assert.deepStrictEqual(await runners(), ["r online busy"])
    machine.runs.complete(job, "success")
    assert.isEmpty(await runners())
  })

  it("that never came or fell silent is left over, its name taken, for a day", async () => {
    const { machine } = fixture.simulator
    await registered("never-came")
    machine.sessions.open(await registered("fell-silent"), "2.336.0")
    clock.advance(60 * second)
    assert.sameMembers(await runners(), ["never-came offline", "fell-silent offline"])
    assert.strictEqual((await failureOf(registered("fell-silent"))).status, 409)
    clock.advance(24 * hour)
    assert.isEmpty(await runners())
  })
})

describe("a job", () => {
  it("is queued again when its runner does not take it for 60 s, and another one gets it", async () => {
    const { machine } = fixture.simulator
    const first = await registered("first")
    const session = machine.sessions.open(first, "2.336.0")
    const job = start()
    machine.sessions.poll(first, session, () => undefined)
    machine.sessions.poll(first, session, () => undefined)
    clock.advance(60 * second)
    assert.deepStrictEqual(await shown(job.id), ["queued", null, null])
    const second_ = await registered("second")
    machine.sessions.open(second_, "2.336.0")
    machine.sessions.accept(second_, job.id)
    assert.deepStrictEqual(await shown(job.id), ["in_progress", null, "second"])
  })

  it("that nobody takes for 24 h is cancelled, and told to be", async () => {
    const job = start()
    clock.advance(24 * hour - second)
    assert.deepStrictEqual(await shown(job.id), ["queued", null, null])
    clock.advance(second)
    assert.deepStrictEqual(await shown(job.id), ["completed", "cancelled", null])
    await receiver.job("completed", "build")
  })
})

describe("limits", () => {
  it("are over at the time that their refusal says", async () => {
    await fixture.simulator.close()
    await restart({ rateLimits: { enforced: true, requestsPerHour: 3, pointsPerMinute: 2 } })
    const get = () => octokit.request("GET /repos/{owner}/{repo}", one)
    await get()
    await get()
    const secondary = await failureOf(get())
    assert.deepStrictEqual([secondary.status, secondary.headers["retry-after"]], [403, "60"])
    clock.advance(59 * second)
    const primary = await failureOf(get())
    assert.deepStrictEqual([primary.status, primary.headers["x-ratelimit-remaining"]], [403, "0"])
    assert.match(String(primary.body["message"]), /^API rate limit exceeded/)
    clock.advance(Number(primary.headers["x-ratelimit-reset"]) * second - clock.now())
    assert.strictEqual((await get()).headers["x-ratelimit-remaining"], "2")
  })
})

describe("a webhook", () => {
  it("that is not answered within 10 s has failed", async () => {
    receiver.status = null
    start()
    await receiver.job("queued", "build")
    clock.advance(9999)
    const { simulator } = fixture
    assert.isTrue(simulator.state().deliveries.every(({ status }) => status === "pending"))
    clock.advance(1)
    await eventually(() => simulator.state().pendingDeliveries === 0)
    const { data } = await fixture.app.octokit.request("GET /app/hook/deliveries")
    const outcomes = data.map(({ status, status_code: code, duration }) => [status, code, duration])
    assert.deepStrictEqual(outcomes, [
      ["timed out", 504, 10],
      ["timed out", 504, 10]
    ])
  })

  it("can be late by as much as it is told to be", async () => {
    fixture.simulator.webhookFaults.add({ kind: "delay", event: "workflow_job", times: 1, delayMs: 120_000 })
    start("late")
    start("in-time")
    await receiver.job("queued", "in-time")
    clock.advance(119_999)
    assert.isFalse(receiver.received.some(({ job }) => job?.name === "late"))
    clock.advance(1)
    await receiver.job("queued", "late")
  })
})
