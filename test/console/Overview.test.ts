// The overview in a browser, against the real process.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { adminToken } from "../../src/demo/LocalWorld.ts"
import { jobs } from "../support/WorldJobs.ts"
import { openPage } from "./Browser.ts"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

describe("the overview", { timeout: 300_000 }, () => {
  let lively: LivelyWorld

  beforeAll(async () => {
    lively = await openLivelyWorld()
  })
  afterAll(() => lively.close())

  it("says what waits longest and why, what failed and why, and how far each spec is used", async () => {
    const { page, complaints } = await lively.open("/")
    const waiting = page.getByRole("region", { name: "Waiting longest" })
    await waiting.getByText("acme/api · job-0").waitFor()
    await waiting.getByText("1 sandbox of runner spec small exists, and its max_concurrency is 1").first().waitFor()
    const failures = page.getByRole("region", { name: "Newest failures" })
    await failures.getByText("spec_labels_not_matched").waitFor()
    const spec = page.getByRole("region", { name: "Runner specs" }).getByRole("row", { name: "small" })
    await spec.getByRole("img", { name: /^1 of 1 sandbox/ }).waitFor()
    assert.deepStrictEqual(await spec.getByRole("cell").allTextContents(), ["small", "", "1", "0", "2", "1"])
    const health = page.getByRole("region", { name: "Health" })
    for (const sign of ["answers in", /ago|now/, "none holds", "1 alive"]) await health.getByText(sign).waitFor()
    assert.strictEqual(await page.title(), "Overview · runnerd")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("its numbers lead to the requests that they count, and renew themselves", async () => {
    const { page, complaints } = await lively.open("/")
    const counts = page.getByRole("region", { name: "Requests now" })
    await counts.getByRole("link", { name: /^Queued\s*2/ }).waitFor()
    await counts.getByRole("link", { name: /^Running\s*1/ }).waitFor()
    const [late = 0] = lively.world.run(jobs(1, 3600), "acme/api")
    await counts.getByRole("link", { name: /^Queued\s*3/ }).waitFor()
    lively.world.github.machine.runs.cancel(lively.world.github.machine.runs.jobs.get(late)!)
    await counts.getByRole("link", { name: /^Queued\s*2/ }).waitFor()
    await counts.getByRole("link", { name: /^Failed in 24 hours\s*1/ }).click()
    await page.getByRole("heading", { name: "Requests", level: 1 }).waitFor()
    const { pathname, searchParams } = new URL(page.url())
    assert.strictEqual(pathname, "/admin/requests")
    assert.strictEqual(searchParams.get("status"), "failed")
    assert.isTrue(searchParams.has("finished_after"))
    await page.getByText("1 to 1 of 1").waitFor()
    await page.getByRole("row").filter({ hasText: "No runner spec available" }).waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("the name of a spec leads to its page, which says which runner its template brings", async () => {
    const database = new DatabaseSync(join(lively.world.folder, "runnerd.db"), { timeout: 60_000 })
    // Whatever its runners have told so far.
    database.exec("INSERT OR REPLACE INTO runner_versions (spec_name, version, seen_at) VALUES ('large', '2.330.0', 0)")
    database.close()
    const { page, complaints } = await lively.open("/")
    await page.getByRole("region", { name: "Runner specs" }).getByRole("link", { name: "large", exact: true }).click()
    await page.waitForURL("**/admin/specs/large")
    await page.getByRole("region", { name: "Now" }).getByText("actions/runner 2.330.0").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("has its charts also where the browser calls its language en-US@posix", async () => {
    const { page, complaints } = await openPage(lively.browser)
    page.setDefaultTimeout(60_000)
    await page.addInitScript((token) => {
      localStorage.setItem("runnerd-admin-token", token)
      Object.defineProperty(navigator, "language", { value: "en-US@posix", configurable: true })
    }, adminToken)
    await page.goto(`${lively.runnerd.url}/admin/`)
    await page.getByRole("img", { name: "Chart: Queue time" }).locator("canvas").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("charts queue and run times, has them as a table as well, and keeps the time range in the address", async () => {
    const { page, complaints } = await lively.open("/?hours=1")
    const times = page.getByRole("region", { name: "Times" })
    const queue = times.getByRole("figure").filter({ hasText: "Queue time" })
    await queue.getByRole("img", { name: "Chart: Queue time" }).locator("canvas").waitFor()
    await queue.getByText("Show as a table").click()
    const rows = queue.getByRole("table", { name: "Queue time" }).getByRole("row")
    await rows.nth(1).waitFor()
    // Three jobs ended and one runs; a slice may have begun in between.
    const counted = (await rows.locator("td:nth-child(2)").allTextContents()).map(Number)
    assert.strictEqual(
      counted.reduce((sum, count) => sum + count, 0),
      4
    )
    await times.getByRole("combobox", { name: "Time range" }).click()
    await page.getByRole("option", { name: "24 hours" }).click()
    await page.waitForURL("**/admin/?hours=24")
    await page.reload()
    await times.getByRole("combobox", { name: "Time range" }).getByText("24 hours").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })
})
