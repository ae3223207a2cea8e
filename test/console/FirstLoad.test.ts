// How much JavaScript the browser is sent before a page stands.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type LivelyWorld, openLivelyWorld } from "./LivelyWorld.ts"

/** The promise, of gzip. */
const most = 250 * 1024

describe("the first load", { timeout: 300_000 }, () => {
  let lively: LivelyWorld

  beforeAll(async () => {
    lively = await openLivelyWorld()
  })
  afterAll(() => lively.close())

  it("of the overview is 250 kB of compressed JavaScript at most, charts included", async () => {
    const { page } = await lively.open("/")
    await page.getByRole("img", { name: "Chart: Queue time" }).locator("canvas").waitFor()
    const addresses = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name))
    const scripts = addresses.filter((address) => address.endsWith(".js"))
    assert.isAbove(scripts.length, 3)
    let total = 0
    for (const address of scripts) {
      const answer = await fetch(address, { headers: { "accept-encoding": "gzip" } })
      assert.strictEqual(answer.status, 200)
      // The length that travels; a file too small to gain by compression has its own.
      total += Number(answer.headers.get("content-length"))
      await answer.body?.cancel()
    }
    assert.isAbove(total, 100 * 1024)
    assert.isAtMost(total, most)
    await page.context().close()
  })
})
