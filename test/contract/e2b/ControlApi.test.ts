// The control API, driven by the unmodified client.
import { AuthenticationError, E2B, RateLimitError, SandboxError, SandboxNotFoundError } from "e2b"
import { assert, describe, it } from "vitest"
import { ManualTimeline } from "../../simulator/e2b/ManualTimeline.ts"
import { rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

describe("create, list, get, kill", () => {
  it("a created sandbox is found by id with all that the create said", async () => {
    const { e2b } = await simulate()
    const created = await e2b.Sandbox.create(runnerTemplate, {
      metadata: { suite: "control", repo: "o/r" },
      timeoutMs: 3_600_000,
      network: { allowPublicTraffic: false },
      lifecycle: { onTimeout: "kill" }
    })
    assert.match(created.sandboxId, /^i[a-z0-9]{20}$/)
    const info = await created.getInfo()
    assert.strictEqual(info.sandboxId, created.sandboxId)
    assert.strictEqual(info.name, runnerTemplate)
    assert.deepInclude(info.metadata, { suite: "control", repo: "o/r" })
    assert.strictEqual(info.state, "running")
    assert.match(info.envdVersion, /^\d+\.\d+\.\d+$/)
    assert.deepStrictEqual(info.lifecycle, { onTimeout: "kill", autoResume: false })
    assert.strictEqual(info.endAt.getTime() - info.startedAt.getTime(), 3_600_000)
  })

  it("a template is found by alias and by id", async () => {
    const { e2b, api } = await simulate()
    const { data } = await api.GET("/templates/aliases/{alias}", { params: { path: { alias: runnerTemplate } } })
    const sandbox = await e2b.Sandbox.create(data?.templateID ?? "")
    assert.strictEqual((await sandbox.getInfo()).templateId, data?.templateID)
  })

  it("detail carries the access token that envd asks for", async () => {
    const { api } = await simulate()
    const { data: created } = await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate } })
    const { data: detail } = await api.GET("/sandboxes/{sandboxID}", {
      params: { path: { sandboxID: created?.sandboxID ?? "" } }
    })
    assert.isString(created?.envdAccessToken)
    assert.strictEqual(detail?.envdAccessToken, created?.envdAccessToken)
  })

  it("the first version of create asks for no token unless it says secure", async () => {
    const { api } = await simulate()
    const second = await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate, secure: false } as never })
    assert.isString(second.data?.envdAccessToken)
    const open = await api.POST("/sandboxes", { body: { templateID: runnerTemplate } })
    const secured = await api.POST("/sandboxes", { body: { templateID: runnerTemplate, secure: true } })
    assert.strictEqual(open.response.status, 201)
    assert.isUndefined(open.data?.envdAccessToken)
    assert.isString(secured.data?.envdAccessToken)
  })

  it("without a timeout the two versions of create give 300 and 15 seconds", async () => {
    const { api, simulator } = await simulate({ timeline: new ManualTimeline() })
    await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate } })
    await api.POST("/sandboxes", { body: { templateID: runnerTemplate } })
    assert.deepStrictEqual(
      [...simulator.fleet.live()].map((record) => record.endAt - record.startedAt),
      [300_000, 15_000]
    )
  })

  it("a kill is true once, then false, and the sandbox is unknown", async () => {
    const { e2b } = await simulate()
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    assert.isTrue(await sandbox.kill())
    assert.isFalse(await sandbox.kill())
    assert.instanceOf(await rejection(sandbox.getInfo()), SandboxNotFoundError)
    assert.instanceOf(await rejection(e2b.Sandbox.connect(sandbox.sandboxId)), SandboxNotFoundError)
    assert.instanceOf(await rejection(sandbox.setTimeout(1000)), SandboxNotFoundError)
  })

  it("list filters by metadata, whatever characters it holds, and filters AND", async () => {
    const { e2b } = await simulate()
    const odd = { "a&b=c": "100% ü/+ x=y&z", suite: "control" }
    const wanted = await e2b.Sandbox.create(runnerTemplate, { metadata: odd })
    await e2b.Sandbox.create(runnerTemplate, { metadata: { suite: "control" } })
    await e2b.Sandbox.create(runnerTemplate)
    const found = await e2b.Sandbox.list({ query: { metadata: odd, state: ["running"] } }).nextItems()
    assert.deepStrictEqual(
      found.map((item) => item.sandboxId),
      [wanted.sandboxId]
    )
    assert.lengthOf(await e2b.Sandbox.list({ query: { metadata: { suite: "control" } } }).nextItems(), 2)
    assert.lengthOf(await e2b.Sandbox.list({ query: { state: ["paused"] } }).nextItems(), 0)
  })

  it("list pages through all sandboxes, each once, newest first", async () => {
    const timeline = new ManualTimeline()
    const { e2b, api } = await simulate({ timeline })
    const created: Array<string> = []
    for (let n = 0; n < 7; n += 1) {
      // Two of each start in the same millisecond.
      if (n % 2 === 0) timeline.advance(1)
      created.push((await e2b.Sandbox.create(runnerTemplate)).sandboxId)
    }
    const paginator = e2b.Sandbox.list({ limit: 3 })
    const pages: Array<ReadonlyArray<{ sandboxId: string; startedAt: Date }>> = []
    while (paginator.hasNext) pages.push(await paginator.nextItems())
    assert.deepStrictEqual(
      pages.map((page) => page.length),
      [3, 3, 1]
    )
    const all = pages.flat()
    assert.sameMembers(
      all.map((item) => item.sandboxId),
      created
    )
    assert.isTrue(all.every((item, n) => n === 0 || item.startedAt <= (all[n - 1]?.startedAt ?? item.startedAt)))
    const { response } = await api.GET("/v2/sandboxes", { params: { query: { limit: 2 } } })
    assert.strictEqual(response.headers.get("x-total-running"), "7")
  })

  it("a page size outside 1 to 100 is refused with 400", async () => {
    const { api } = await simulate()
    const { response, error } = await api.GET("/v2/sandboxes", { params: { query: { limit: 101 } } })
    assert.strictEqual(response.status, 400)
    assert.strictEqual(error?.code, 400)
  })
})

