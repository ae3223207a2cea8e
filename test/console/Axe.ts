// What axe finds on a page as it stands.
import axe from "axe-core"
import type { Page } from "playwright-core"

/** In words; empty: nothing. */
export const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  // Evaluated by the browser itself, which the page's content security policy does not forbid.
  if (!(await page.evaluate<boolean>(`"axe" in globalThis`))) await page.evaluate(axe.source)
  // What is as it should be is not described.
  const found: ReadonlyArray<axe.Result> = await page.evaluate(
    `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)`
  )
  return found.map(
    ({ help, id, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`
  )
}
