// The console in a browser, against the real process: the token, and a job that appears.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser } from "playwright-core"
import { adminToken } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, type World } from "../support/World.ts"
import { jobs } from "../support/WorldJobs.ts"
import { launchBrowser, openPage } from "./Browser.ts"

describe("connecting the console", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess
  let browser: Browser

  beforeAll(async () => {
    world = await openWorld({ scripted: true })
    runnerd = await world.start()
    await world.addSpec(runnerd)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world.close()
  })

  it("a wrong token is asked for again, the right one shows the page that was open", async () => {
    const [id = 0] = world.run(jobs(1))
    const { page, complaints } = await openPage(browser)
    await page.goto(`${runnerd.url}/admin/requests`)
    const connect = async (token: string) => {
      await page.getByLabel("API token").fill(token)
      await page.getByRole("button", { name: "Connect" }).click()
    }
    await connect("not-the-token")
    await page.getByText("The token was refused").waitFor()
    await connect(adminToken)
    const row = page.getByRole("row").filter({ hasText: "acme/web" })
    await row.waitFor()
    assert.strictEqual(await page.evaluate(() => localStorage.getItem("runnerd-admin-token")), adminToken)
    assert.deepStrictEqual(complaints, [])
    assert.isAbove(id, 0)
    await page.context().close()
  })
})
