// docs/metrics.md, the table in the code, and what is counted are the same.
import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { metricsDocument } from "../scripts/MetricsDocument.ts"
import { jobLabels } from "../src/services/telemetry/Metric.ts"
import { definitionOf, type MetricName, metricTable } from "../src/services/telemetry/MetricTable.ts"

const names = Object.keys(metricTable) as ReadonlyArray<MetricName>

const sources = (folder: URL): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith("MetricTable.ts"))
    .map((file) => readFileSync(new URL(file, folder), "utf8"))

describe("the table of metrics", () => {
  it("is what docs/metrics.md shows (npm run docs writes it)", () => {
    assert.strictEqual(readFileSync(new URL("../docs/metrics.md", import.meta.url), "utf8"), metricsDocument())
  })
  it("has no metric that nothing counts", () => {
    const text = sources(new URL("../src/", import.meta.url)).join("\n")
    assert.deepStrictEqual(
      names.filter((name) => !text.includes(`"${name}"`)),
      []
    )
  })
  it("names metrics and labels as Prometheus asks: a counter ends in _total, and nothing else does but by tradition", () => {
    for (const name of names) {
      const { labels, type } = definitionOf(name)
      assert.match(name, /^[a-z][a-z0-9_]*$/)
      if (name !== "nodejs_active_resources_total")
        assert.strictEqual(name.endsWith("_total"), type === "counter", name)
      if (type === "histogram") assert.match(name, /_seconds$/)
      for (const label of labels) assert.match(label, /^[a-z][a-z_]*$/)
    }
  })
  it("has no label that holds an id", () => {
    const labels = new Set(names.flatMap((name) => definitionOf(name).labels))
    assert.sameMembers(
      [...labels],
      [
        ...jobLabels,
        "status",
        "worker",
        "scope",
        "source",
        "result",
        "stage",
        "reason",
        "disposition",
        "code",
        "operation",
        "path",
        "outcome",
        "job_conclusion",
        "method",
        "route",
        "version",
        "metric",
        "kind"
      ]
    )
  })
})
