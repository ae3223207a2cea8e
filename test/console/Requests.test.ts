// The list of requests and one request's page in a browser, against the real process.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readFile } from "node:fs/promises"
import { cancel, jobs } from "../support/WorldJobs.ts"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"
import { hostileLine, writeLongLog } from "./LongLog.ts"

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

  it("are sorted by their columns and filtered by time, and the address says so", async () => {
    const { page, complaints } = await lively.open("/requests")
    const rows = page.getByRole("row").filter({ has: page.getByRole("cell") })
    const statuses = () => rows.locator("td:nth-child(2)").allTextContents()
    await page.getByText("1 to 7 of 7").waitFor()
    const byStatus = page.getByRole("button", { name: "Status" })
    await byStatus.click()
    await page.waitForURL("**/admin/requests?sort=status")
    await rows.first().getByText("completed").waitFor()
    await byStatus.click()
    await page.waitForURL("**/admin/requests?sort=status&order=desc")
    await rows.first().getByText("running").waitFor()
    assert.deepStrictEqual(await statuses(), (await statuses()).toSorted().toReversed())
    assert.strictEqual(await page.locator('th[aria-sort="descending"]').textContent(), "Status")
    await page.getByRole("button", { name: "Ended" }).click()
    await page.getByText("1 to 4 of 4").waitFor()
    await page.getByRole("button", { name: "Only what has ended" }).click()
    await page.getByText("1 to 7 of 7").waitFor()
    await page.getByRole("combobox", { name: "Created" }).click()
    await page.getByRole("option", { name: "in the last hour" }).click()
    await page.waitForURL("**/admin/requests?within=1h")
    await page.getByText("1 to 7 of 7").waitFor()
    await page.getByRole("combobox", { name: "Created" }).click()
    await page.getByRole("option", { name: "between" }).click()
    await page.waitForURL("**/admin/requests?created_after=*")
    await page.getByLabel("Until").fill("2020-01-01T00:00")
    await page.getByLabel("Until").blur()
    await page.getByText("No request is like this").waitFor()
    assert.strictEqual(new Date(new URL(page.url()).searchParams.get("created_before") ?? "").getFullYear(), 2020)
    await page.getByRole("button", { name: "Clear filters" }).click()
    await page.getByText("1 to 7 of 7").waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("a page past the end leads back", async () => {
    const { page, complaints } = await lively.open("/requests?page=40")
    await page.getByText("The list ends before this page").waitFor()
    await page.getByRole("button", { name: "Newer" }).click()
    await page.waitForURL("**/admin/requests?page=39")
    await page.getByRole("button", { name: "First page" }).click()
    await page.getByText("1 to 7 of 7").waitFor()
    assert.notInclude(page.url(), "page=")
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
    // It works until it is cancelled, so that nothing depends on how quickly it is looked at.
    const [id = 0] = lively.world.run(jobs(1, 3600, ["self-hosted", "large"]))
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
    await page.getByText("running", { exact: true }).waitFor()
    cancel(lively.world, id)
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

  it("what has to be pasted elsewhere is copied by a click; without a clipboard that is said", async () => {
    const id = String(lively.ids.running)
    const permissions = ["clipboard-read", "clipboard-write"]
    const { page, complaints } = await lively.open(`/requests/${id}`, { permissions })
    const request = (await lively.world.requests(lively.runnerd)).find((each) => each.id === id)
    for (const [what, value] of [
      [`Request ${id}`, id],
      ["Runner", request?.runner_name],
      ["Sandbox", request?.sandbox_id]
    ] as const) {
      const copy = page.getByRole("button", { name: `Copy ${what}`, exact: true })
      await copy.click()
      // It says "Copied" now.
      await copy.waitFor({ state: "detached" })
      assert.strictEqual(await page.evaluate("navigator.clipboard.readText()"), value, what)
    }
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await page.getByRole("button", { name: `Copy Request ${id}` }).click()
    await page.getByText("The browser did not let it be copied").waitFor()
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

  it("several are stopped together; a retry that is refused says why, and one that is not is served", async () => {
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
    await page.getByText("What to do: Correct runs-on, or the labels of a runner spec, then retry.").waitFor()
    await lively.world.addSpec(lively.runnerd, { name: "gpu", labels: ["self-hosted", "gpu"] })
    await page.getByRole("button", { name: "Retry" }).click()
    await page.getByRole("alertdialog").getByRole("button", { name: "Retry" }).click()
    await page.getByText("It is over, and nothing is left outside").waitFor()
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

  it("a log of 20,000 lines has few of them in the page, is searched, wrapped and downloaded whole, and runs nothing that stands in it", async () => {
    const id = String(lively.ids.ended[0])
    const written = writeLongLog(lively.world.folder, id)
    const { page, complaints } = await lively.open(`/requests/${id}?log=stdout.log`)
    const log = page.getByRole("log")
    const line = (words: string) => log.locator("[data-index]").filter({ hasText: words })
    const isFew = async () => assert.isBelow(await log.locator("[data-index]").count(), 200)
    // It follows the end, where the lines are that mean harm.
    await line("long <img")
      .getByText(/\+99\d{4}\)$/)
      .waitFor()
    await line(hostileLine).first().waitFor()
    await log.locator(".text-destructive", { hasText: "red words" }).waitFor()
    assert.strictEqual(await log.locator("img, script, a").count(), 0)
    await isFew()
    const height = async () => (await line("long <img").boundingBox())?.height ?? 0
    assert.isAbove(await height(), 100)
    await page.getByRole("checkbox", { name: "Wrap lines" }).click()
    await page.evaluate(`new Promise((resolve) => {
      const look = () => {
        const log = document.querySelector("[role=log]")
        const isWide = log.scrollWidth > log.clientWidth && log.querySelector("[data-index]").offsetHeight < 30
        return isWide ? resolve() : requestAnimationFrame(look)
      }
      look()
    })`)
    await isFew()
    await log.hover()
    await page.mouse.wheel(0, -100)
    await page.getByRole("checkbox", { name: "Follow", checked: false }).waitFor()
    await log.evaluate((element) => element.scrollTo(0, 0))
    await line("line 0:").or(line("line 1:")).first().waitFor()
    await isFew()
    await page.getByRole("searchbox", { name: "Lines that contain" }).fill("line 12345:")
    await line("line 12345:").waitFor()
    assert.strictEqual(await log.locator("[data-index]").count(), 1)
    await page.getByText("The newest 19999 lines").waitFor()
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download" }).click()
    ])
    assert.strictEqual(download.suggestedFilename(), `${id}-stdout.log`)
    // Before it stands what the runner itself has printed.
    assert.isTrue((await readFile(await download.path(), "utf8")).endsWith(written))
    assert.strictEqual(await page.title(), `Request ${id} · runnerd`)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("one that does not exist is said not to", async () => {
    const { page } = await lively.open("/requests/404")
    await page.getByText("runner not found").first().waitFor()
    await page.context().close()
  })
})
