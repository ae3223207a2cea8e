// The console while runnerd is away, and when it is back.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { readFile, writeFile } from "node:fs/promises"
import type { Browser } from "playwright-core"
import { adminToken } from "../../src/demo/LocalWorld.ts"
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

  it("a token that is taken away is asked for again, and the page stays as it is", async () => {
    const { page } = await openAs(browser, "admin")
    page.setDefaultTimeout(120_000)
    await page.goto(`${runnerd.url}/admin/audit?action=runner_spec.create`)
    const row = page.getByRole("row").filter({ hasText: "runner_spec.create" })
    await row.getByRole("button", { name: /^Show event/ }).click()
    await page.getByText("max_concurrency").waitFor()
    await runnerd.kill()
    const config = await readFile(world.configFile, "utf8")
    await writeFile(world.configFile, config.replace(adminToken, "another-admin-token"))
    runnerd = await world.start()
    await page.getByText("The token was refused").waitFor()
    assert.isTrue(await page.getByText("max_concurrency").isVisible())
    await page.getByLabel("API token").fill("another-admin-token")
    await page.getByRole("button", { name: "Connect" }).click()
    await page.getByRole("alertdialog").waitFor({ state: "detached" })
    await page.getByText("could not be renewed").waitFor({ state: "detached" })
    await page.getByText("max_concurrency").waitFor()
    assert.strictEqual(new URL(page.url()).search, "?action=runner_spec.create")
    await page.context().close()
  })
})
