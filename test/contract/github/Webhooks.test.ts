// Webhooks as they arrive: signed, with GitHub's headers, recorded, redelivered only on request.
import { assert, describe, it } from "@effect/vitest"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Webhooks } from "@octokit/webhooks"
import { afterEach, beforeEach } from "vitest"
import { webhooks } from "./Description.ts"
import type { Fixture } from "./SimulatorFixture.ts"
import { failureOf, pat, startFixture, webhookSecret, withToken } from "./SimulatorFixture.ts"
import type { Receiver } from "./WebhookReceiver.ts"
import { startReceiver } from "./WebhookReceiver.ts"

let fixture: Fixture
let receiver: Receiver
beforeEach(async () => {
  receiver = await startReceiver()
  fixture = await startFixture({ webhookUrl: receiver.url })
})
afterEach(async () => {
  await fixture.simulator.close()
  await receiver.close()
})

const startRun = (repository = "acme/one", jobs = 1) =>
  fixture.simulator.machine.createRun({
    repository,
    workflow: "CI",
    jobs: Array.from({ length: jobs }, (_, index) => ({ name: `job-${index}`, labels: ["self-hosted", "e2b"] }))
  })

interface DeliverySummary {
  readonly id: number
  readonly guid: string
  readonly status: string
  readonly status_code: number
  readonly redelivery: boolean
  readonly event: string
  readonly action: string
}

const deliveries = async (query: Record<string, unknown> = {}): Promise<ReadonlyArray<DeliverySummary>> =>
  (await fixture.app.octokit.request("GET /app/hook/deliveries", query)).data as ReadonlyArray<DeliverySummary>

/** The records are complete only after the receiver's answer has arrived. */
const settled = async () => {
  while (fixture.simulator.state().pendingDeliveries > 0) await new Promise((resolve) => setImmediate(resolve))
}

