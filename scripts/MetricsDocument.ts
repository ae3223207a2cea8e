// The table in docs/metrics.md, made from the code's own.
//
// `npm run docs` writes it; test/MetricsDocument.test.ts fails when it is out of date. What stands
// above the table is written by hand.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { jobMetrics } from "../src/services/telemetry/JobMetricTable.ts"
import { jobLabels, type MetricDefinition } from "../src/services/telemetry/Metric.ts"
import { processMetrics } from "../src/services/telemetry/ProcessMetricTable.ts"
import { runnerMetrics, sharedMetrics } from "../src/services/telemetry/RunnerMetricTable.ts"
import { table } from "./MarkdownTable.ts"

const heading = "## Every metric\n"

const code = (names: ReadonlyArray<string>) => names.map((name) => `\`${name}\``).join(", ")

const labelsOf = ({ labels }: MetricDefinition): string => {
  const ofJobs = jobLabels.every((label) => labels.includes(label))
  const own = ofJobs ? labels.filter((label) => !jobLabels.some((each) => each === label)) : labels
  return [...(ofJobs ? ["those of jobs"] : []), ...(own.length === 0 ? [] : [code(own)])].join(", ")
}

const originalOf = ({ original }: MetricDefinition): string =>
  original === undefined
    ? ""
    : code([original.name, original.also, original.count].filter((name) => name !== undefined))

const rowsOf = (metrics: Readonly<Record<string, MetricDefinition>>) =>
  Object.entries(metrics).map(([name, metric]) => [
    `\`${name}\``,
    metric.type,
    labelsOf(metric),
    metric.help,
    originalOf(metric)
  ])

const section = (title: string, metrics: Readonly<Record<string, MetricDefinition>>) =>
  `### ${title}\n\n${table(["name", "type", "labels", "meaning", "in /diagnostics/vars"], rowsOf(metrics))}\n`

const tables = (): string =>
  [
    section("Of the database: the same from each process", sharedMetrics),
    section("Of jobs: counted by the process that took the news in", jobMetrics),
    section("Of requests and calls: counted by the process that did it", runnerMetrics),
    section("Of the process", processMetrics)
  ].join("\n")

const file = fileURLToPath(new URL("../docs/metrics.md", import.meta.url))

/** The document with its table as the code has it. */
export const metricsDocument = (): string => {
  const text = readFileSync(file, "utf8")
  return `${text.slice(0, text.indexOf(heading))}${heading}\n${tables()}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, metricsDocument())
