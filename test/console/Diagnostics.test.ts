// The diagnostics in a browser, against the real process.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { jobs } from "../support/WorldJobs.ts"
import { violations } from "./Axe.ts"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

describe("diagnostics", { timeout: 300_000 }, () => {
  let lively: LivelyWorld

  beforeAll(async () => {
    lively = await openLivelyWorld()
  })
  afterAll(() => lively.close())

  it("tell of the process, the database, nodes, limits, work and loops", async () => {
    const { page, complaints } = await lively.open("/diagnostics")
    const part = (name: string) => page.getByRole("region", { name })
    await part("Process that answers").getByText("MiB").first().waitFor()
    await part("Database").getByText("sqlite").waitFor()
    await part("Database").getByText("runnerd.db").waitFor()
    const node = part("Nodes").getByRole("row").filter({ hasText: "answers this" })
    await node.getByText("alive").waitFor()
    await part("Limits of E2B and GitHub").getByText("Nothing is being waited for").waitFor()
    const held = part("Work in progress").getByRole("row").filter({ hasText: "running" })
    assert.strictEqual(await held.getByRole("cell").last().textContent(), "1")
    await part("Loops of this process").getByText("silence alarm").waitFor()
    await part("More").getByRole("link", { name: "/docs" }).waitFor()
    await part("More")
      .getByText(/^At 127\.0\.0\.1:\d+ of this process's machine/)
      .waitFor()
    await part("More")
      .getByText(/^runnerd profile all --address-file .*runnerd\.db\.pprof$/)
      .waitFor()
    assert.strictEqual(await page.title(), "Diagnostics · runnerd")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("the doctor is asked when somebody wants to know, and says of each thing what was found", async () => {
    const { page, complaints } = await lively.open("/diagnostics")
    const doctor = page.getByRole("region", { name: "Doctor" })
    await doctor.getByRole("button", { name: "Run the doctor" }).click()
    const found = doctor.getByRole("listitem")
    await found.filter({ hasText: "database" }).getByLabel("all right").first().waitFor()
    assert.isAbove(await found.count(), 5)
    assert.deepStrictEqual(await violations(page), [])
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("and the overview's health say which limit holds, and until when", async () => {
    const { page, complaints } = await lively.open("/")
    const health = page.getByRole("region", { name: "Health" })
    await health.getByText("none holds").waitFor()
    lively.world.github.faults.add({
      operation: "actions/generate-runner-jitconfig-for-repo",
      answer: {
        status: 403,
        headers: { "retry-after": "7000" },
        body: { message: "You have exceeded a secondary rate limit." }
      }
    })
    lively.world.run(jobs(1, 1, ["self-hosted", "large"]))
    const limit = health.getByRole("link").filter({ hasText: "github" })
    await limit.filter({ hasText: "in 1 hr." }).click()
    await page.waitForURL("**/admin/diagnostics")
    const limits = page.getByRole("region", { name: "Limits of E2B and GitHub" })
    await limits.getByRole("row").filter({ hasText: "secondary rate limit" }).waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })
})
