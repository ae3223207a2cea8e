// What a metric of runnerd is: the vocabulary of the tables.
//
// Answers for: shapes, and the labels whose values come from outside and have no end.

/** How its series are counted under the original's name, in `/diagnostics/vars`. */
export interface OriginalName {
  /** Of a histogram: its sum, in milliseconds. */
  readonly name: string
  /** A second name of the same figures. */
  readonly also?: string
  /** Of a histogram: its count. */
  readonly count?: string
  /** The labels that its key is made of, in order. */
  readonly key: ReadonlyArray<string>
}

interface Common {
  /** A sentence. */
  readonly help: string
  readonly labels: ReadonlyArray<string>
  readonly original?: OriginalName
}

export interface CounterDefinition extends Common {
  readonly type: "counter"
}
export interface GaugeDefinition extends Common {
  readonly type: "gauge"
}
export interface HistogramDefinition extends Common {
  readonly type: "histogram"
  /** Upper bounds, in seconds. */
  readonly buckets: ReadonlyArray<number>
}
export type MetricDefinition = CounterDefinition | GaugeDefinition | HistogramDefinition

/** What can be said of a workflow job, by the names that actions-runner-controller gave these labels, and its spec. */
export const jobLabels = [
  "repository_full_name",
  "workflow_name",
  "job_name",
  "spec",
  "repository",
  "owner",
  "head_branch",
  "runs_on"
] as const
export type JobLabel = (typeof jobLabels)[number]

/** Labels whose values others choose: what is beyond the limit of series is counted with `other` in their place. */
export const openLabels: ReadonlySet<string> = new Set([...jobLabels, "worker", "scope"])
