// What the written pages say of the code and of each other, where a test can see whether it is still so.
import { assert, describe, it } from "vitest"
import { runnerOutdatedCode, silenceCode, unconfirmedCode } from "../../src/services/Warnings.ts"
import { startRunnerScript } from "../../src/services/sandbox/StartScriptText.ts"
import { metricTable } from "../../src/services/telemetry/MetricTable.ts"
import { page } from "./Documents.ts"

const section = (file: string, heading: string): string => {
  const { text } = page(file)
  const from = text.indexOf(`\n## ${heading}\n`)
  assert.isAtLeast(from, 0, `${file} has no "${heading}"`)
  const to = text.indexOf("\n## ", from + 1)
  return text.slice(from, to === -1 ? undefined : to)
}

const metricsIn = (text: string): ReadonlySet<string> =>
  new Set(Object.keys(metricTable).filter((name) => new RegExp(`\\b${name}\\b`).test(text)))

describe("docs/operators.md", () => {
  it("says of each alarm of docs/metrics.md what to do, and of no other", () => {
    const alarms = metricsIn(section("docs/metrics.md", "Worth an alarm"))
    assert.isAbove(alarms.size, 5)
    assert.deepStrictEqual(metricsIn(section("docs/operators.md", "What each alarm means")), alarms)
  })
  it("says of each warning of /readyz what to do", () => {
    const text = section("docs/operators.md", "What each alarm means")
    for (const code of [silenceCode, runnerOutdatedCode, unconfirmedCode]) assert.include(text, `\`${code}\``)
  })
})

describe("docs/workflow-authors.md", () => {
  it("shows the lines that the pre-job hook prints", () => {
    const shown = page("docs/workflow-authors.md").blocks.find(({ language }) => language === "text")?.text ?? ""
    const [hook = ""] = /<<'HOOK'\n([\s\S]*?)\nHOOK\n/.exec(startRunnerScript)?.slice(1) ?? []
    const printed = [...hook.matchAll(/echo "([^"]*)"/g)].map(([, line = ""]) =>
      line
        .replace(/^::notice title=.*::.*$/, "Notice: $summary")
        .replace("$summary", /summary="(.*)"/.exec(hook)?.[1] ?? "")
        .replaceAll(/\$\w+/g, "…")
    )
    assert.strictEqual(printed.length, 6)
    assert.deepStrictEqual(shown.trim().split("\n"), printed)
  })
})
