// Counting: the one way by which anything becomes a metric.
//
// Answers for: series of the table's metrics in a registry of Effect's `Metric`, with the labels that the configuration
// keeps, and with a bound on how many there can be. Not for showing them (Exposition.ts).
// Gotchas: it never fails and never waits, so it may be called from a hot path; what is counted must be durable by then.
// A value that is no Unicode text is made one before it is compared: two series that look alike would spoil the scrape.
import * as Context from "effect/Context"
import { constVoid } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import { type JobLabel, jobLabels, type MetricDefinition, openLabels } from "./Metric.ts"
import {
  type CounterName,
  definitionOf,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricName
} from "./MetricTable.ts"

export interface MetricsOptions {
  /** Which labels the counters of jobs have. */
  readonly jobLabels: ReadonlyArray<JobLabel>
  /** Which labels the histograms of jobs have: each series is one for every bucket. */
  readonly jobDurationLabels: ReadonlyArray<JobLabel>
  /** Series of one metric; what comes beyond is counted under `other`. */
  readonly maxSeries: number
}

export const defaultOptions: MetricsOptions = {
  jobLabels: ["repository_full_name", "workflow_name", "job_name", "spec"],
  jobDurationLabels: ["repository_full_name", "workflow_name", "spec"],
  maxSeries: 500
}

export interface MetricsShape {
  readonly options: MetricsOptions
  /** Holds the registry: for `Metric.snapshotUnsafe`. */
  readonly context: Context.Context<never>
  readonly count: <N extends CounterName>(name: N, labels: LabelsOf<N>, by?: number) => void
  /** In seconds; a negative duration is no duration and is dropped (E-122). */
  readonly observe: <N extends HistogramName>(name: N, labels: LabelsOf<N>, seconds: number) => void
  readonly set: <N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number) => void
  readonly add: <N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number) => void
  /** A series that is read when it is asked for. */
  readonly watch: (name: CounterName | GaugeName, read: () => number) => void
}

const other = "other"
const longestValue = 200
const jobLabelSet: ReadonlySet<string> = new Set(jobLabels)

const tidy = (value: string): string => value.slice(0, longestValue).toWellFormed()

const metricOf = (name: string, definition: MetricDefinition, attributes: Readonly<Record<string, string>>) => {
  const common = { description: definition.help, attributes }
  if (definition.type === "counter") return Metric.counter(name, { ...common, incremental: true })
  if (definition.type === "gauge") return Metric.gauge(name, common)
  return Metric.histogram(name, { ...common, boundaries: definition.buckets })
}

type AnyMetric = Metric.Metric<number, unknown>

/** The series of one metric. */
class Family {
  readonly #name: string
  readonly #definition: MetricDefinition
  readonly #labels: ReadonlyArray<string>
  readonly #maxSeries: number
  readonly #overflowed: () => void
  readonly #series = new Map<string, AnyMetric>()

  constructor(name: string, definition: MetricDefinition, options: MetricsOptions, overflowed: () => void) {
    const kept: ReadonlyArray<string> = definition.type === "histogram" ? options.jobDurationLabels : options.jobLabels
    const ofJobs = jobLabels.every((label) => definition.labels.includes(label))
    this.#name = name
    this.#definition = definition
    this.#labels = definition.labels.filter((label) => !ofJobs || !jobLabelSet.has(label) || kept.includes(label))
    this.#maxSeries = options.maxSeries
    this.#overflowed = overflowed
  }

  series(labels: Readonly<Record<string, string>>): AnyMetric {
    // Nearly always the values are tidy and known, and then that is all.
    const known = this.#series.get(keyOf(this.#labels, labels))
    if (known !== undefined) return known
    const tidied = Object.fromEntries(this.#labels.map((label) => [label, tidy(labels[label] ?? "")]))
    const counted = this.#series.get(keyOf(this.#labels, tidied))
    if (counted !== undefined) return counted
    if (this.#series.size < this.#maxSeries) return this.#add(tidied)
    this.#overflowed()
    const closed = Object.fromEntries(
      this.#labels.map((label) => [label, openLabels.has(label) ? other : (tidied[label] ?? "")])
    )
    return this.#series.get(keyOf(this.#labels, closed)) ?? this.#add(closed)
  }

  #add(attributes: Readonly<Record<string, string>>): AnyMetric {
    const metric = metricOf(this.#name, this.#definition, attributes)
    this.#series.set(keyOf(this.#labels, attributes), metric)
    return metric
  }
}

/** Whatever characters the values have, no two lists of values have the same key. */
const keyOf = (names: ReadonlyArray<string>, labels: Readonly<Record<string, string>>): string => {
  let key = ""
  for (const name of names) {
    const value = labels[name] ?? ""
    key += `${value.length}:${value}`
  }
  return key
}
export const makeMetrics = (options: MetricsOptions): MetricsShape => {
  const context = Context.make(Metric.MetricRegistry, new Map())
  const families = new Map<MetricName, Family>()

  const overflowed = (metric: MetricName) => () => {
    if (metric !== "runnerd_metrics_overflow_total") metrics.count("runnerd_metrics_overflow_total", { metric })
  }

  const series = (name: MetricName, labels: Readonly<Record<string, string>>) => {
    let family = families.get(name)
    if (family === undefined) {
      family = new Family(name, definitionOf(name), options, overflowed(name))
      families.set(name, family)
    }
    return family.series(labels)
  }

  const metrics: MetricsShape = {
    options,
    context,
    count: (name, labels, by = 1) => series(name, labels).updateUnsafe(by, context),
    observe: (name, labels, seconds) => {
      if (seconds >= 0) series(name, labels).updateUnsafe(seconds, context)
    },
    set: (name, labels, value) => series(name, labels).updateUnsafe(value, context),
    add: (name, labels, value) => series(name, labels).modifyUnsafe(value, context),
    watch: (name, read) => {
      const { help, type } = definitionOf(name)
      const written = { update: constVoid, modify: constVoid }
      if (type === "counter") {
        const get = () => ({ count: read(), incremental: true })
        Metric.registerUnsafe(Metric.counter(name, { description: help }), context, { get, ...written })
      } else {
        const get = () => ({ value: read() })
        Metric.registerUnsafe(Metric.gauge(name, { description: help }), context, { get, ...written })
      }
    }
  }
  return metrics
}

/** Where a layer counts. Ambient, like Effect's own registry: without a layer each process has one by default. */
export const Metrics: Context.Reference<MetricsShape> = Context.Reference<MetricsShape>(
  "runnerd/services/telemetry/Metrics",
  { defaultValue: () => makeMetrics(defaultOptions) }
)

export const layer = (options: MetricsOptions) => Layer.sync(Metrics, () => makeMetrics(options))
