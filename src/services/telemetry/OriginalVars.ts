// Metrics as `/diagnostics/vars` shows them: JSON under the original's names.
//
// Gotcha: the original joined the values of a key by `|` as they were, so that one with a `|` in it could not be told from
// two (E-121); here `|` and `\` inside a value are written `\|` and `\\`.
import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { OriginalName } from "./Metric.ts"
import { definitionOf, type MetricName, metricTable } from "./MetricTable.ts"

export type Vars = Record<string, number | Record<string, number>>

const keyPart = (value: string) => value.replaceAll(/[\\|]/g, (character) => `\\${character}`)

const keyOf = ({ key }: OriginalName, attributes: Metric.Metric.AttributeSet | undefined) =>
  key.map((label) => keyPart(attributes?.[label] ?? "")).join("|")

const isName = (id: string): id is MetricName => Object.hasOwn(metricTable, id)

type Entries = Map<string, Map<string, number>>

/** Adds what is in the registry of this context. Series that differ only in labels the original had not are summed. */
const collect = (entries: Entries, context: Context.Context<never>) => {
  const put = (name: string, original: OriginalName, attributes: Metric.Metric.AttributeSet | undefined, n: number) => {
    const key = keyOf(original, attributes)
    const known = entries.get(name) ?? new Map<string, number>()
    entries.set(name, known.set(key, (known.get(key) ?? 0) + n))
  }
  for (const metric of Metric.snapshotUnsafe(context)) {
    const original = isName(metric.id) ? definitionOf(metric.id).original : undefined
    if (original === undefined) continue
    const { attributes } = metric
    if (metric.type === "Histogram") {
      put(original.name, original, attributes, Math.round(metric.state.sum * 1000))
      if (original.count !== undefined) put(original.count, original, attributes, metric.state.count)
    } else if (metric.type === "Counter" || metric.type === "Gauge") {
      const value = Number(metric.type === "Counter" ? metric.state.count : metric.state.value)
      put(original.name, original, attributes, value)
      if (original.also !== undefined) put(original.also, original, attributes, value)
    }
  }
}

const names = (Object.keys(metricTable) as ReadonlyArray<MetricName>).flatMap((name) => {
  const { original } = definitionOf(name)
  return original === undefined ? [] : [original]
})

/** All names of the original, those that counted nothing yet as empty maps; a figure without a key is a number. */
export const originalVars = (contexts: ReadonlyArray<Context.Context<never>>): Vars => {
  const entries: Entries = new Map()
  for (const { also, count, key, name } of names) {
    if (key.length > 0) for (const each of [name, also, count]) if (each !== undefined) entries.set(each, new Map())
  }
  for (const context of contexts) collect(entries, context)
  const plain = new Set(names.flatMap(({ key, name }) => (key.length === 0 ? [name] : [])))
  return Object.fromEntries(
    [...entries].map(([name, values]) => [name, plain.has(name) ? (values.get("") ?? 0) : Object.fromEntries(values)])
  )
}