describe("timeouts", () => {
  it("a sandbox is gone at its end", async () => {
    const timeline = new ManualTimeline()
    const { e2b, simulator } = await simulate({ timeline })
    const sandbox = await e2b.Sandbox.create(runnerTemplate, { timeoutMs: 60_000 })
    timeline.advance(59_999)
    assert.isTrue(await sandbox.isRunning())
    timeline.advance(1)
    assert.isFalse(await sandbox.isRunning())
    assert.instanceOf(await rejection(sandbox.getInfo()), SandboxNotFoundError)
    assert.strictEqual(simulator.fleet.ended()[0]?.ended?.reason, "timeout")
  })

  it("an extension counts from now and is silently cut at the plan's longest life", async () => {
    const timeline = new ManualTimeline()
    const { e2b } = await simulate({ timeline, plan: { maxConcurrent: 20, maxHours: 1 } })
    const sandbox = await e2b.Sandbox.create(runnerTemplate, { timeoutMs: 3_600_000 })
    timeline.advance(50 * 60_000)
    await sandbox.setTimeout(3_600_000)
    const { startedAt, endAt } = await sandbox.getInfo()
    assert.strictEqual(endAt.getTime() - startedAt.getTime(), 3_600_000)
    await sandbox.setTimeout(60_000)
    assert.strictEqual((await sandbox.getInfo()).endAt.getTime(), timeline.now() + 60_000)
  })

  it("connect only ever brings the end further away", async () => {
    const timeline = new ManualTimeline()
    const { e2b } = await simulate({ timeline })
    const { sandboxId } = await e2b.Sandbox.create(runnerTemplate, { timeoutMs: 600_000 })
    const end = async () => (await e2b.Sandbox.getInfo(sandboxId)).endAt.getTime()
    await e2b.Sandbox.connect(sandboxId, { timeoutMs: 60_000 })
    assert.strictEqual(await end(), timeline.now() + 600_000)
    await e2b.Sandbox.connect(sandboxId, { timeoutMs: 700_000 })
    assert.strictEqual(await end(), timeline.now() + 700_000)
  })

  it("a timeout of zero or less ends the sandbox at once", async () => {
    const { e2b, api } = await simulate()
    for (const timeout of [0, -5]) {
      const { sandboxId: sandboxID } = await e2b.Sandbox.create(runnerTemplate)
      await api.POST("/sandboxes/{sandboxID}/timeout", { params: { path: { sandboxID } }, body: { timeout } })
      assert.instanceOf(await rejection(e2b.Sandbox.getInfo(sandboxID)), SandboxNotFoundError)
    }
  })

  it("an extension past the plan's longest life is refused with 400, one of a paused sandbox with 409", async () => {
    const timeline = new ManualTimeline()
    const { e2b, control } = await simulate({ timeline })
    const { sandboxId } = await e2b.Sandbox.create(runnerTemplate, { timeoutMs: 7_200_000 })
    await control("PUT", "plan", { maxConcurrent: 20, maxHours: 1 })
    timeline.advance(3_600_001)
    const late = await rejection(e2b.Sandbox.setTimeout(sandboxId, 60_000))
    assert.match(late.message, /^400: Max instance length exceeded/)
    await e2b.Sandbox.pause(sandboxId)
    assert.strictEqual((await rejection(e2b.Sandbox.setTimeout(sandboxId, 60_000))).statusCode, 409)
  })

  it("a create beyond the plan's hours, or without life, is refused with 400", async () => {
    const { api } = await simulate({ plan: { maxConcurrent: 20, maxHours: 1 } })
    const long = await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate, timeout: 3601 } })
    assert.deepStrictEqual(long.error, { code: 400, message: "Timeout cannot be greater than 1 hours" })
    const none = await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate, timeout: 0 } })
    assert.deepStrictEqual(none.error, { code: 400, message: "Timeout must be greater than 0" })
  })
})

