// From the text of the configuration file to one value per known key.
//
// Answers for: YAML, unknown keys, types, required keys, defaults. Not for rules between keys (ConfigRules.ts).
// Gotchas: Effect's parser keeps no line numbers for values, so problems carry key paths; for syntax errors it names
// the line most of the time. The name of an unknown key is shown, for how else could it be found: a secret that stands
// where a key belongs shows too, up to its first character that no name has. Lookups use own properties only: a key may
// be called `constructor`.
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { configDocument } from "./ConfigDocument.ts"
import type { ConfigValues } from "./ConfigDocument.ts"
import { ConfigKey, ConfigList } from "./ConfigKey.ts"
import { kindOf, show } from "./ConfigReport.ts"
import type { ConfigReport } from "./ConfigReport.ts"
import { nearestName } from "../../NearestName.ts"

type Section = { readonly [name: string]: Section | ConfigKey<unknown> | ConfigList<{}> }

const isRecord = (value: unknown): value is Record<string, unknown> =>
  Predicate.isObject(value) && !Array.isArray(value)

const join = (path: string, name: string) => (path === "" ? name : `${path}.${name}`)

/** Full names of all keys called `name`, wherever they stand. */
const keysCalled = (name: string, section: Section = configDocument, path = ""): ReadonlyArray<string> =>
  Object.entries(section).flatMap(([own, entry]) =>
    entry instanceof ConfigKey || entry instanceof ConfigList
      ? own === name
        ? [join(path, own)]
        : []
      : keysCalled(name, entry, join(path, own))
  )

/** A mistyped line such as `token:value` makes the value part of a key: only the leading word of a key is shown. */
const shownName = (name: string): string => (/^[\w-]{1,40}$/.test(name) ? name : `${/^[\w-]{0,20}/.exec(name)![0]}…`)

const unknownKey = (name: string, section: Section, path: string): string => {
  const near = nearestName(name, Object.keys(section))
  if (near !== undefined) return `unknown key; did you mean ${join(path, near)}?`
  const elsewhere = keysCalled(name)
  if (elsewhere.length > 0) return `unknown key here; did you mean ${elsewhere.join(" or ")}?`
  return `unknown key; expected one of ${Object.keys(section).join(", ")}`
}

const readKey = (key: ConfigKey<unknown>, value: unknown, path: string, report: ConfigReport): unknown => {
  const absent =
    value === undefined || value === null || (key.blankIsAbsent && Predicate.isString(value) && value.trim() === "")
  if (absent) {
    if (key.required) report.add(path, `is missing; expected ${key.expected}`)
    return key.fallback
  }
  const decoded = Schema.decodeUnknownResult(key.schema)(value)
  if (Result.isSuccess(decoded)) return decoded.success
  const found = key.secret ? `${kindOf(value)} is not accepted` : `${show(value)} is not accepted`
  report.add(path, `${found}; expected ${key.expected}`)
  return undefined
}

const readSection = (section: Section, value: unknown, path: string, report: ConfigReport): unknown => {
  const wrong = value !== undefined && value !== null && !isRecord(value)
  if (wrong)
    report.add(path, `${kindOf(value)} is not accepted; expected a mapping with ${Object.keys(section).join(", ")}`)
  const entries = isRecord(value) ? value : {}
  for (const name of Object.keys(entries)) {
    if (!Object.hasOwn(section, name)) report.add(join(path, shownName(name)), unknownKey(name, section, path))
  }
  const read: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries(section)) {
    const own = join(path, name)
    const below = Object.hasOwn(entries, name) ? entries[name] : undefined
    if (entry instanceof ConfigKey) read[name] = wrong ? undefined : readKey(entry, below, own, report)
    else if (entry instanceof ConfigList) read[name] = readList(entry.entry, below, own, report)
    else read[name] = readSection(entry, below, own, report)
  }
  return read
}

/** An entry that is left blank lacks what its keys require. */
const readList = (entry: Section, value: unknown, path: string, report: ConfigReport): unknown => {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.map((each, index) => readSection(entry, each, `${path}[${index}]`, report))
  report.add(
    path,
    `${kindOf(value)} is not accepted; expected a list of mappings with ${Object.keys(entry).join(", ")}`
  )
  return undefined
}

/** What the parser says, without the text of an unquoted value that starts with `*`, which it takes for an alias. */
const syntaxMessage = (error: unknown): string =>
  (error instanceof Error ? error.message : "cannot be read").replace(
    /'\*.*'/s,
    "'*…' (put a value that starts with * in quotes)"
  )

/** Parses the text and reads every known key, reporting whatever is wrong; undefined when there is no document. */
export const readDocument = Effect.fnUntraced(function* (content: string, report: ConfigReport) {
  const parsed = yield* Effect.result(Effect.try({ try: () => Yaml.parse(content), catch: syntaxMessage }))
  if (Result.isFailure(parsed)) {
    report.add("", `is not valid YAML: ${parsed.failure}`)
    return undefined
  }
  const document = parsed.success
  if (document === null) {
    report.add("", "is empty; expected the settings shown in runnerd.yaml.example")
    return undefined
  }
  if (!isRecord(document)) {
    const sections = Object.keys(configDocument).join(", ")
    report.add("", `holds ${kindOf(document)}; expected a mapping with ${sections}`)
    return undefined
  }
  return readSection(configDocument, document, "", report) as ConfigValues
})
