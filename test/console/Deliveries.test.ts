// The list of deliveries and one delivery in a browser, against the real process.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { callApi } from "../../src/demo/LocalWorld.ts"
import { jobs } from "../support/WorldJobs.ts"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

describe("deliveries", { timeout: 300_000 }, () => {
  let lively: LivelyWorld

  beforeAll(async () => {
    lively = await openLivelyWorld()
  })
  afterAll(() => lively.close())

  it("are listed with what became of each, newest first, and new ones appear by themselves", async () => {
    const { page, complaints } = await lively.open("/deliveries")
    const refused = page.getByRole("row").filter({ hasText: "a refused request" })
    await refused.getByText("workflow_job · queued").waitFor()
    await page.getByRole("row").filter({ hasText: "a request" }).first().waitFor()
    const [late = 0] = lively.world.run(jobs(1, 1, ["ubuntu-latest"]), "acme/api")
    const ignored = page.getByRole("row").filter({ hasText: String(late) })
    await ignored.getByText("ignored").first().waitFor()
    assert.strictEqual(await page.title(), "Deliveries · runnerd")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("filters are part of the address, and the back button takes them back", async () => {
    const { page, complaints } = await lively.open("/deliveries")
    const rows = page.getByRole("row").filter({ has: page.getByRole("cell") })
    await rows.first().waitFor()
    await page.getByLabel("Job id").fill(String(lively.ids.refused))
    await page.keyboard.press("Enter")
    await page.waitForURL(`**/admin/deliveries?job=*${lively.ids.refused}*`)
    await rows.filter({ hasNotText: String(lively.ids.refused) }).waitFor({ state: "detached" })
    await page.getByRole("combobox", { name: "Became" }).click()
    await page.getByRole("option", { name: "not ours" }).click()
    await page.getByText("No delivery like this").waitFor()
    assert.include(page.url(), "outcome=Foreign")
    await page.goBack()
    await rows.getByText("a refused request").waitFor()
    await page.getByRole("button", { name: "Clear filters" }).click()
    await page.getByRole("row").filter({ hasText: "acme/api" }).first().waitFor()
    assert.strictEqual(await page.getByLabel("Job id").inputValue(), "")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("pages go back in time and forward again", async () => {
    for (let times = 0; times < 3; times += 1) lively.world.run(jobs(20, 1, ["ubuntu-latest"]), "acme/api")
    const known = () =>
      callApi<ReadonlyArray<{ id: number }>>(lively.runnerd.url, "GET", "/webhook_deliveries?limit=500")
    await lively.world.until("the deliveries", 120_000, async () => (await known()).length > 60)
    const { page, complaints } = await lively.open("/deliveries")
    await page.getByRole("button", { name: "Older" }).click()
    await page.waitForURL("**/admin/deliveries?before=*")
    const last = Number(/\d+/.exec(new URL(page.url()).searchParams.get("before") ?? ""))
    await page.locator(`a[href="/admin/deliveries/${last - 1}"]`).waitFor()
    assert.strictEqual(await page.locator(`a[href="/admin/deliveries/${last}"]`).count(), 0)
    await page.getByRole("button", { name: "Newest" }).click()
    await page.waitForURL("**/admin/deliveries")
    await page.getByRole("button", { name: "Older" }).waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("one says what its payload says of the job, and is decided again by today's specs, step by step", async () => {
    const { page, complaints } = await lively.open(`/deliveries?job=${lively.ids.refused}`)
    await page.getByRole("row").filter({ hasText: "a refused request" }).getByRole("link").first().click()
    await page.waitForURL(/\/admin\/deliveries\/\d+$/)
    const job = page.getByRole("region", { name: "The job in its payload" })
    await job.getByText("gpu").waitFor()
    const replay = page.getByRole("region", { name: "Replay" })
    await replay.getByText("spec_labels_not_matched").first().waitFor()
    await replay.getByText("repository_allowed").waitFor()
    await lively.world.addSpec(lively.runnerd, { name: "gpu", labels: ["self-hosted", "gpu"] })
    await replay.getByRole("button", { name: "Decide again" }).click()
    await replay.getByText("Admitted: runner spec gpu would serve it").waitFor()
    assert.match(await page.title(), /^Delivery \d+ · runnerd$/)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("one that does not exist is said not to", async () => {
    const { page } = await lively.open("/deliveries/999999")
    await page.getByText("no such delivery").waitFor()
    await page.context().close()
  })
})
