// A copy of the repository in which code may be broken, and vitest in it.
//
// Answers for: the copy, running suites there, and what became of each test. Gotchas: node_modules is the original's, by
// a link; a test's limit is short here, because a broken simulator often means that something never comes.
import { spawnSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, relative } from "node:path"

const leftOut = new Set(["node_modules", ".git", "dist", "ui", "bench"])

const testLimitMs = 30_000

export interface TestRun {
  /** From the root of the repository. */
  readonly file: string
  /** `File › describe › title`. */
  readonly name: string
  readonly passed: boolean
}

interface VitestReport {
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly message: string
    readonly assertionResults: ReadonlyArray<{
      readonly ancestorTitles: ReadonlyArray<string>
      readonly title: string
      readonly status: string
    }>
  }>
}

export class TreeCopy {
  readonly #root = mkdtempSync(join(tmpdir(), "runnerd-mutants-"))

  constructor(original: string) {
    cpSync(original, this.#root, {
      recursive: true,
      filter: (path) => !leftOut.has(relative(original, path))
    })
    symlinkSync(join(original, "node_modules"), join(this.#root, "node_modules"))
  }

  path(file: string): string {
    return join(this.#root, file)
  }

  /** Every test of these files and folders that ran. Throws when a file could not even be loaded. */
  test(paths: ReadonlyArray<string>): ReadonlyArray<TestRun> {
    const output = join(this.#root, "report.json")
    rmSync(output, { force: true })
    const options = [`--testTimeout=${testLimitMs}`, "--reporter=json", `--outputFile.json=${output}`]
    const { stderr } = spawnSync("vitest", ["run", ...options, ...paths], { cwd: this.#root, encoding: "utf8" })
    let report: VitestReport
    try {
      report = JSON.parse(readFileSync(output, "utf8")) as VitestReport
    } catch {
      throw new Error(`the tests did not run: ${stderr}`)
    }
    return report.testResults.flatMap(({ name: path, message, assertionResults }) => {
      if (assertionResults.length === 0) throw new Error(`${path} could not be loaded: ${message}`)
      return assertionResults
        .filter(({ status }) => status === "passed" || status === "failed")
        .map(({ ancestorTitles, title, status }) => ({
          file: relative(this.#root, path),
          name: [basename(path, ".test.ts"), ...ancestorTitles, title].join(" › "),
          passed: status === "passed"
        }))
    })
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}
