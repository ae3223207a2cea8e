// Every metric there is. docs/metrics.md is made from this table, and nothing is counted that is not in it.
import { jobMetrics } from "./JobMetricTable.ts"
import type { MetricDefinition } from "./Metric.ts"
import { processMetrics } from "./ProcessMetricTable.ts"
import { runnerMetrics, sharedMetrics } from "./RunnerMetricTable.ts"

export const metricTable = { ...sharedMetrics, ...runnerMetrics, ...jobMetrics, ...processMetrics }

type Table = typeof metricTable
export type MetricName = keyof Table
type OfType<T extends MetricDefinition["type"]> = {
  [N in MetricName]: Table[N]["type"] extends T ? N : never
}[MetricName]
export type CounterName = OfType<"counter">
export type GaugeName = OfType<"gauge">
export type HistogramName = OfType<"histogram">
/** A value for each label of the metric. */
export type LabelsOf<N extends MetricName> = Readonly<Record<Table[N]["labels"][number], string>>

export const definitionOf = (name: MetricName): MetricDefinition => metricTable[name]
