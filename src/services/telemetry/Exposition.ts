// Metrics as Prometheus reads them: text format 0.0.4.
//
// Effect's `PrometheusMetrics.format` writes the same lines (a test compares) but takes 0.4 s for a thousand histograms,
// because it makes the text of each label anew for each bucket; here that text is kept with its series.
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"

export const contentType = "text/plain; version=0.0.4; charset=utf-8"

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" }
const labelValue = (value: string) => value.replaceAll(/[\\"\n]/g, (character) => escapes[character] ?? character)
const helpText = (text: string) => text.replaceAll(/[\\\n]/g, (character) => escapes[character] ?? character)

const number = (value: number | bigint): string =>
  value === Number.POSITIVE_INFINITY ? "+Inf" : value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value)

const labelTexts = new WeakMap<object, string>()

/** `name="value",…` of a series. */
const labelsOf = (attributes: Metric.Metric.AttributeSet | undefined): string => {
  if (attributes === undefined) return ""
  const known = labelTexts.get(attributes)
  if (known !== undefined) return known
  const text = Object.entries(attributes)
    .map(([name, value]) => `${name}="${labelValue(value)}"`)
    .join(",")
  labelTexts.set(attributes, text)
  return text
}

const histogram = (name: string, labels: string, state: Metric.HistogramState, lines: Array<string>) => {
  const before = labels === "" ? "" : `${labels},`
  for (const [bound, count] of state.buckets) lines.push(`${name}_bucket{${before}le="${bound}"} ${count}`)
  lines.push(`${name}_bucket{${before}le="+Inf"} ${state.count}`)
  const own = labels === "" ? "" : `{${labels}}`
  lines.push(`${name}_sum${own} ${number(state.sum)}`, `${name}_count${own} ${state.count}`)
}

const single = (name: string, labels: string, value: number | bigint) =>
  `${name}${labels === "" ? "" : `{${labels}}`} ${number(value)}`

/** All metrics of the registry in this context, each family in one piece. */
export const exposition = (context: Context.Context<never>): string => {
  const families = new Map<string, Array<string>>()
  for (const metric of Metric.snapshotUnsafe(context)) {
    let lines = families.get(metric.id)
    if (lines === undefined) {
      lines = [
        `# HELP ${metric.id} ${helpText(metric.description ?? "")}`,
        `# TYPE ${metric.id} ${metric.type.toLowerCase()}`
      ]
      families.set(metric.id, lines)
    }
    const labels = labelsOf(metric.attributes)
    if (metric.type === "Histogram") histogram(metric.id, labels, metric.state, lines)
    else if (metric.type === "Counter") lines.push(single(metric.id, labels, metric.state.count))
    else if (metric.type === "Gauge") lines.push(single(metric.id, labels, metric.state.value))
  }
  return [...families.values()].map((lines) => `${lines.join("\n")}\n`).join("")
}
