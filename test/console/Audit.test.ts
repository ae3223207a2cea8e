// The audit trail in a browser, against the real process.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { callApi } from "../../src/demo/LocalWorld.ts"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

describe("the audit trail", { timeout: 300_000 }, () => {
  let lively: LivelyWorld

  beforeAll(async () => {
    lively = await openLivelyWorld()
    await callApi(lively.runnerd.url, "PATCH", "/runner_specs/large", {
      max_concurrency: 9,
      labels: ["self-hosted", "xl"]
    })
    for (let priority = 1; priority <= 55; priority += 1) {
      await callApi(lively.runnerd.url, "PATCH", "/runner_specs/small", { priority })
    }
    await callApi(lively.runnerd.url, "DELETE", `/runner_requests/${lively.ids.waiting[0]}`)
  })
  afterAll(() => lively.close())

  it("tells who did what, and shows the fields that differ, before and after", async () => {
    const { page, complaints } = await lively.open("/audit")
    const stopped = page.getByRole("row").filter({ hasText: "runner.stop" })
    await stopped.getByText("admin_api").waitFor()
    await stopped.getByRole("link", { name: String(lively.ids.waiting[0]) }).waitFor()
    await page.getByLabel("Name or number").fill("large")
    await page.keyboard.press("Enter")
    const changed = page.getByRole("row").filter({ hasText: "runner_spec.update" })
    await changed.getByText("max_concurrency").waitFor()
    await changed.getByRole("button", { name: /^Show event/ }).click()
    const field = page
      .getByRole("row")
      .filter({ has: page.getByRole("cell", { name: "max_concurrency", exact: true }) })
      .last()
    assert.deepStrictEqual(await field.getByRole("cell").allTextContents(), ["max_concurrency", "8", "9"])
    await page.getByText(/other fields are the same/).waitFor()
    await page.setViewportSize({ width: 360, height: 740 })
    const lefts = await field
      .getByRole("cell")
      .evaluateAll((cells) => cells.map((cell) => cell.getBoundingClientRect().left))
    assert.strictEqual(new Set(lefts).size, 1, "where it is narrow, below each other")
    await page.setViewportSize({ width: 1280, height: 800 })
    await changed.getByRole("button", { name: /^Hide event/ }).click()
    await field.waitFor({ state: "detached" })
    assert.strictEqual(await page.title(), "Audit · runnerd")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("filters and pages are part of the address", async () => {
    const { page, complaints } = await lively.open("/audit?action=runner_spec.create")
    await page.getByText("1 to 2 of 2").waitFor()
    await page.getByRole("combobox", { name: "Action" }).click()
    await page.getByRole("option", { name: "runner_spec.update" }).click()
    await page.getByText("1 to 50 of 56").waitFor()
    await page.getByRole("button", { name: "Older" }).click()
    await page.getByText("51 to 56 of 56").waitFor()
    assert.include(page.url(), "page=2")
    await page.reload()
    await page.getByText("51 to 56 of 56").waitFor()
    assert.isTrue(await page.getByRole("button", { name: "Older" }).isDisabled())
    await page.getByRole("combobox", { name: "Kind" }).click()
    await page.getByRole("option", { name: "policy" }).click()
    await page.getByText("Nothing like this was done").waitFor()
    assert.notInclude(page.url(), "page=")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })
})
