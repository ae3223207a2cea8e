// What a listing of sandboxes can be asked for, beside metadata and pages (ControlApi.test.ts).
import { assert, describe, it } from "vitest"
import { ManualTimeline } from "../../simulator/e2b/ManualTimeline.ts"
import { runnerTemplate, simulate } from "./SimulatorFixture.ts"

describe("a listing", () => {
  it("goes from the oldest to the newest when asked to", async () => {
    const timeline = new ManualTimeline()
    const { e2b, api } = await simulate({ timeline })
    const ids: Array<string> = []
    for (let n = 0; n < 3; n += 1) {
      ids.push((await e2b.Sandbox.create(runnerTemplate)).sandboxId)
      timeline.advance(1)
    }
    const { data } = await api.GET("/v2/sandboxes", { params: { query: { order: "asc" } } })
    assert.deepStrictEqual(
      data?.map(({ sandboxID }) => sandboxID),
      ids
    )
  })

  it("keeps to a template, and to sandboxes that started since an instant", async () => {
    const timeline = new ManualTimeline()
    const { e2b, api } = await simulate({ timeline, templates: [{ aliases: ["one"] }, { aliases: ["two"] }] })
    const first = await e2b.Sandbox.create("one")
    timeline.advance(1000)
    const second = await e2b.Sandbox.create("two")
    const listed = async (query: { readonly template?: string; readonly startedAfter?: string }) =>
      (await api.GET("/v2/sandboxes", { params: { query } })).data?.map(({ sandboxID }) => sandboxID)
    assert.deepStrictEqual(await listed({ template: "one" }), [first.sandboxId])
    assert.deepStrictEqual(await listed({ startedAfter: new Date(timeline.now()).toISOString() }), [second.sandboxId])
  })

  it("shows paused sandboxes unless its states leave them out, and counts the running ones on all pages", async () => {
    const { e2b, api } = await simulate()
    const metadata = { app: "listing" }
    const paused = await e2b.Sandbox.create(runnerTemplate, { metadata })
    await paused.pause()
    for (let n = 0; n < 2; n += 1) await e2b.Sandbox.create(runnerTemplate, { metadata })
    const count = async (state?: Array<"running" | "paused">) => {
      const query = { metadata: "app=listing", limit: 1, ...(state === undefined ? {} : { state }) }
      const { response } = await api.GET("/v2/sandboxes", { params: { query } })
      return response.headers.get("x-total-running")
    }
    const listed = async (state?: Array<"running" | "paused">) =>
      (await e2b.Sandbox.list({ query: { metadata, ...(state === undefined ? {} : { state }) } }).nextItems()).length
    assert.deepStrictEqual([await listed(), await listed(["running", "paused"])], [3, 3])
    assert.deepStrictEqual([await listed(["paused"]), await listed(["running"])], [1, 2])
    assert.deepStrictEqual([await count(), await count(["paused"])], ["2", "0"])
  })

  it("in its first version has no pages and only what runs", async () => {
    const { e2b, api } = await simulate()
    const metadata = { app: "first" }
    await (await e2b.Sandbox.create(runnerTemplate, { metadata })).pause()
    const running = await e2b.Sandbox.create(runnerTemplate, { metadata })
    const { data, response } = await api.GET("/sandboxes", {
      params: { query: { metadata: "app=first" } }
    })
    assert.deepStrictEqual(
      data?.map(({ sandboxID }) => sandboxID),
      [running.sandboxId]
    )
    assert.isNull(response.headers.get("x-next-token"))
  })

  for (const query of [
    "state=dead",
    "order=up",
    "startedAfter=yesterday",
    "nextToken=x",
    "limit=0",
    "metadata=a%3D%25"
  ]) {
    it(`with ${query} is refused with 400`, async () => {
      const { connection } = await simulate()
      const headers = { "x-api-key": connection.apiKey }
      const response = await fetch(`${connection.apiUrl}/v2/sandboxes?${query}`, { headers })
      assert.strictEqual(response.status, 400)
      assert.strictEqual(((await response.json()) as { code: number }).code, 400)
    })
  }
})
