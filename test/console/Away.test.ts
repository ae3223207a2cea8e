// The console while runnerd is away, and when it is back.
import { afterAll, beforeAll, describe, it } from "@effect/vitest"
import type { Browser } from "playwright-core"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { freePort } from "../support/FreePort.ts"
import { openWorld, type World } from "../support/World.ts"
import { cancel, jobs } from "../support/WorldJobs.ts"
import { launchBrowser } from "./Browser.ts"
import { openAs } from "./RoleTokens.ts"

describe("while runnerd is away", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess
  let browser: Browser

  beforeAll(async () => {
    // The same address when it comes back.
    world = await openWorld({ scripted: true, settings: { "server.http_addr": `127.0.0.1:${await freePort()}` } })
    runnerd = await world.start()
    await world.addSpec(runnerd, { max_concurrency: 1 })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world.close()
  })

  it("the list says so, keeps what it shows, and goes on by itself when it is back", async () => {
    world.run(jobs(1, 3600))
    const [id = 0] = world.run(jobs(1, 3600))
    const { page } = await openAs(browser, "admin")
    page.setDefaultTimeout(120_000)
    await page.goto(`${runnerd.url}/admin/requests`)
    const row = page.getByRole("row").filter({ has: page.locator(`a[href="/admin/requests/${id}"]`) })
    await row.waitFor()
    const polled = await Promise.all(
      [
        ["audit", "runner_spec.create"],
        ["deliveries", "workflow_job"]
      ].map(async ([path = "", shown = ""]) => {
        const { page } = await openAs(browser, "admin")
        page.setDefaultTimeout(120_000)
        await page.goto(`${runnerd.url}/admin/${path}`)
        const kept = page.getByRole("row").filter({ hasText: shown }).first()
        await kept.waitFor()
        return { page, kept }
      })
    )
    await runnerd.kill()
    await page.getByText("runnerd cannot be reached").waitFor()
    await row.waitFor()
    for (const { kept, page } of polled) {
      await page.getByText("could not be renewed").waitFor()
      await kept.waitFor()
    }
    runnerd = await world.start()
    for (const { page } of polled) {
      await page.getByText("could not be renewed").waitFor({ state: "detached" })
      await page.context().close()
    }
    await page.getByText("Live", { exact: true }).waitFor()
    cancel(world, id)
    await row.getByText("completed").waitFor()
    await page.context().close()
  })
})
