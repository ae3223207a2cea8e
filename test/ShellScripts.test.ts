// Every shell script of the project passes shellcheck: files that end in .sh, and those that begin with a shell's name.
//
// Gotcha: shellcheck has to be installed (`apt-get install shellcheck`); the project's CI does so. Without it the test is
// skipped, and says so.
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"

const folders = [".ci", "bench", "scripts", "src", "templates", "test", "ui"]

const isShell = (file: string): boolean =>
  file.endsWith(".sh") || /^#!.*\b(?:ba|da)?sh\b/.test(readFileSync(file, "utf8").slice(0, 100).split("\n")[0] ?? "")

const scripts = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .filter(({ name }) => name.endsWith(".sh") || !name.includes("."))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter(isShell)
)

const installed = spawnSync("shellcheck", ["--version"]).status === 0

describe("shell scripts", () => {
  it("are found wherever they are", () => {
    for (const file of [".ci/run", "templates/shared/ensure-docker", "templates/shared/lib.sh"]) {
      assert.include(scripts, file)
    }
  })

  it("have nothing that shellcheck minds", ({ skip }) => {
    if (!installed) skip("shellcheck is not installed: apt-get install shellcheck")
    const { status, stdout, stderr } = spawnSync("shellcheck", ["--external-sources", ...scripts], { encoding: "utf8" })
    assert.strictEqual(status, 0, `${stdout}${stderr}`)
  })
})
