import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { changelogProblems, releaseNotes } from "../../scripts/release/Changelog.ts"

const log = (...sections: ReadonlyArray<string>) =>
  ["# Changelog", ...sections.map((title) => `## ${title}\n\n- one\n`)].join("\n\n")

describe("the changelog", () => {
  it("fits the version that is in package.json", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string }
    assert.deepStrictEqual(changelogProblems(version, readFileSync("CHANGELOG.md", "utf8")), [])
  })

  it("may say Unreleased while a version is being worked on that is after the last release", () => {
    assert.deepStrictEqual(changelogProblems("0.2.0", log("Unreleased", "0.1.0 (2026-01-31)")), [])
    assert.deepStrictEqual(changelogProblems("0.10.0", log("Unreleased", "0.9.1 (2026-01-31)")), [])
    assert.deepStrictEqual(changelogProblems("0.1.0", log("Unreleased", "0.1.0 (2026-01-31)")), [
      "package.json says 0.1.0, which is not after the last release, 0.1.0."
    ])
  })

  it("must name the version, with its day, when it is released by its tag", () => {
    const released = log("0.2.0 (2026-02-28)", "0.1.0 (2026-01-31)")
    assert.deepStrictEqual(changelogProblems("0.2.0", released, "v0.2.0"), [])
    assert.deepStrictEqual(changelogProblems("0.2.0", released, "v0.3.0"), [
      "The tag is v0.3.0; package.json says 0.2.0, whose tag is v0.2.0."
    ])
    assert.deepStrictEqual(changelogProblems("0.3.0", released), [
      'package.json says 0.3.0; the newest section of CHANGELOG.md is "## 0.2.0 (2026-02-28)".'
    ])
    assert.deepStrictEqual(changelogProblems("0.2.0", log("Unreleased"), "v0.2.0"), [
      'CHANGELOG.md: "## Unreleased" is to become "## 0.2.0 (YYYY-MM-DD)".'
    ])
  })

  it("has sections that are headed as they should be, and say something", () => {
    assert.deepStrictEqual(changelogProblems("0.2.0", log("0.2.0", "Unreleased")), [
      'CHANGELOG.md: "## 0.2.0" is neither "## Unreleased" nor "## VERSION (YYYY-MM-DD)".',
      'CHANGELOG.md: "## Unreleased" belongs above what is released.'
    ])
    assert.deepStrictEqual(changelogProblems("0.2.0", "# Changelog\n"), ["CHANGELOG.md has no section."])
    assert.deepStrictEqual(changelogProblems("0.2.0", "## Unreleased\n\n## 0.1.0 (2026-01-31)\n\n- one"), [
      'CHANGELOG.md says nothing under "## Unreleased".'
    ])
  })

  it("gives a release the notes of its own section", () => {
    const text = "# Changelog\n\n## 0.2.0 (2026-02-28)\n\n- two\n\n## 0.1.0 (2026-01-31)\n\n- one\n"
    assert.strictEqual(releaseNotes("0.1.0", text), "- one")
    assert.strictEqual(releaseNotes("0.2.0", text), "- two")
  })
})
