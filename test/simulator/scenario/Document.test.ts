// docs/simulators.md names every key of scenario files and every route of the control interfaces.
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import type * as SchemaAST from "effect/SchemaAST"
import { Scenario, ScenarioEntry, ScenarioJob } from "../../../src/simulator/scenario/Scenario.ts"

const page = readFileSync("docs/simulators.md", "utf8")

const section = (title: string): string =>
  page
    .split(/^## /m)
    .find((part) => part.startsWith(title))
    ?.slice(title.length) ?? ""

/** The first cells of the tables below a title. */
const documented = (title: string): ReadonlyArray<string> =>
  [...section(title).matchAll(/^\| `([^`]+)`/gm)].map(([, cell = ""]) => cell).toSorted()

const keys = (ast: SchemaAST.AST, prefix = ""): ReadonlyArray<string> =>
  ast._tag === "Objects" ? ast.propertySignatures.map(({ name }) => `${prefix}${String(name)}`) : []

describe("docs/simulators.md", () => {
  it("names every key of a scenario, of its entries and of its jobs, and no other", () => {
    const all = [
      ...keys(Scenario.ast),
      ...keys(ScenarioEntry.ast, "timeline[]."),
      ...keys(ScenarioJob.ast, "timeline[].run.jobs[].")
    ]
    assert.isAbove(all.length, 50)
    assert.deepStrictEqual(documented("Scenario files"), all.toSorted())
  })

  it("names every route of GitHub's control interface, and no other", () => {
    const source = readFileSync("src/simulator/github/rest/ControlRoutes.ts", "utf8")
    const routes = [...source.matchAll(/method: "(\w+)",\s+path: "(\/_control[^"]*)"/g)]
    assert.isAbove(routes.length, 20)
    assert.deepStrictEqual(
      documented("GitHub's control interface"),
      routes.map(([, method, path]) => `${method} ${path}`).toSorted()
    )
  })

  it("names every route of E2B's control interface, and no other", () => {
    const source = readFileSync("src/simulator/e2b/ControlInterface.ts", "utf8")
    const routes = [...source.matchAll(/case "(\w+) ([^"]+)":/g)]
    assert.isAbove(routes.length, 10)
    assert.deepStrictEqual(
      documented("E2B's control interface"),
      routes.map(([, method, path = ""]) => `${method} /_control/${path.replace(":id", "<id>")}`).toSorted()
    )
  })
})
