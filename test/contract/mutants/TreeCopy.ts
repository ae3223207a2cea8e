// A copy of the repository in which code may be broken, and vitest in it.
//
// Answers for: the copy, its files' texts, running tests there, and what became of each. Gotchas: node_modules is the
// original's, by a link; this process moves into the copy, because tests open files by relative names; one vitest serves
// all runs, with new workers for each; a test's limit is short, because a broken simulator often means that something
// never comes.
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join, relative } from "node:path"
import { createVitest } from "vitest/node"
import type { Reporter, TestCase, TestProject, TestSpecification, Vitest } from "vitest/node"

const leftOut = new Set(["node_modules", ".git", "dist", "ui", "bench"])

const testLimitMs = 30_000

export interface TestRun {
  /** The same in every run. */
  readonly id: string
  /** Absolute. */
  readonly file: string
  /** `File › describe › title`. */
  readonly name: string
  readonly passed: boolean
  /** Empty when it passed. */
  readonly why: string
}

const titles = ({ name, parent }: TestCase): ReadonlyArray<string> => {
  const above: Array<string> = []
  for (let each = parent; each.type === "suite"; each = each.parent) above.unshift(each.name)
  return [...above, name]
}

const runOf = (test: TestCase): TestRun => {
  const file = test.module.moduleId
  const name = [basename(file, ".test.ts"), ...titles(test)].join(" › ")
  const { state, errors = [] } = test.result()
  return { id: test.id, file, name, passed: state === "passed", why: errors.map(({ message }) => message).join("; ") }
}

export class TreeCopy {
  readonly #root: string
  readonly #vitest: Vitest
  /** Of the run that goes on: vitest's own answer holds what became of tests in earlier runs too. */
  readonly #ended: Array<TestCase>
  /** By file. */
  readonly #projects = new Map<string, TestProject>()

  private constructor(root: string, vitest: Vitest, ended: Array<TestCase>) {
    this.#root = root
    this.#vitest = vitest
    this.#ended = ended
  }

  static async of(original: string): Promise<TreeCopy> {
    const root = mkdtempSync(join(realpathSync(tmpdir()), "runnerd-mutants-"))
    cpSync(original, root, { recursive: true, filter: (path) => !leftOut.has(relative(original, path)) })
    symlinkSync(join(original, "node_modules"), join(root, "node_modules"))
    process.chdir(root)
    const ended: Array<TestCase> = []
    const reporter: Reporter = { onTestCaseResult: (test) => void ended.push(test) }
    const vitest = await createVitest({ root, watch: false, reporters: [reporter], testTimeout: testLimitMs })
    await vitest.standalone()
    return new TreeCopy(root, vitest, ended)
  }

  read(file: string): string {
    return readFileSync(join(this.#root, file), "utf8")
  }

  write(file: string, text: string): void {
    const path = join(this.#root, file)
    writeFileSync(path, text)
    this.#vitest.invalidateFile(path)
  }

  /** Every test of these folders. Throws when a file could not even be loaded, as runAgain does. */
  async runAll(folders: ReadonlyArray<string>): Promise<ReadonlyArray<TestRun>> {
    const specifications = await this.#vitest.globTestSpecifications([...folders])
    for (const { moduleId, project } of specifications) this.#projects.set(moduleId, project)
    return this.#run(specifications)
  }

  /** These tests, which `runAll` has run, again, and no others of their files. */
  async runAgain(tests: ReadonlyArray<TestRun>): Promise<ReadonlyArray<TestRun>> {
    const byFile = Map.groupBy(tests, ({ file }) => file)
    return this.#run(
      [...byFile].map(([file, ofFile]) =>
        this.#projects.get(file)!.createSpecification(file, { testIds: ofFile.map(({ id }) => id) })
      )
    )
  }

  async #run(specifications: Array<TestSpecification>): Promise<ReadonlyArray<TestRun>> {
    this.#ended.length = 0
    const { testModules } = await this.#vitest.runTestSpecifications(specifications)
    const runs = this.#ended.filter((test) => test.result().state !== "skipped").map(runOf)
    for (const { moduleId } of specifications) {
      if (runs.some(({ file }) => file === moduleId)) continue
      const errors = testModules.find((module) => module.moduleId === moduleId)?.errors() ?? []
      throw new Error(`nothing ran in ${moduleId}: ${errors.map(({ message }) => message).join("; ")}`)
    }
    return runs
  }

  async remove(): Promise<void> {
    await this.#vitest.close()
    rmSync(this.#root, { recursive: true, force: true })
  }
}
