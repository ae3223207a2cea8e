// A template whose runner GitHub no longer accepts, from its first dead sandboxes to the first job after it was mended: the
// real process, and what its console makes of it.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Browser } from "playwright-core"
import { adminToken, callApi } from "../../src/demo/LocalWorld.ts"
import type { RunnerdProcess } from "../../src/demo/RunnerdProcess.ts"
import { openWorld, type World } from "../support/World.ts"
import { jobs, succeed } from "../support/WorldJobs.ts"
import { launchBrowser, openPage } from "./Browser.ts"

interface Explained {
  readonly reasons: ReadonlyArray<{ readonly code: string; readonly message: string }>
}

describe("a spec whose sandboxes die", { timeout: 300_000 }, () => {
  let world: World
  let runnerd: RunnerdProcess
  let browser: Browser

  beforeAll(async () => {
    world = await openWorld({
      scripted: true,
      settings: { "worker.breaker_deaths": 2, "worker.breaker_cooldown_seconds": 3600 }
    })
    runnerd = await world.start()
    await world.addSpec(runnerd, { max_concurrency: 1 })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await world.close()
  })

  it("is paused with the reason, stays so, and goes on when an operator resumes it, where all are listed or on its own page", async () => {
    world.github.machine.runnerFaults.add({ kind: "deprecated_version", times: "always" })
    const ids = world.run(jobs(3))
    const last = String(ids.at(-1))
    await world.until("all of them known", 60_000, async () => (await world.requests(runnerd)).length === 3)
    const paused = await world.until("the spec is paused", 60_000, async () => {
      const { reasons } = await callApi<Explained>(runnerd.url, "GET", `/runner_requests/${last}/explanation`)
      return reasons.find(({ code }) => code === "spec_paused")
    })
    assert.include(paused.message, "The newest 2 sandboxes of runner spec small died before taking a job")
    const { page, complaints } = await openPage(browser)
    await page.addInitScript((token) => localStorage.setItem("runnerd-admin-token", token), adminToken)
    await page.goto(`${runnerd.url}/admin/`)
    const spec = page.getByRole("region", { name: "Runner specs" })
    await spec.getByText("paused", { exact: true }).waitFor({ timeout: 60_000 })
    await spec.getByText("The newest 2 sandboxes died before they took a job").waitFor()
    const before = world.e2b.fleet.counts().creates
    await spec.getByRole("button", { name: "Resume small" }).click()
    // Nothing was mended yet, so two more die and it is paused again, perhaps before the page has seen it go on.
    await world.until("two more die", 60_000, () => world.e2b.fleet.counts().creates >= before + 2)
    await page.goto(`${runnerd.url}/admin/specs/small`)
    const now = page.getByRole("region", { name: "Now" })
    await now.getByText("paused", { exact: true }).waitFor({ timeout: 60_000 })
    await now.getByText("The newest 2 sandboxes died before they took a job").waitFor()
    const created = world.e2b.fleet.counts().creates
    world.github.machine.runnerFaults.clear()
    const metrics = await (
      await fetch(`${runnerd.url}/metrics`, { headers: { authorization: `Bearer ${adminToken}` } })
    ).text()
    assert.include(metrics, 'runnerd_spec_paused{spec="small"} 1')
    assert.strictEqual(world.e2b.fleet.counts().creates, created)
    await now.getByRole("button", { name: "Resume small" }).click()
    await now.getByText("paused", { exact: true }).waitFor({ state: "detached", timeout: 60_000 })
    await world.allOver(120_000)
    succeed(world, ids)
    assert.deepStrictEqual(complaints, [])
  })
})