describe("a webhook", () => {
  it("is verified by @octokit/webhooks, and only with the right secret and the unchanged body", async () => {
    startRun()
    const { body, headers } = await receiver.job("queued", "job-0")
    const signature = String(headers["x-hub-signature-256"])
    assert.isTrue(await new Webhooks({ secret: webhookSecret }).verify(body, signature))
    assert.isFalse(await new Webhooks({ secret: "another" }).verify(body, signature))
    assert.isFalse(await new Webhooks({ secret: webhookSecret }).verify(`${body} `, signature))
  })

  it("carries GitHub's headers", async () => {
    startRun()
    const { headers } = await receiver.job("queued", "job-0")
    assert.strictEqual(headers["content-type"], "application/json")
    assert.match(String(headers["user-agent"]), /^GitHub-Hookshot\//)
    assert.match(String(headers["x-github-delivery"]), /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/)
    assert.match(String(headers["x-hub-signature"]), /^sha1=[0-9a-f]{40}$/)
    assert.match(String(headers["x-github-hook-id"]), /^\d+$/)
    assert.strictEqual(headers["x-github-hook-installation-target-type"], "integration")
    assert.strictEqual(headers["x-github-hook-installation-target-id"], "4711")
  })

  it("names the installation of the repository's owner, and the organisation if it is one", async () => {
    startRun("acme/one")
    startRun("dana/tools")
    const acme = await receiver.until(({ payload }) => "organization" in payload)
    const dana = await receiver.until(({ payload }) => !("organization" in payload))
    assert.deepInclude(acme.payload["installation"], { id: fixture.acme })
    assert.deepInclude(dana.payload["installation"], { id: fixture.dana })
    assert.deepInclude(dana.payload["repository"], { full_name: "dana/tools" })
  })

  it("of every kind that GitHub describes is sent, in the form that it describes", async () => {
    const { machine } = fixture.simulator
    const labels = ["self-hosted", "e2b"]
    const run = machine.createRun({
      repository: "acme/one",
      workflow: "CI",
      jobs: [
        { name: "deploy", labels, environment: "production" },
        { name: "grouped", labels: [], runnerGroup: "gpu" }
      ]
    })
    const [gated, grouped] = [run.jobs[0]!, run.jobs[1]!]
    machine.runs.review(gated, "approved")
    const scope = machine.topology.scopeOfUrl("https://github.com/acme/one")
    const group = machine.topology.groupById(scope, 1)
    assert(group !== null)
    const registration = { name: "r", labels, group, ephemeral: true, jit: true, workFolder: "_work" }
    const runner = machine.register(scope, registration, false)
    machine.sessions.open(runner, "2.336.0")
    machine.sessions.accept(runner, gated.id)
    machine.runs.complete(gated, "success")
    machine.runs.cancel(grouped)
    machine.runs.rerun(run, "failed")
    const { accounts } = machine
    accounts.suspend("acme", true)
    accounts.suspend("acme", false)
    accounts.rename("acme/two", "zwei")
    accounts.addRepository("acme", "three")
    accounts.removeRepository("acme/three")
    accounts.reinstall("dana", fixture.dana + 600)
    await settled()
    const kinds = receiver.received.map(({ event, action }) => `${event} ${action}`)
    const all = Object.keys(webhooks).filter((kind) => kind !== "ping" && kind !== "repository-transferred")
    assert.sameMembers([...new Set(kinds.map((kind) => kind.replaceAll(/[_ ]/g, "-")))], all)
    const told = receiver.received.flatMap(({ action, job }) => (job === null ? [] : [`${job.name} ${action}`]))
    assert.strictEqual(told.filter((each) => each === "deploy completed").length, 2, "sent again by the rerun")
  })

  it("of a job that was cancelled while queued, or asks for a group alone, has what those have", async () => {
    const { machine } = fixture.simulator
    const jobs = [{ name: "grouped", labels: [], runnerGroup: "gpu" }]
    const run = machine.createRun({ repository: "acme/one", workflow: "CI", jobs })
    const queued = await receiver.job("queued", "grouped")
    assert.deepInclude(queued.payload["workflow_job"], { labels: [], runner_group_id: null, runner_group_name: null })
    assert.notInclude(queued.body, "gpu")
    machine.runs.cancel(run.jobs[0]!)
    const { payload } = await receiver.job("completed", "grouped")
    const job = payload["workflow_job"] as { readonly conclusion: string; readonly steps: ReadonlyArray<unknown> }
    assert.deepInclude(payload["workflow_job"], { conclusion: "cancelled", runner_name: null, steps: [] })
    assert.isNotOk((job as { readonly runner_id?: number | null }).runner_id)
    assert.isFalse(receiver.received.some(({ job: seen, action }) => seen !== null && action === "in_progress"))
  })

  it("of a repository's own hook names no installation", async () => {
    await fixture.simulator.close()
    fixture = await startFixture({ webhookUrl: receiver.url, hookKind: "repository" })
    startRun()
    const { payload, headers } = await receiver.job("queued", "job-0")
    assert.notProperty(payload, "installation")
    assert.strictEqual(headers["x-github-hook-installation-target-type"], "repository")
  })

  it("is not sent anywhere until there is a target", async () => {
    fixture.simulator.setWebhook(null)
    startRun()
    await settled()
    assert.isEmpty(await deliveries())
    await fetch(`${fixture.simulator.controlUrl}/webhook`, {
      method: "PUT",
      body: JSON.stringify({ url: receiver.url, secret: "new-secret" })
    })
    startRun()
    const { body, headers } = await receiver.job("queued", "job-0")
    assert.isTrue(await new Webhooks({ secret: "new-secret" }).verify(body, String(headers["x-hub-signature-256"])))
  })

  it("can be made by hand, for whatever the simulator does not do by itself", async () => {
    const body = JSON.stringify({ event: "ping", payload: { zen: "Keep it logically awesome." } })
    await fetch(`${fixture.simulator.controlUrl}/webhooks`, { method: "POST", body })
    const { payload } = await receiver.until(({ event }) => event === "ping")
    assert.deepStrictEqual(payload, { zen: "Keep it logically awesome." })
  })
})

describe("the App's hook", () => {
  it("tells the App where it points, its secret masked, and nowhere without a target", async () => {
    const { data } = await fixture.app.octokit.request("GET /app/hook/config")
    assert.deepStrictEqual(data, { content_type: "json", insecure_ssl: "0", url: receiver.url, secret: "********" })
    fixture.simulator.setWebhook(null)
    const without = await fixture.app.octokit.request("GET /app/hook/config")
    assert.deepStrictEqual(without.data, { content_type: "json", insecure_ssl: "0" })
  })
})

describe("deliveries", () => {
  it("are recorded newest first, with outcome, and read with their request", async () => {
    startRun()
    await receiver.job("queued", "job-0")
    await settled()
    const [queued, requested] = await deliveries()
    assert.deepInclude(queued, { event: "workflow_job", action: "queued", status: "OK", status_code: 202 })
    assert.deepInclude(requested, { event: "workflow_run", action: "requested", redelivery: false })
    const { data } = await fixture.app.octokit.request("GET /app/hook/deliveries/{delivery_id}", {
      delivery_id: queued!.id
    })
    const request = data.request as { readonly payload: unknown; readonly headers: Record<string, string> }
    const received = await receiver.job("queued", "job-0")
    assert.deepStrictEqual(request.payload, received.payload)
    assert.strictEqual(request.headers["X-GitHub-Delivery"], queued!.guid)
  })

  it("go by cursor, and by outcome", async () => {
    startRun("acme/one", 5)
    await receiver.job("queued", "job-4")
    await settled()
    receiver.status = 500
    startRun("dana/tools", 1)
    await receiver.until(({ job, payload }) => job !== null && !("organization" in payload))
    await settled()
    const seen: Array<unknown> = []
    let cursor: string | undefined
    do {
      const { data, headers } = await fixture.app.octokit.request("GET /app/hook/deliveries", {
        per_page: 3,
        ...(cursor === undefined ? {} : { cursor })
      })
      seen.push(...data.map(({ id }) => id))
      const next = /<([^>]+)>; rel="next"/.exec(headers.link ?? "")?.[1]
      cursor = next === undefined ? undefined : (new URL(next).searchParams.get("cursor") ?? undefined)
    } while (cursor !== undefined)
    assert.strictEqual(new Set(seen).size, 8)
    assert.strictEqual(seen.length, 8)
    assert.strictEqual((await deliveries({ status: "failure" })).length, 2)
    assert.strictEqual((await deliveries({ status: "success" })).length, 6)
  })

  it("go on by cursor after the one that it meant is forgotten; another cursor is refused", async () => {
    startRun("acme/one", 5)
    await receiver.job("queued", "job-4")
    await settled()
    const all = (await deliveries()).map(({ id }) => id)
    const cursor = Buffer.from(`v1_${all[2]}`).toString("base64url")
    assert.deepStrictEqual(
      (await deliveries({ cursor })).map(({ id }) => id),
      all.slice(2)
    )
    const gone = Buffer.from(`v1_${all[0]! + 1000}`).toString("base64url")
    assert.deepStrictEqual(
      (await deliveries({ cursor: gone })).map(({ id }) => id),
      all
    )
    const old = Buffer.from(`v1_${all.at(-1)! - 1}`).toString("base64url")
    assert.deepStrictEqual(await deliveries({ cursor: old }), [])
    const query = { cursor: "yesterday" }
    assert.strictEqual((await failureOf(fixture.app.octokit.request("GET /app/hook/deliveries", query))).status, 422)
  })

  it("that are late are recorded when they go out, as the newest", async () => {
    fixture.simulator.webhookFaults.add({ kind: "delay", event: "workflow_run", times: 1, delayMs: 30 })
    startRun()
    await receiver.until(({ event }) => event === "workflow_run")
    await settled()
    assert.deepStrictEqual(
      (await deliveries()).map(({ event }) => event),
      ["workflow_run", "workflow_job"]
    )
  })

  it("that fail are not repeated by themselves; a redelivery has the same GUID and body", async () => {
    receiver.status = 503
    startRun()
    const first = await receiver.job("queued", "job-0")
    await settled()
    const failed = (await deliveries({ status: "failure" })).find(({ event }) => event === "workflow_job")
    assert.deepInclude(failed, { status_code: 503, guid: String(first.headers["x-github-delivery"]) })
    assert.strictEqual(receiver.received.length, 2)
    receiver.status = 202
    const { status } = await fixture.app.octokit.request("POST /app/hook/deliveries/{delivery_id}/attempts", {
      delivery_id: failed!.id
    })
    assert.strictEqual(status, 202)
    const again = await receiver.until((received) => received.job !== null && received !== first)
    assert.strictEqual(again.headers["x-github-delivery"], first.headers["x-github-delivery"])
    assert.strictEqual(again.body, first.body)
    await settled()
    assert.deepInclude((await deliveries())[0], { redelivery: true, status: "OK" })
  })

  it("that nobody accepts are recorded as failed, and are redelivered by the control interface", async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", () => resolve()))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => void closed.close(resolve))
    fixture.simulator.setWebhook({ url: `http://127.0.0.1:${port}/` })
    startRun()
    await settled()
    const [failed] = await deliveries()
    assert.deepInclude(failed, { status: "failed to connect to host", status_code: 502 })
    fixture.simulator.setWebhook({ url: receiver.url })
    await fetch(`${fixture.simulator.controlUrl}/deliveries/${failed!.id}/redeliver`, { method: "POST" })
    assert.strictEqual((await receiver.job("queued", "job-0")).headers["x-github-delivery"], failed!.guid)
  })
})

