// A configuration file with a comment before each key, in the words of ConfigText.ts.
//
// Answers for: which keys are there, in the document's order, their comments, and YAML that reads back as the same values.
// Not for the words, nor for whether the values are acceptable.
import { configDocument } from "./ConfigDocument.ts"
import { ConfigKey, ConfigList } from "./ConfigKey.ts"
import { configText } from "./ConfigText.ts"
import type { KeyText } from "./ConfigText.ts"

/** What a written file says of one key. */
export type WrittenValue = string | number | boolean | ReadonlyArray<string>

/** By section and key, as in the file; what is undefined is left out. */
export type WrittenValues<T = typeof configDocument> = {
  readonly [K in keyof T]?:
    | (T[K] extends ConfigKey<unknown> ? WrittenValue : T[K] extends ConfigList<{}> ? never : WrittenValues<T[K]>)
    | undefined
}

type Section = { readonly [name: string]: Section | ConfigKey<unknown> | ConfigList<{}> }
type Texts = { readonly [name: string]: KeyText | SectionText | ListText }
interface SectionText {
  readonly says?: string
  readonly keys: Texts
}
interface ListText {
  readonly says: string
  readonly entry: { readonly keys: { readonly [name: string]: KeyText } }
}

/** A key's line: its value as YAML, and whether it counts or is commented out. Undefined: it is not there. */
type Choose = (path: ReadonlyArray<string>, key: ConfigKey<unknown>, text: KeyText) => Line | undefined
interface Line {
  readonly value: string
  readonly counts: boolean
}

const width = 120

const comment = (indent: string, text: string | undefined): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of text?.split(" ") ?? []) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(`${indent}# ${word}`)
  }
  return lines
}

/** Texts that no parser takes for anything else; all others are quoted. */
const isPlain = (text: string) =>
  /^[A-Za-z/][\w./@-]*(?::\/\/[\w./@-]+(?::\d+)?[\w./@-]*)?$/.test(text) &&
  !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)

/** JSON, but for characters that JSON shows and YAML does not. */
const quoted = (text: string) =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

const asYaml = (value: WrittenValue): string =>
  typeof value === "string"
    ? isPlain(value)
      ? value
      : quoted(value)
    : typeof value === "object"
      ? `[${value.map(asYaml).join(", ")}]`
      : String(value)

const keyLines = (indent: string, name: string, { value, counts }: Line): ReadonlyArray<string> =>
  `${name}:${value === "" ? "" : ` ${value}`}`.split("\n").map((line) => `${indent}${counts ? "" : "#"}${line}`)

const twinOf = (name: string) => (name.endsWith("_file") ? name.slice(0, -"_file".length) : `${name}_file`)

/** An example of one entry: nothing of a list counts, and what is to be said of it is said before. */
const listLines = (indent: string, name: string, entry: Section, text: ListText): ReadonlyArray<string> => [
  ...comment(indent, text.says),
  `${indent}#${name}:`,
  ...Object.keys(entry).map((own, index) => {
    const line = `${own}: ${text.entry.keys[own]?.shown}`
    return index === 0 ? `${indent}  #- ${line}` : `${indent}    #${line}`
  })
]

const sectionLines = (
  path: ReadonlyArray<string>,
  section: Section,
  text: SectionText,
  choose: Choose,
  lists: boolean
): ReadonlyArray<string> => {
  const indent = "  ".repeat(path.length)
  const chosen = new Map<string, Line>()
  for (const [name, entry] of Object.entries(section)) {
    const line = entry instanceof ConfigKey ? choose([...path, name], entry, text.keys[name] as KeyText) : undefined
    if (line !== undefined) chosen.set(name, line)
  }
  const body = Object.entries(section).flatMap(([name, entry]): ReadonlyArray<string> => {
    const own = text.keys[name]!
    if (entry instanceof ConfigList) return lists ? listLines(indent, name, entry.entry, own as ListText) : []
    if (!(entry instanceof ConfigKey)) return sectionLines([...path, name], entry, own as SectionText, choose, lists)
    const line = chosen.get(name)
    if (line === undefined) return []
    const twin = twinOf(name)
    const says = own.says ?? (chosen.has(twin) ? undefined : text.keys[twin]?.says)
    return [...comment(indent, says), ...keyLines(indent, name, line)]
  })
  const name = path.at(-1)
  if (name === undefined || body.length === 0) return body
  const outer = indent.slice(2)
  const counts = body.some((line) => !/^ *#/.test(line))
  return [
    ...(path.length === 1 ? [""] : []),
    ...comment(outer, text.says),
    `${outer}${counts ? "" : "#"}${name}:`,
    ...body
  ]
}

const written = (choose: Choose, lists: boolean): string =>
  sectionLines([], configDocument, { keys: configText }, choose, lists)
    .map((line) => `${line}\n`)
    .join("")

/** Every key: with its default, as a line to fill in, or commented out. */
export const everyKey = (): string =>
  written((_, { fallback }, { shown, counts }) => {
    const value = shown ?? (fallback === undefined ? undefined : asYaml(fallback as WrittenValue))
    return value === undefined ? undefined : { value, counts }
  }, true)

/** These keys with these values, and no others. */
export const onlyKeys = (values: WrittenValues): string =>
  written((path) => {
    const value = path.reduce<unknown>(
      (tree, name) => (tree as Record<string, unknown> | undefined)?.[name],
      values
    ) as WrittenValue | undefined
    return value === undefined ? undefined : { value: asYaml(value), counts: true }
  }, false)