describe("refusals", () => {
  it("a wrong API key is an AuthenticationError on every call", async () => {
    const { connection } = await simulate()
    const e2b = new E2B({ ...connection, apiKey: "e2b_wrong" })
    assert.instanceOf(await rejection(e2b.Sandbox.create(runnerTemplate)), AuthenticationError)
    assert.instanceOf(await rejection(e2b.Sandbox.list().nextItems()), AuthenticationError)
    assert.instanceOf(await rejection(e2b.Sandbox.kill("i1")), AuthenticationError)
  })

  it("an unknown template is a 404 that is no SandboxNotFoundError", async () => {
    const { e2b } = await simulate()
    const error = await rejection(e2b.Sandbox.create("nope"))
    assert.instanceOf(error, SandboxError)
    assert.isFalse(error instanceof SandboxNotFoundError)
    assert.strictEqual(error.statusCode, 404)
    assert.strictEqual(error.message, "404: template 'nope' not found")
  })

  it("at the plan's concurrency a create is a 429 without Retry-After, and a kill makes room", async () => {
    const { e2b, api, simulator } = await simulate({ plan: { maxConcurrent: 2, maxHours: 1 } })
    const first = await e2b.Sandbox.create(runnerTemplate)
    await e2b.Sandbox.create(runnerTemplate)
    const { error, response } = await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate } })
    assert.strictEqual(response.status, 429)
    assert.isNull(response.headers.get("retry-after"))
    assert.match(error?.message ?? "", /^you have reached the maximum number of concurrent E2B sandboxes \(2\)/)
    assert.instanceOf(await rejection(e2b.Sandbox.create(runnerTemplate)), RateLimitError)
    await first.kill()
    await e2b.Sandbox.create(runnerTemplate)
    assert.deepInclude(simulator.fleet.counts(), { creates: 3, refusedCreates: 2, maxConcurrent: 2, running: 2 })
  })

  it("above the creation rate a create is a 429 with Retry-After, and passes after it", async () => {
    const timeline = new ManualTimeline()
    const { api } = await simulate({ timeline, plan: { maxConcurrent: 100, maxHours: 1, createsPerSecond: 2 } })
    const create = async () => (await api.POST("/v2/sandboxes", { body: { templateID: runnerTemplate } })).response
    assert.deepStrictEqual([(await create()).status, (await create()).status], [201, 201])
    const refused = await create()
    assert.strictEqual(refused.status, 429)
    assert.strictEqual(refused.headers.get("retry-after"), "1")
    assert.strictEqual(refused.headers.get("ratelimit-remaining"), "0")
    timeline.advance(1000)
    assert.deepStrictEqual([(await create()).status, (await create()).status, (await create()).status], [201, 201, 429])
  })

  it("a body that is not what the contract asks for is refused with 400 and its code", async () => {
    const { connection } = await simulate()
    for (const body of [
      "{",
      "[]",
      "{}",
      '{"templateID":"gh-runner","metadata":{"a":1}}',
      '{"templateID":"gh-runner","timeout":"1"}'
    ]) {
      const response = await fetch(`${connection.apiUrl}/v2/sandboxes`, {
        method: "POST",
        headers: { "x-api-key": connection.apiKey, "content-type": "application/json" },
        body
      })
      assert.strictEqual(response.status, 400, body)
      assert.strictEqual(((await response.json()) as { code: number }).code, 400, body)
    }
  })

  it("an unknown route is a 404 with its code", async () => {
    const { connection } = await simulate()
    const response = await fetch(`${connection.apiUrl}/nope`, { headers: { "x-api-key": connection.apiKey } })
    assert.strictEqual(response.status, 404)
    assert.strictEqual(((await response.json()) as { code: number }).code, 404)
  })
})

