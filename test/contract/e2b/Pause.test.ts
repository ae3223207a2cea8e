// Sandboxes that pause, and the smaller calls about a sandbox.
import { RateLimitError, SandboxNotFoundError } from "e2b"
import { assert, describe, it, onTestFinished } from "vitest"
import { ManualTimeline } from "../../simulator/e2b/ManualTimeline.ts"
import { rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

describe("pausing", () => {
  it("is true once, then false; the sandbox is listed as paused, and connect resumes it", async () => {
    const { e2b, simulator } = await simulate()
    const metadata = { suite: "pausing" }
    const { sandboxId } = await e2b.Sandbox.create(runnerTemplate, { metadata })
    assert.isTrue(await e2b.Sandbox.pause(sandboxId))
    assert.isFalse(await e2b.Sandbox.pause(sandboxId))
    assert.strictEqual((await e2b.Sandbox.getInfo(sandboxId)).state, "paused")
    assert.lengthOf(await e2b.Sandbox.list({ query: { metadata, state: ["running"] } }).nextItems(), 0)
    assert.lengthOf(await e2b.Sandbox.list({ query: { metadata } }).nextItems(), 1)
    await e2b.Sandbox.connect(sandboxId)
    assert.strictEqual((await e2b.Sandbox.getInfo(sandboxId)).state, "running")
    assert.strictEqual(simulator.fleet.counts().running, 1)
  })

  it("answers 200 when it runs and 201 when it was resumed, in both versions of connect", async () => {
    const { e2b, api } = await simulate()
    const { sandboxId: sandboxID } = await e2b.Sandbox.create(runnerTemplate)
    const path = { path: { sandboxID } }
    const body = { timeout: 60 }
    const second = async () => (await api.POST("/v2/sandboxes/{sandboxID}/connect", { params: path, body })).response
    const first = async () => (await api.POST("/sandboxes/{sandboxID}/connect", { params: path, body })).response
    assert.strictEqual((await second()).status, 200)
    await e2b.Sandbox.pause(sandboxID)
    assert.strictEqual((await second()).status, 201)
    await e2b.Sandbox.pause(sandboxID)
    assert.strictEqual((await first()).status, 201)
    const resume = await api.POST("/sandboxes/{sandboxID}/resume", { params: path, body })
    assert.strictEqual(resume.response.status, 409)
  })

  it("holds the processes and cuts the streams; envd is not reached until it is resumed", async () => {
    const { e2b } = await simulate()
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    const command = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    await sandbox.pause()
    await rejection(command.wait())
    assert.isFalse(await sandbox.isRunning())
    const resumed = await e2b.Sandbox.connect(sandbox.sandboxId)
    assert.deepStrictEqual(
      (await resumed.commands.list()).map(({ pid }) => pid),
      [command.pid]
    )
  })

  it("makes room in the plan, which a resume needs again; the longest life counts anew", async () => {
    const timeline = new ManualTimeline()
    const { e2b } = await simulate({ timeline, plan: { maxConcurrent: 1, maxHours: 1 } })
    const { sandboxId } = await e2b.Sandbox.create(runnerTemplate, { timeoutMs: 3_600_000 })
    timeline.advance(3_000_000)
    await e2b.Sandbox.pause(sandboxId)
    const other = await e2b.Sandbox.create(runnerTemplate)
    const refused = await rejection(e2b.Sandbox.connect(sandboxId))
    assert.strictEqual(refused.name, "RateLimitError")
    await other.kill()
    await e2b.Sandbox.connect(sandboxId, { timeoutMs: 3_600_000 })
    timeline.advance(3_599_000)
    assert.strictEqual((await e2b.Sandbox.getInfo(sandboxId)).state, "running")
  })

  it("happens at the end of life when it was asked for, and a paused sandbox has no end", async () => {
    const timeline = new ManualTimeline()
    const { e2b } = await simulate({ timeline })
    const { sandboxId } = await e2b.Sandbox.create(runnerTemplate, {
      timeoutMs: 60_000,
      lifecycle: { onTimeout: "pause" }
    })
    timeline.advance(60_000)
    const info = await e2b.Sandbox.getInfo(sandboxId)
    assert.strictEqual(info.state, "paused")
    timeline.advance(100 * 3_600_000)
    assert.strictEqual((await e2b.Sandbox.getInfo(sandboxId)).state, "paused")
    assert.isTrue(await e2b.Sandbox.kill(sandboxId))
  })
})

describe("smaller calls", () => {
  it("metrics are empty for the first seconds, then come every five, one by one or for many sandboxes", async () => {
    const timeline = new ManualTimeline()
    const { e2b, api } = await simulate({ timeline })
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    assert.isEmpty(await sandbox.getMetrics())
    timeline.advance(16_000)
    const metrics = await sandbox.getMetrics()
    assert.lengthOf(metrics, 3)
    assert.strictEqual(metrics[0]?.cpuCount, 2)
    const query = { sandbox_ids: [sandbox.sandboxId, "iunknown"] }
    const { data } = await api.GET("/sandboxes/metrics", { params: { query } })
    assert.deepStrictEqual(Object.keys(data?.sandboxes ?? {}), [sandbox.sandboxId])
  })

  it("logs are there and empty", async () => {
    const { e2b, api } = await simulate()
    const { sandboxId: sandboxID } = await e2b.Sandbox.create(runnerTemplate)
    const { data } = await api.GET("/v2/sandboxes/{sandboxID}/logs", { params: { path: { sandboxID } } })
    assert.deepStrictEqual(data, { logs: [] })
  })

  it("a snapshot is a template from which sandboxes are made, until it is deleted", async () => {
    const { e2b } = await simulate()
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    const { snapshotId } = await sandbox.createSnapshot()
    // It has no end of its own.
    onTestFinished(async () => void (await e2b.Sandbox.deleteSnapshot(snapshotId)))
    await e2b.Sandbox.create(snapshotId)
    assert.isTrue(await e2b.Sandbox.deleteSnapshot(snapshotId))
    assert.isFalse(await e2b.Sandbox.deleteSnapshot(snapshotId))
    assert.strictEqual((await rejection(e2b.Sandbox.create(snapshotId))).statusCode, 404)
  })

  it("a fork tells of each copy whether there was room for it", async () => {
    const { e2b, api } = await simulate({ plan: { maxConcurrent: 2, maxHours: 1 } })
    const { sandboxId: sandboxID } = await e2b.Sandbox.create(runnerTemplate, { metadata: { a: "1" } })
    const body = { count: 2, timeout: 60 }
    const { data } = await api.POST("/sandboxes/{sandboxID}/fork", { params: { path: { sandboxID } }, body })
    assert.deepStrictEqual(
      data?.map(({ sandbox, error }) => [sandbox !== undefined, error?.code]),
      [
        [true, undefined],
        [false, 429]
      ]
    )
  })

  it("a refresh never brings the end nearer", async () => {
    const { e2b, api } = await simulate()
    const { sandboxId: sandboxID } = await e2b.Sandbox.create(runnerTemplate, { timeoutMs: 600_000 })
    const before = (await e2b.Sandbox.getInfo(sandboxID)).endAt
    const params = { path: { sandboxID } }
    await api.POST("/sandboxes/{sandboxID}/refreshes", { params, body: { duration: 60 } })
    assert.deepStrictEqual((await e2b.Sandbox.getInfo(sandboxID)).endAt, before)
  })
})

describe("plans", () => {
  it("go by name: hobby has 20 sandboxes for an hour at one a second", async () => {
    const timeline = new ManualTimeline()
    const { e2b, control } = await simulate({ timeline })
    await control("PUT", "plan", "hobby")
    const tooLong = await rejection(e2b.Sandbox.create(runnerTemplate, { timeoutMs: 3_601_000 }))
    assert.match(tooLong.message, /Timeout cannot be greater than 1 hours/)
    for (let count = 0; count < 20; count += 1) {
      timeline.advance(1000)
      await e2b.Sandbox.create(runnerTemplate)
    }
    assert.match((await rejection(e2b.Sandbox.create(runnerTemplate))).message, /Rate limit exceeded/)
    timeline.advance(1000)
    assert.match((await rejection(e2b.Sandbox.create(runnerTemplate))).message, /maximum number of concurrent/)
  })

  it("go by name: pro has 100 sandboxes for a day at five a second", async () => {
    const timeline = new ManualTimeline()
    const { e2b, control } = await simulate({ timeline })
    await control("PUT", "plan", "pro")
    const tooLong = await rejection(e2b.Sandbox.create(runnerTemplate, { timeoutMs: 86_401_000 }))
    assert.match(tooLong.message, /Timeout cannot be greater than 24 hours/)
    timeline.advance(1000)
    for (let second = 0; second < 20; second += 1) {
      for (let each = 0; each < 5; each += 1) await e2b.Sandbox.create(runnerTemplate)
      if (second === 0)
        assert.match((await rejection(e2b.Sandbox.create(runnerTemplate))).message, /Rate limit exceeded/)
      timeline.advance(1000)
    }
    const full = await rejection(e2b.Sandbox.create(runnerTemplate))
    assert.match(full.message, /maximum number of concurrent E2B sandboxes \(100\)/)
  })

  it("limit all calls of the control API, and say when to come again", async () => {
    const timeline = new ManualTimeline()
    const { api, e2b, control } = await simulate({ timeline })
    await control("PUT", "plan", { maxConcurrent: 1, maxHours: 1, callsPer30Seconds: 2 })
    await e2b.Sandbox.list().nextItems()
    await e2b.Sandbox.list().nextItems()
    timeline.advance(10_000)
    const { response } = await api.GET("/v2/sandboxes", {})
    assert.deepStrictEqual([response.status, response.headers.get("retry-after")], [429, "20"])
    timeline.advance(20_000)
    await e2b.Sandbox.list().nextItems()
  })

  it("limit the calls of envd too, which a command takes for a missing sandbox", async () => {
    const timeline = new ManualTimeline()
    const { e2b, control } = await simulate({ timeline })
    await control("PUT", "plan", { maxConcurrent: 1, maxHours: 1, sandboxCallsPerMinute: 2 })
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    await sandbox.files.write("a", "1")
    await sandbox.files.write("a", "2")
    assert.instanceOf(await rejection(sandbox.files.write("a", "3")), RateLimitError)
    assert.instanceOf(await rejection(sandbox.commands.run("true")), SandboxNotFoundError)
    assert.strictEqual((await sandbox.getInfo()).state, "running")
    timeline.advance(60_000)
    assert.strictEqual(await sandbox.files.read("a"), "2")
  })

  it("that do not exist are refused", async () => {
    const { control } = await simulate()
    const expected = /a plan is one of hobby, pro, generous/
    assert.match((await rejection(control("PUT", "plan", "gold"))).message, expected)
    assert.match((await rejection(control("PUT", "plan", { maxConcurrent: 1 }))).message, expected)
    const stranger = { maxConcurrent: 1, maxHours: 1, maxSandboxes: 3 }
    assert.match((await rejection(control("PUT", "plan", stranger))).message, /maxSandboxes: a plan has only/)
  })
})
