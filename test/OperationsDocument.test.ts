// docs/operations.md knows every code that a request or a timeline can carry, and no other.
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { RefusalCode } from "../src/domain/AdmissionReasoning.ts"
import { ExplanationCode } from "../src/domain/Explanation.ts"
import { CheckName } from "../src/domain/Finding.ts"
import { ReasonCode } from "../src/domain/ReasonCode.ts"
import { Stage } from "../src/domain/RunnerRequest.ts"
import { TimelineCode } from "../src/domain/Timeline.ts"

const text = readFileSync(new URL("../docs/operations.md", import.meta.url), "utf8")

/** The codes in the first column of the tables between these two headings. */
const codesBetween = (from: string, to: string): ReadonlyArray<string> => {
  const section = text.slice(text.indexOf(`\n${from}\n`), text.indexOf(`\n${to}\n`))
  return [...section.matchAll(/^\| `([a-zA-Z_0-9]+)` .*\| \S.*\|$/gm)].map((match) => match[1] ?? "")
}

describe("docs/operations.md", () => {
  it("says of each reason what it means and what to do", () => {
    const documented = codesBetween("## Codes of failures and waits", "## Stages")
    const known = new Set([...ReasonCode.literals, ...RefusalCode.literals, "exit_code_N"])
    assert.sameMembers([...documented], [...known])
  })
  it("says of each reason to wait what it means and what to do", () => {
    const documented = codesBetween("## Why a request waits", "## Codes of failures and waits")
    assert.sameMembers([...documented], [...ExplanationCode.literals])
  })
  it("says of each stage what was being done", () => {
    assert.sameMembers([...codesBetween("## Stages", "## Codes of the timeline")], [...Stage.literals])
  })
  it("says of each check of the doctor what is looked at and what to do", () => {
    assert.deepStrictEqual([...codesBetween("## The doctor", "## The log")], [...CheckName.literals])
  })
  it("says of each code of the timeline what happened", () => {
    const documented = codesBetween("## Codes of the timeline", "## Stopping and starting runnerd")
    assert.sameMembers([...documented], [...TimelineCode.literals])
  })
})
