// docs/dependencies.md says of each package why it is there, and of no other.
import { assert, it } from "@effect/vitest"
import { readFileSync } from "node:fs"

it("docs/dependencies.md gives a reason for each package in package.json, those needed to run in their own table", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const sections = readFileSync("docs/dependencies.md", "utf8").split(/^## /m)
  const listed = (section: string) =>
    [...section.matchAll(/^\| `(\S+)` +\| (.*\S) +\|$/gm)].map(([, name = "", reason = ""]) => ({ name, reason }))
  const [, production = "", ...development] = sections
  const needed = listed(production)
  const others = development.flatMap(listed)
  assert.deepStrictEqual(
    needed.map(({ name }) => name),
    Object.keys(manifest.dependencies)
  )
  assert.deepStrictEqual(others.map(({ name }) => name).sort(), Object.keys(manifest.devDependencies).sort())
  for (const { name, reason } of [...needed, ...others]) assert.isAbove(reason.length, 3, name)
})