describe("webhooks of another App's installation", () => {
  it("come to the same hook, and the API knows nothing of it", async () => {
    const id = process.pid * 1000 + 950
    const repositories = ["theirs"]
    const body = JSON.stringify({ id, owner: "stranger", ownerType: "Organization", repositories, foreign: true })
    await fetch(`${fixture.simulator.controlUrl}/installations`, { method: "POST", body })
    startRun("stranger/theirs")
    const { payload } = await receiver.job("queued", "job-0")
    assert.strictEqual((payload as { readonly installation: { readonly id: number } }).installation.id, id)
    const { octokit } = fixture.app
    for (const route of [
      "GET /repos/stranger/theirs/installation",
      "GET /orgs/stranger/installation",
      `GET /app/installations/${id}`,
      `POST /app/installations/${id}/access_tokens`
    ]) {
      assert.strictEqual((await failureOf(octokit.request(route))).status, 404, route)
    }
    const known = (await octokit.request("GET /app/installations")).data as ReadonlyArray<{ readonly id: number }>
    assert.notInclude(
      known.map((each) => each.id),
      id
    )
    assert.strictEqual(
      (await failureOf(withToken(fixture.simulator, pat).request("GET /repos/stranger/theirs"))).status,
      404
    )
  })
})

describe("webhooks that go wrong on purpose", () => {
  const fault = (body: object) =>
    fetch(`${fixture.simulator.controlUrl}/webhook-faults`, { method: "POST", body: JSON.stringify(body) })

  it("are lost without a record, or come twice with the same GUID", async () => {
    await fault({ kind: "drop", event: "workflow_run", times: 1 })
    await fault({ kind: "duplicate", event: "workflow_job", action: "queued", times: 1 })
    startRun()
    const first = await receiver.job("queued", "job-0")
    const second = await receiver.until((received) => received !== first)
    assert.strictEqual(second.headers["x-github-delivery"], first.headers["x-github-delivery"])
    await settled()
    assert.deepStrictEqual(
      receiver.received.map(({ event }) => event),
      ["workflow_job", "workflow_job"]
    )
    assert.strictEqual(fixture.simulator.state().droppedWebhooks, 1)
  })
})

