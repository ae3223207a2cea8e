// The page at /docs in a browser, against the real process: it is read, and tried, under its own strict policy.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser } from "playwright-core"
import { adminToken } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, type World } from "../support/World.ts"
import { launchBrowser, openPage } from "./Browser.ts"

describe("the page at /docs", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess
  let browser: Browser

  beforeAll(async () => {
    world = await openWorld({ scripted: true })
    runnerd = await world.start()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world.close()
  })

  it("shows each route, asks nobody but runnerd, and calls with the token that it is given", async () => {
    const { page, complaints } = await openPage(browser)
    page.setDefaultTimeout(10_000)
    const asked: Array<string> = []
    page.on("request", (request) => asked.push(request.url()))
    await page.goto(`${runnerd.url}/docs`)
    const list = page.locator('.opblock[id*="runnerSpecs"][id$="list"]')
    await list.waitFor()
    await page.getByRole("button", { name: "Authorize" }).first().click()
    await page.getByLabel("auth-bearer-value").fill(adminToken)
    await page.getByRole("button", { name: "Apply credentials" }).click()
    await page.getByRole("button", { name: "Close" }).click()
    await list.getByRole("button").first().click()
    await list.getByRole("button", { name: "Try it out" }).click()
    const answered = page.waitForResponse((response) => response.url() === `${runnerd.url}/runner_specs`)
    await list.getByRole("button", { name: "Execute" }).click()
    assert.strictEqual((await answered).status(), 200)
    for (const url of asked) assert.isTrue(url.startsWith(`${runnerd.url}/`) || url.startsWith("data:"), url)
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })
})
