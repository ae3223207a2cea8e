// Reads Prometheus' text format 0.0.4 by its own rules, strictly: what Prometheus would refuse is an error here.
import assert from "node:assert/strict"

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface MetricFamily {
  readonly help: string
  readonly type: string
  readonly samples: ReadonlyArray<Sample>
}

const unescaped: Readonly<Record<string, string>> = { "\\": "\\", '"': '"', n: "\n" }

/** The labels in `text` from `{` at `start`, and where the closing brace is. */
const labelsAt = (text: string, start: number): readonly [Record<string, string>, number] => {
  const labels: Record<string, string> = {}
  let at = start + 1
  while (text[at] !== "}") {
    const name = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(text.slice(at))?.[0] ?? ""
    assert.ok(name !== "" && !Object.hasOwn(labels, name), `a label's name at ${text.slice(at)}`)
    at += name.length
    assert.equal(text.slice(at, at + 2), '="')
    at += 2
    let value = ""
    while (text[at] !== '"') {
      assert.ok(at < text.length, "an unfinished label")
      if (text[at] === "\\") {
        const character = unescaped[text[at + 1] ?? ""]
        assert.ok(character !== undefined, `an unknown escape in ${text}`)
        value += character
        at += 2
      } else value += text[at++]
    }
    labels[name] = value
    at += 1
    if (text[at] === ",") at += 1
    else assert.equal(text[at], "}")
  }
  return [labels, at]
}

const valueOf = (text: string): number => {
  if (text === "+Inf") return Number.POSITIVE_INFINITY
  if (text === "-Inf") return Number.NEGATIVE_INFINITY
  assert.match(text, /^(NaN|-?\d+(\.\d+)?(e[+-]?\d+)?)$/)
  return Number(text)
}

const sampleOf = (line: string): Sample => {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0] ?? ""
  const [labels, end] = line[name.length] === "{" ? labelsAt(line, name.length) : [{}, name.length - 1]
  assert.equal(line[end + 1], " ")
  return { name, labels, value: valueOf(line.slice(end + 2)) }
}

/** The same for the same labels, in whatever order. */
const textOf = (labels: Sample["labels"]): string =>
  JSON.stringify(
    labels,
    Object.keys(labels).toSorted((a, b) => (a < b ? -1 : 1))
  )

const suffixes = ["_bucket", "_sum", "_count"]

const checkHistogram = (name: string, samples: ReadonlyArray<Sample>) => {
  const series = new Map<string, Array<Sample>>()
  for (const sample of samples) {
    const { le: _le, ...own } = sample.labels
    const key = textOf(own)
    series.set(key, [...(series.get(key) ?? []), sample])
  }
  for (const each of series.values()) {
    const buckets = each.filter((sample) => sample.name === `${name}_bucket`)
    const count = each.find((sample) => sample.name === `${name}_count`)?.value
    const bounds = buckets.map((sample) => valueOf(sample.labels["le"] ?? ""))
    assert.deepEqual(
      bounds,
      bounds.toSorted((a, b) => a - b)
    )
    assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY)
    assert.equal(buckets.at(-1)?.value, count)
    for (const [index, bucket] of buckets.entries()) assert.ok(bucket.value >= (buckets[index - 1]?.value ?? 0))
    assert.ok(each.some((sample) => sample.name === `${name}_sum`))
  }
}

/** By name. Fails when a family is torn apart, a series is there twice, or a histogram does not add up. */
export const parsePrometheus = (text: string): ReadonlyMap<string, MetricFamily> => {
  assert.ok(text.isWellFormed())
  assert.ok(text === "" || text.endsWith("\n"))
  const families = new Map<string, { help: string; type: string; samples: Array<Sample> }>()
  const seen = new Set<string>()
  let current = ""
  for (const line of text.split("\n").slice(0, -1)) {
    const comment = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line)
    if (comment?.[1] === "HELP") {
      current = comment[2] ?? ""
      assert.ok(!families.has(current), `${current} comes twice`)
      families.set(current, { help: comment[3] ?? "", type: "", samples: [] })
      continue
    }
    const family = families.get(current)
    assert.ok(family !== undefined, `a line without a family: ${line}`)
    if (comment?.[1] === "TYPE") {
      assert.equal(comment[2], current)
      family.type = comment[3] ?? ""
      continue
    }
    const sample = sampleOf(line)
    const allowed = family.type === "histogram" ? suffixes.map((suffix) => current + suffix) : [current]
    assert.ok(allowed.includes(sample.name), `${sample.name} is not of ${current}`)
    const key = sample.name + textOf(sample.labels)
    assert.ok(!seen.has(key), `a series comes twice: ${line}`)
    seen.add(key)
    family.samples.push(sample)
  }
  for (const [name, { samples, type }] of families) if (type === "histogram") checkHistogram(name, samples)
  return families
}

/** The sum of all series with these labels, whatever others they have. */
export const valueIn = (
  families: ReadonlyMap<string, MetricFamily>,
  sampleName: string,
  labels: Readonly<Record<string, string>> = {}
): number =>
  [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter(({ name }) => name === sampleName)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0)
