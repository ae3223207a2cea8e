// docs/fidelity.md tells the truth about the tests: every row has a known source and names tests that exist, and no
// contract test is without a row.
//
// Gotcha: titles are read out of the sources, so a title has to be a literal; `${…}` in it is `…` on the page.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"

interface Row {
  readonly section: string
  readonly what: string
  readonly sources: ReadonlyArray<string>
  readonly tests: ReadonlyArray<string>
}

const sources = new Set(["ran", "source", "doc", "issue", "unverified", "ours"])

/** Folders of contract tests whose every test must be named on the page. */
const fullyNamed = ["test/contract/e2b", "test/contract/github", "test/simulator/runner"]

const rows: ReadonlyArray<Row> = readFileSync("docs/fidelity.md", "utf8")
  .split(/^## /m)
  .slice(1)
  .flatMap((part) => {
    const [section = "", ...lines] = part.split("\n")
    const table = lines.filter((line) => line.startsWith("|")).slice(2)
    return table.map((line) => {
      const [what = "", source = "", tests = ""] = line.split("|").slice(1, -1)
      return {
        section,
        what: what.trim(),
        sources: source.split(",").map((word) => word.trim()),
        tests: tests.split("<br>").map((test) => test.trim())
      }
    })
  })

const title = /\bit(?:\.\w+)*\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g

const titlesIn = (file: string): ReadonlyArray<string> =>
  [...readFileSync(file, "utf8").matchAll(title)].map(([, , text = ""]) =>
    text.replaceAll(/\$\{[^}]*\}/g, "…").replaceAll(/\\(.)/g, "$1")
  )

describe("docs/fidelity.md", () => {
  it("has no row without a known source", () => {
    const odd = rows.filter((row) => !row.sources.every((source) => sources.has(source)))
    const told = odd.map(({ section, what, sources: given }) => `${section}: ${what}: ${given.join(", ")}`)
    assert.deepStrictEqual(told, [])
  })

  it("names only tests that exist, and at least one in each row", () => {
    const missing = rows.flatMap(({ section, what, tests }) =>
      tests.flatMap((test) => {
        const [file = "", ...words] = test.split(" › ")
        const path = `test/${file}.test.ts`
        const exists = existsSync(path) && titlesIn(path).includes(words.join(" › "))
        return exists ? [] : [`${section}: ${what}: ${test}`]
      })
    )
    assert.deepStrictEqual(missing, [])
    assert.isNotEmpty(rows)
  })

  for (const folder of fullyNamed) {
    it(`names every test of ${folder}`, () => {
      const named = new Set(rows.flatMap(({ tests }) => tests))
      const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
      const all = files
        .filter((file) => file.endsWith(".test.ts"))
        .flatMap((file) => {
          const path = join(folder, file)
          return titlesIn(path).map((text) => `${path.slice("test/".length, -".test.ts".length)} › ${text}`)
        })
      assert.isNotEmpty(all)
      assert.isEmpty(all.filter((test) => !named.has(test)))
    })
  }
})
