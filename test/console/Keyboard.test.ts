// The console by keyboard alone: the command palette, keys that go to pages, and the focus.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { Page } from "playwright-core"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

/** Keys that count only within a second, pressed within one turn of the browser: however slow the machine is. */
const pressTogether = (page: Page, keys: ReadonlyArray<string>) => {
  const press = (key: string) =>
    `window.dispatchEvent(new KeyboardEvent("keydown", { key: "${key}", code: "Key${key.toUpperCase()}", bubbles: true }))`
  return page.evaluate(keys.map(press).join(";"))
}

describe("the console by keyboard", { timeout: 300_000 }, () => {
  let lively: LivelyWorld

  beforeAll(async () => {
    lively = await openLivelyWorld()
  })
  afterAll(() => lively.close())

  it("the palette finds a request by what its id begins with and goes to it", async () => {
    const { page, complaints } = await lively.open("/")
    await page.getByRole("heading", { name: "Overview" }).waitFor()
    await page.keyboard.press("Control+k")
    const palette = page.getByRole("dialog", { name: "Command palette" })
    await palette.getByRole("combobox").fill(String(lively.ids.running))
    await palette.getByRole("option", { name: "acme/web" }).waitFor()
    assert.strictEqual(await palette.getByText("Nothing of that name").count(), 0)
    await palette.getByRole("combobox").fill("zzz")
    await palette.getByText("Nothing of that name").waitFor()
    await palette.getByRole("combobox").fill(String(lively.ids.running))
    await palette.getByRole("option", { name: "acme/web" }).waitFor()
    await page.keyboard.press("Enter")
    await page.waitForURL(`**/admin/requests/${lively.ids.running}`)
    await palette.waitFor({ state: "detached" })
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("the palette goes to pages and acts: the theme changes, the token goes", async () => {
    const { page, complaints } = await lively.open("/")
    const palette = page.getByRole("dialog", { name: "Command palette" })
    const choose = async (words: string) => {
      await page.getByRole("button", { name: /^Search/ }).click()
      await palette.getByRole("combobox").fill(words)
      await page.keyboard.press("Enter")
      await palette.waitFor({ state: "detached" })
    }
    await choose("theme: dark")
    await page.locator("html.dark").waitFor()
    await choose("requests")
    await page.waitForURL("**/admin/requests")
    await choose("clear token")
    await page.getByRole("alertdialog", { name: "Connect to runnerd" }).waitFor()
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })

  it("g and a letter go to a page and focus it; ? lists the keys; neither does while text is entered", async () => {
    const { page, complaints } = await lively.open("/")
    await page.getByRole("heading", { name: "Overview" }).waitFor()
    await pressTogether(page, ["g", "r"])
    await page.waitForURL("**/admin/requests")
    await page.locator("main:focus").waitFor()
    await page.keyboard.press("?")
    const help = page.getByRole("dialog", { name: "Keys" })
    await help.getByText("Go to Requests").waitFor()
    await pressTogether(page, ["g", "o"])
    await page.keyboard.press("Escape")
    await help.waitFor({ state: "detached" })
    await page.keyboard.press("Control+k")
    const palette = page.getByRole("dialog", { name: "Command palette" })
    await palette.getByRole("combobox").waitFor()
    await page.keyboard.type("?g o")
    assert.strictEqual(await palette.getByRole("combobox").inputValue(), "?g o")
    assert.strictEqual(new URL(page.url()).pathname, "/admin/requests")
    assert.deepStrictEqual(complaints, [])
    await page.context().close()
  })
})