describe("webhooks that go wrong by seed or in their order", () => {
  it("arrive after the one that follows them, or alone when none follows", async () => {
    fixture.simulator.webhookFaults.add({ kind: "reorder", event: "workflow_run", action: "requested", times: 1 })
    startRun()
    await receiver.until(({ event }) => event === "workflow_run")
    assert.deepStrictEqual(
      receiver.received.map(({ event, action }) => `${event} ${action}`),
      ["workflow_job queued", "workflow_run requested"]
    )
    fixture.simulator.webhookFaults.add({ kind: "reorder", event: "workflow_job", times: 1, delayMs: 20 })
    startRun("acme/two")
    await receiver.until(({ job, payload }) => job !== null && JSON.stringify(payload).includes("acme/two"))
  })

  it("are the same ones for the same seed", async () => {
    const lost = async (seed: number) => {
      fixture.simulator.reset()
      fixture.simulator.webhookFaults.seed = seed
      fixture.simulator.webhookFaults.add({ kind: "drop", event: "workflow_job", chance: 0.5 })
      startRun("acme/one", 40)
      await settled()
      const names = fixture.simulator.state().deliveries.map(({ event }) => event)
      return [names.length, fixture.simulator.state().droppedWebhooks]
    }
    assert.deepStrictEqual(await lost(1), await lost(1))
    assert.notDeepEqual(await lost(1), [41, 0])
  })

  it("are refused when they make no sense, with the words that do", async () => {
    const post = async (body: unknown) => {
      const url = `${fixture.simulator.controlUrl}/webhook-faults`
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) })
      return [answer.status, ((await answer.json()) as { readonly message?: string }).message]
    }
    assert.deepStrictEqual(await post({ kind: "lose" }), [
      422,
      "kind: expected one of drop, unreached, duplicate, delay, reorder"
    ])
    const delay = "delayMs: a delay needs it, in milliseconds"
    assert.deepStrictEqual(await post({ kind: "delay" }), [422, delay])
    const stranger = "delayMillis: a webhook fault has only kind, event, action, times, chance, delayMs"
    assert.deepStrictEqual(await post({ kind: "drop", delayMillis: 1 }), [422, stranger])
  })
})