describe("templates", () => {
  const templates = [
    { aliases: ["gh-runner", "gh"], templateID: "tpl0ready" },
    { aliases: ["half-done"], templateID: "tpl1building", buildStatus: "building" as const }
  ]

  it("exists is true for each alias, and false for an id or an unknown name", async () => {
    const { e2b } = await simulate({ templates })
    assert.isTrue(await e2b.Template.exists("gh-runner"))
    assert.isTrue(await e2b.Template.exists("gh"))
    assert.isTrue(await e2b.Template.exists("half-done"))
    assert.isFalse(await e2b.Template.exists("tpl0ready"))
    assert.isFalse(await e2b.Template.exists("nope"))
  })

  it("a template says whether a build of it is usable", async () => {
    const { api } = await simulate({ templates })
    const status = async (templateID: string) => {
      const { data } = await api.GET("/templates/{templateID}", { params: { path: { templateID } } })
      return data?.builds.map((build) => build.status)
    }
    assert.deepStrictEqual(await status("tpl0ready"), ["ready"])
    assert.deepStrictEqual(await status("tpl1building"), ["building"])
    const { data } = await api.GET("/templates")
    assert.deepStrictEqual(
      data?.map((template) => [template.templateID, template.buildStatus]),
      [
        ["tpl0ready", "ready"],
        ["tpl1building", "building"]
      ]
    )
    const missing = await api.GET("/templates/{templateID}", { params: { path: { templateID: "nope" } } })
    assert.strictEqual(missing.response.status, 404)
  })

  it("a template without a usable build is unknown to create", async () => {
    const { e2b } = await simulate({ templates })
    assert.strictEqual((await rejection(e2b.Sandbox.create("half-done"))).statusCode, 404)
  })

  it("a template that is deleted is unknown to everything", async () => {
    const { e2b, api } = await simulate({ templates })
    const path = { path: { templateID: "tpl0ready" } }
    assert.strictEqual((await api.DELETE("/templates/{templateID}", { params: path })).response.status, 204)
    assert.isFalse(await e2b.Template.exists("gh-runner"))
    assert.strictEqual((await rejection(e2b.Sandbox.create("gh"))).statusCode, 404)
    assert.strictEqual((await api.DELETE("/templates/{templateID}", { params: path })).response.status, 404)
  })
})
