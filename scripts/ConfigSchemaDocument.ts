// runnerd.schema.json: the JSON schema of the configuration file, for editors, made from the code.
//
// `npm run docs` writes it; test/services/config/ConfigSchema.test.ts fails when it is out of date. What it refuses the service refuses,
// too; what needs more than one key, or a look at a value's meaning, is left to `runnerd check-config`.
// Gotcha: draft 7, for that is what editors know; and a key without a value is an absent one, so null is welcome.
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Schema from "effect/Schema"
import { configDocument } from "../src/services/config/ConfigDocument.ts"
import { anyCase, ConfigKey, ConfigList } from "../src/services/config/ConfigKey.ts"
import { configText } from "../src/services/config/ConfigText.ts"

type Json = { readonly [key: string]: unknown }
type Section = { readonly [name: string]: Section | ConfigKey<unknown> | ConfigList<{}> }
/** Of a key, a section or a list: what of these there is. */
interface Text {
  readonly says?: string | undefined
  readonly keys?: Texts
  readonly entry?: { readonly keys: Texts }
}
type Texts = { readonly [name: string]: Text }

const blank = { type: "string", pattern: "^\\s*$" }

const accepted = ({ schema, words, blankIsAbsent }: ConfigKey<unknown>): Json => {
  const { definitions, schema: made } = Schema.toJsonSchemaDocument(schema)
  if (Object.keys(definitions).length > 0) throw new Error("a key refers to a definition")
  const { type, ...rest } = made
  if (words.length > 0) {
    return { anyOf: [{ enum: words }, { type: "string", pattern: anyCase(words).source }, blank, { type: "null" }] }
  }
  if (type === "string" || (typeof type === "string" && !blankIsAbsent)) return { ...rest, type: [type, "null"] }
  return { anyOf: [made, ...(blankIsAbsent ? [blank] : []), { type: "null" }] }
}

const keySchema = (key: ConfigKey<unknown>, says: string): Json => ({
  description: `${says}\n\nExpected: ${key.expected}.`,
  ...(key.fallback === undefined ? {} : { default: key.fallback }),
  ...accepted(key)
})

const isRequired = (entry: Section[string]): boolean =>
  entry instanceof ConfigKey
    ? entry.required
    : entry instanceof ConfigList
      ? false
      : Object.values(entry).some(isRequired)

const described = (says: string | undefined): Json => (says === undefined ? {} : { description: says })

const sectionSchema = (section: Section, { says, keys = {} }: Text): Json => {
  const required = Object.keys(section).filter((name) => isRequired(section[name]!))
  const twin = (name: string) => keys[name.endsWith("_file") ? name.slice(0, -"_file".length) : `${name}_file`]
  return {
    ...described(says),
    type: required.length === 0 ? ["object", "null"] : "object",
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(
      Object.entries(section).map(([name, entry]) => {
        const text = keys[name]!
        if (entry instanceof ConfigList) {
          const items = sectionSchema(entry.entry, text.entry ?? {})
          return [name, { ...described(text.says), type: ["array", "null"], items }]
        }
        if (!(entry instanceof ConfigKey)) return [name, sectionSchema(entry, text)]
        const says = text.says ?? twin(name)?.says
        if (says === undefined) throw new Error(`nothing is said of ${name}`)
        return [name, keySchema(entry, says)]
      })
    )
  }
}

export const schemaDocument = (): string => {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "The configuration of runnerd",
    ...sectionSchema(configDocument, { keys: configText })
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

const file = fileURLToPath(new URL("../runnerd.schema.json", import.meta.url))

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file, schemaDocument())
