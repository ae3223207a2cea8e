// Every page for everybody: no violation that axe finds in either theme, everything to be reached by Tab, nothing to be
// scrolled sideways on a narrow screen.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { callApi } from "../../src/demo/LocalWorld.ts"
import { violations } from "./Axe.ts"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

/** Each page, by its address, and what stands there when it has loaded. A new page gets its row. */
const pages: ReadonlyArray<readonly [address: string, stands: string]> = [
  ["/", "spec_labels_not_matched"],
  ["/requests", "acme/web"],
  ["/requests/:refusedRequest?log=control.log", "refused:"],
  ["/requests/:running", "The runner works on job"],
  ["/match?repository=acme%2Fweb&labels=self-hosted%2Cgpu", "Try on recent jobs"],
  ["/match/change?kind=spec_gone&spec=large", "3 of"],
  ["/specs", "everybody"],
  ["/specs/large", "builds can be used"],
  ["/new/spec", "Kept ready"],
  ["/groups", "granted to nobody"],
  ["/groups/both", "No policy grants it"],
  ["/new/group", "self-hosted, large"],
  ["/policies", "acme/*"],
  ["/policies/:policy", "A group of specs"],
  ["/new/policy", "One spec, or all specs of a group"],
  ["/deliveries", "workflow_job"],
  ["/deliveries/:refused", "repository_allowed"],
  ["/audit", "runner_spec.create"],
  ["/diagnostics", "silence alarm"],
  ["/nowhere", "There is no such page"]
]

/** What the browser runs, as text: the project's types know no DOM. */
const overflowing = `document.documentElement.scrollWidth > document.documentElement.clientWidth`

const wanted = `[...document.querySelectorAll("a[href], button, input, select, textarea, summary")].filter((element) =>
  element.checkVisibility() && !element.disabled && !["tab", "radio", "menuitem"].includes(element.role) &&
  element.closest("[aria-hidden=true], ol[data-sonner-toaster]") === null)`

/** Colours that are still changing have another contrast. */
const changed = `Promise.allSettled(document.getAnimations().filter((each) => "transitionProperty" in each).map(({ finished }) => finished))`

/** Numbers what is to be reached, and collects what is. */
const mark = `{
  const all = ${wanted}
  all.forEach((element, index) => element.setAttribute("data-stop", index))
  globalThis.reached = new Set()
  document.addEventListener("focusin", ({ target }) => reached.add(target.getAttribute("data-stop")))
  all.length
}`
const reached = `[...reached].filter((stop) => stop !== null).length`
const missed = `[...document.querySelectorAll("[data-stop]")].filter((element) => element.checkVisibility() &&
  !reached.has(element.getAttribute("data-stop"))).map((element) => element.outerHTML.slice(0, 200))`

describe("accessibility", { timeout: 300_000 }, () => {
  let lively: LivelyWorld
  /** The delivery of a job that was refused. */
  let refused: number
  let policy: number

  beforeAll(async () => {
    lively = await openLivelyWorld()
    const about = `/webhook_deliveries?workflow_job_id=${lively.ids.refused}`
    const api = (path: string, body: object) => callApi<{ readonly id: number }>(lively.runnerd.url, "POST", path, body)
    await api("/runner_groups", { name: "both", description: "All of acme's", spec_names: ["small", "large"] })
    policy = (await api("/runner_policies", { repository_full_name: "acme/*", runner_spec_name: "large" })).id
    refused = (await callApi<ReadonlyArray<{ readonly id: number }>>(lively.runnerd.url, "GET", about))[0]?.id ?? 0
  })
  afterAll(() => lively.close())

  const addressOf = (address: string) =>
    address
      .replace(":refusedRequest", String(lively.ids.refused))
      .replace(":running", String(lively.ids.running))
      .replace(":refused", String(refused))
      .replace(":policy", String(policy))

  const shown = async (address: string, stands: string, options: Parameters<LivelyWorld["open"]>[1]) => {
    const opened = await lively.open(addressOf(address), options)
    await opened.page.getByText(stands).first().waitFor()
    return opened.page
  }

  for (const [address, stands] of pages) {
    it(`${address}: axe finds nothing in either theme nor at 360 px, which are wide enough; Tab reaches everything`, async () => {
      const page = await shown(address, stands, { colorScheme: "light" })
      assert.deepStrictEqual(await violations(page), [], "light")
      await page.emulateMedia({ colorScheme: "dark" })
      await page.locator("html.dark").waitFor()
      await page.evaluate(changed)
      assert.deepStrictEqual(await violations(page), [], "dark")
      const count = await page.evaluate<number>(mark)
      assert.isAbove(count, 4)
      // A list may have grown meanwhile, so more presses than stops may be needed.
      for (let press = 1; press < count * 2 + 20; press += 1) {
        await page.keyboard.press("Tab")
        if (press % 10 === 0 && (await page.evaluate<number>(reached)) === count) break
      }
      assert.deepStrictEqual(await page.evaluate(missed), [], "not reached by Tab")
      await page.setViewportSize({ width: 360, height: 740 })
      // The navigation has gone into its sheet.
      await page.getByRole("button", { name: "Open navigation" }).waitFor()
      assert.isFalse(await page.evaluate(overflowing), "scrolls sideways")
      assert.deepStrictEqual(await violations(page), [], "narrow")
      await page.context().close()
    })
  }

  for (const [what, key, name] of [
    ["command palette", "Control+k", "Command palette"],
    ["list of keys", "?", "Keys"]
  ] as const) {
    it(`the ${what}: axe finds nothing, and Escape gives the focus back`, async () => {
      const page = await shown("/requests", "acme/web", { colorScheme: "dark" })
      const link = page.getByRole("link", { name: "Audit" })
      await link.focus()
      await page.keyboard.press(key)
      await page.getByRole("dialog", { name }).waitFor()
      assert.deepStrictEqual(await violations(page), [])
      await page.keyboard.press("Escape")
      await page.getByRole("dialog", { name }).waitFor({ state: "detached" })
      await page.locator("a:focus", { hasText: "Audit" }).waitFor()
      await page.context().close()
    })
  }
})
