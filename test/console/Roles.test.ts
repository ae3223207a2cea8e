// Roles in the console, against the real process: who is connected, and what is left out for whom.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser } from "playwright-core"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, type World } from "../support/World.ts"
import { jobs } from "../support/WorldJobs.ts"
import { launchBrowser } from "./Browser.ts"
import { openAs, roleSettings, tokens } from "./RoleTokens.ts"

describe("roles in the console", { timeout: 120_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess
  let browser: Browser

  beforeAll(async () => {
    world = await openWorld({ scripted: true, settings: roleSettings })
    runnerd = await world.start()
    browser = await launchBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await world.close()
  })

  for (const role of ["viewer", "operator", "admin"] as const) {
    it(`a token of the role ${role} is shown with its name and its role`, async () => {
      const { page, complaints } = await openAs(browser, role)
      page.setDefaultTimeout(60_000)
      await page.goto(`${runnerd.url}/admin/`)
      const side = page.getByRole("complementary")
      await side.getByText(tokens[role].name, { exact: true }).waitFor()
      await side.getByText(role, { exact: true }).waitFor()
      assert.deepStrictEqual(complaints, [])
      await page.context().close()
    })
  }

  it("who may only look is offered no action", async () => {
    await world.addSpec(runnerd)
    const [id = 0] = world.run(jobs(1, 3600))
    const known = async () => (await world.requests(runnerd)).some((request) => request.id === String(id))
    await world.until("it is known", 120_000, known)
    for (const role of ["viewer", "operator"] as const) {
      const { page } = await openAs(browser, role)
      page.setDefaultTimeout(60_000)
      await page.goto(`${runnerd.url}/admin/requests/${id}`)
      await page.getByRole("complementary").getByText(role, { exact: true }).waitFor()
      await page.getByText("waits for a runner").first().waitFor()
      const actions = page.getByRole("button", { name: /^(Stop|Retry)$/ })
      if (role === "operator") await actions.nth(1).waitFor()
      else assert.strictEqual(await actions.count(), 0)
      await page.context().close()
    }
  })
})