describe("a hook of a repository or an organisation", () => {
  it("has its deliveries beside it, for those who may manage hooks", async () => {
    await fixture.simulator.close()
    fixture = await startFixture({ webhookUrl: receiver.url, hookKind: "repository" })
    startRun()
    await receiver.job("queued", "job-0")
    await settled()
    const hook = { owner: "acme", repo: "one", hook_id: fixture.simulator.state().hookId }
    const robot = withToken(fixture.simulator, pat)
    const path = "/repos/{owner}/{repo}/hooks/{hook_id}/deliveries"
    const { data } = await robot.request(`GET ${path}`, hook)
    assert.strictEqual(data.length, 2)
    const delivery = { ...hook, delivery_id: Number(data[0]!.id) }
    const read = await robot.request(`GET ${path}/{delivery_id}`, delivery)
    assert.strictEqual(read.data.guid, data[0]!.guid)
    assert.strictEqual((await robot.request(`POST ${path}/{delivery_id}/attempts`, delivery)).status, 202)
    const ofOrganization = await robot.request("GET /orgs/{org}/hooks/{hook_id}/deliveries", {
      org: "acme",
      hook_id: hook.hook_id
    })
    assert.strictEqual(ofOrganization.status, 200)
    const another = robot.request(`GET ${path}`, { ...hook, hook_id: 1 })
    assert.strictEqual((await failureOf(another)).status, 404)
    const asApp = await fixture.app.getInstallationOctokit(fixture.acme)
    assert.strictEqual((await failureOf(asApp.request(`GET ${path}`, hook))).status, 403)
  })
})

describe("deliveries that are old or large", () => {
  it("are forgotten after three days", async () => {
    startRun()
    await receiver.job("queued", "job-0")
    await settled()
    const [delivery] = await deliveries()
    fixture.simulator.setClockSkew(72 * 3_600_000)
    const app = fixture.app.octokit
    assert.deepStrictEqual(await deliveries(), [])
    const gone = app.request("GET /app/hook/deliveries/{delivery_id}", { delivery_id: delivery!.id })
    assert.strictEqual((await failureOf(gone)).status, 404)
  })

  it("are not sent when the payload is larger than 25 MB", async () => {
    await fixture.simulator.close()
    fixture = await startFixture({ webhookUrl: receiver.url, limits: { maxPayloadBytes: 25_000 } })
    fixture.simulator.machine.createRun({
      repository: "acme/one",
      workflow: "CI",
      jobs: [
        { name: "x".repeat(25_000), labels: ["e2b"] },
        { name: "small", labels: ["e2b"] }
      ]
    })
    await receiver.job("queued", "small")
    await settled()
    assert.deepStrictEqual(
      fixture.simulator.state().deliveries.map(({ event }) => event),
      ["workflow_job", "workflow_run"]
    )
  })
})

describe("a burst", () => {
  it("of 1,000 queued jobs arrives whole, each once", async () => {
    await fixture.simulator.close()
    fixture = await startFixture({ webhookUrl: receiver.url })
    for (let run = 0; run < 10; run++) startRun("acme/one", 100)
    await settled()
    const jobs = receiver.received.flatMap(({ job }) => (job === null ? [] : [job.id]))
    assert.strictEqual(jobs.length, 1000)
    assert.strictEqual(new Set(jobs).size, 1000)
    const guids = new Set(receiver.received.map(({ headers }) => headers["x-github-delivery"]))
    assert.strictEqual(guids.size, 1010)
  })
})
