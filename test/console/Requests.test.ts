// The list of requests and one request's page in a browser, against the real process.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { cancel, jobs } from "../support/WorldJobs.ts"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

const hostile = '<img src=x onerror="document.title=1">'

describe("requests", { timeout: 300_000 }, () => {
  let lively: LivelyWorld

  beforeAll(async () => {
    lively = await openLivelyWorld()
  })
  afterAll(() => lively.close())

  it("are listed with what they wait for or failed by, and filtered by the address", async () => {
    const { page, complaints } = await lively.open("/requests")
    const rows = page.getByRole("row").filter({ has: page.getByRole("cell") })
    await rows.filter({ hasText: "failed" }).getByText("No runner spec available").waitFor()
    await rows.filter({ hasText: "queued" }).getByText("of runner spec small exist").first().waitFor()
    await page.getByRole("combobox", { name: "Status" }).click()
    await page.getByRole("option", { name: "waiting" }).click()
    await page.getByText("1 to 2 of 2").waitFor()
    await page.getByLabel("Repository").fill("acme/web")
    await page.keyboard.press("Enter")
    await page.getByText("No request is like this").waitFor()
    assert.include(page.url(), "status=waiting")
    await page.goBack()
    await page.getByText("1 to 2 of 2").waitFor()
    await page.getByRole("button", { name: "Clear filters" }).click()
    await page.getByText("1 to 7 of 7").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("what changes does so in its row, and what is new is announced without moving any", async () => {
    const { page, complaints } = await lively.open("/requests")
    const rowOf = (id: number) => page.getByRole("row").filter({ has: page.locator(`a[href="/admin/requests/${id}"]`) })
    await page.getByText("Live", { exact: true }).waitFor()
    await rowOf(lively.ids.running).waitFor()
    const gone = lively.ids.waiting[0] ?? 0
    const [added = 0] = lively.world.run(jobs(1, 1, ["self-hosted", "large"]))
    const news = page.getByRole("button", { name: "new or changed" })
    await news.waitFor()
    assert.strictEqual(await rowOf(added).count(), 0)
    cancel(lively.world, gone)
    await rowOf(gone).getByText("completed").waitFor()
    await news.click()
    await rowOf(added).getByText("completed").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("a job is followed live from queued to completed", async () => {
    const [id = 0] = lively.world.run(jobs(1, 4, ["self-hosted", "large"]))
    const { page, complaints } = await lively.open(`/requests/${id}`)
    // The service may not have heard of it yet.
    await page.getByRole("heading", { name: `Request ${id}` }).waitFor()
    const timeline = page.getByRole("region", { name: "Timeline" })
    const retry = page.getByRole("button", { name: "Try again" })
    await timeline.or(retry).first().waitFor()
    while (await retry.isVisible()) await retry.click()
    await timeline.getByText("waits for a runner").waitFor()
    await page
      .getByRole("region", { name: "Why it is where it is" })
      .getByText('The runner works on job "job-0"')
      .waitFor()
    const logs = page.getByRole("region", { name: "Logs" })
    await logs.getByRole("log").getByText("queued:").waitFor()
    await page.getByText("It is over, and nothing is left outside").waitFor()
    await logs.getByRole("log").getByText("completed").last().waitFor()
    await logs.getByRole("searchbox").fill("waits for a runner")
    assert.include(await logs.getByRole("log").textContent(), "waits for a runner")
    await logs.getByRole("searchbox").fill("no such words")
    await logs.getByText("No line contains that").waitFor()
    await logs.getByRole("tab", { name: "stdout" }).click()
    await page.waitForURL(`**/admin/requests/${id}?log=stdout.log`)
    assert.strictEqual(await page.title(), `Request ${id} · runnerd`)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("one is stopped after it was confirmed; what cannot be done is not offered", async () => {
    const { page, complaints } = await lively.open(`/requests/${lively.ids.waiting[1]}`)
    await page.getByRole("button", { name: "Stop" }).click()
    const dialog = page.getByRole("alertdialog", { name: "Stop this request?" })
    await dialog.getByRole("button", { name: "Cancel" }).click()
    await dialog.waitFor({ state: "detached" })
    await page.getByRole("button", { name: "Stop" }).click()
    await dialog.getByRole("button", { name: "Stop" }).click()
    await page.getByText("1 request was asked for").waitFor()
    await page.getByRole("region", { name: "Facts" }).getByText("admin_api").waitFor()
    await page.getByRole("button", { name: "Stop", disabled: true }).waitFor()
    await page.getByRole("button", { name: "Retry", disabled: true }).waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("several are stopped together; a retry that is refused says why", async () => {
    const ids = lively.world.run(jobs(2, 3600), "acme/api")
    const { page, complaints } = await lively.open("/requests?repository=acme%2Fapi")
    for (const id of ids) await page.getByRole("checkbox", { name: `Select ${id}` }).click()
    await page.getByText("2 requests selected").waitFor()
    await page.getByRole("button", { name: "Stop" }).click()
    await page.getByRole("alertdialog", { name: "Stop 2 requests?" }).getByRole("button", { name: "Stop" }).click()
    await page.getByText("2 requests were asked for").waitFor()
    for (const id of ids) {
      const row = page.getByRole("row").filter({ has: page.locator(`a[href="/admin/requests/${id}"]`) })
      await row.getByText("completed").waitFor()
    }
    await page.goto(`${lively.runnerd.url}/admin/requests/${lively.ids.refused}`)
    await page.getByRole("button", { name: "Retry" }).click()
    await page.getByRole("alertdialog").getByRole("button", { name: "Retry" }).click()
    await page
      .getByRole("region", { name: /^Notifications/ })
      .getByText("No runner spec available")
      .waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("a hostile name of a job is shown as it is, and runs nothing", async () => {
    const [job] = jobs(1, 1, ["self-hosted", "none"])
    const [id = 0] = lively.world.run([{ ...job!, name: hostile }])
    const { page, complaints } = await lively.open(`/requests?q=${id}`)
    await page.getByRole("link", { name: hostile, exact: true }).click()
    await page.waitForURL(`**/admin/requests/${id}`)
    await page.getByRole("region", { name: "Facts" }).getByText(hostile).waitFor()
    assert.strictEqual(await page.title(), `Request ${id} · runnerd`)
    assert.strictEqual(await page.locator("main img").count(), 0)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("one that does not exist is said not to", async () => {
    const { page } = await lively.open("/requests/404")
    await page.getByText("runner not found").first().waitFor()
    await page.context().close()
  })
})
