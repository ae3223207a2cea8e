// The JSON schema of the configuration file, by which editors judge: held to the code it is made of, and to the loader.
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Ajv, type ErrorObject } from "ajv"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { parseAllDocuments } from "yaml"
import { exampleDocument } from "../../../scripts/ConfigExampleDocument.ts"
import { schemaDocument } from "../../../scripts/ConfigSchemaDocument.ts"
import { startLocalWorld } from "../../../src/demo/LocalWorld.ts"
import { configDocument } from "../../../src/services/config/ConfigDocument.ts"
import { ConfigKey, ConfigList } from "../../../src/services/config/ConfigKey.ts"
import { minimal, problems, withChanges } from "../../support/ConfigFiles.ts"

const root = new URL("../../../", import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), "utf8")

interface JsonSchema {
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
}

const schema = JSON.parse(schemaDocument()) as JsonSchema
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true })
const validate = ajv.compile(schema)
const shown = ({ instancePath, message }: ErrorObject) => `${instancePath} ${message}`
const faults = (document: unknown): ReadonlyArray<string> =>
  validate(document) ? [] : (validate.errors ?? []).map(shown)
/** Whether it is of a configuration, and no workflow or manifest. */
const isPart = (document: unknown): boolean =>
  typeof document === "object" && document !== null && Object.keys(document).every((name) => name in schema.properties!)

const faultsOfText = (text: string) => faults(Yaml.parse(text))

interface Leaf {
  readonly path: string
  readonly key: ConfigKey<unknown>
  readonly schema: JsonSchema
  /** A document that says this and no more than that and what it must. */
  readonly saying: (value: unknown) => Record<string, unknown>
}

const leaves = (
  section: object = configDocument,
  below: JsonSchema = schema,
  path = "",
  saying: Leaf["saying"] = (value) => value as Record<string, unknown>
): ReadonlyArray<Leaf> =>
  Object.entries(section).flatMap(([name, entry]): ReadonlyArray<Leaf> => {
    const own = path === "" ? name : `${path}.${name}`
    const schema = below.properties![name]!
    const within = (value: unknown) => saying({ [name]: value })
    if (entry instanceof ConfigKey) return [{ path: own, key: entry, schema, saying: within }]
    if (!(entry instanceof ConfigList)) return leaves(entry, schema, own, within)
    const required = Object.fromEntries(
      Object.entries(entry.entry as Record<string, ConfigKey<unknown>>).flatMap(([name, { required, words }]) =>
        required ? [[name, words[0] ?? "x"]] : []
      )
    )
    return leaves(entry.entry, schema.items, `${own}[0]`, (value) => within([{ ...required, ...(value as object) }]))
  })

const allLeaves = leaves()

/** What people write into files, and what they never would. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(null, "", "  ", true, false, "unlimited", "UNLIMITED", [], {}, ["x", null], ["x", "x"]),
  fc.integer({ min: -5, max: 3_000_000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true, min: -10, max: 1e9 }),
  fc.constantFrom(...allLeaves.flatMap(({ key }) => key.words.flatMap((word) => [word, ` ${word.toUpperCase()}\t`]))),
  fc.string({ unit: "grapheme-ascii" }),
  fc.array(fc.oneof(fc.string({ unit: "grapheme-ascii" }), fc.integer(), fc.constant(null))),
  fc.constantFrom(["job_name"], ["job_name", "spec"], ["spec", "spec"], ["nonsense"])
)

describe("the JSON schema of the configuration file", () => {
  it("is what runnerd.schema.json holds, and the example is made of the same words (npm run docs writes both)", () => {
    assert.strictEqual(read("runnerd.schema.json"), schemaDocument())
    assert.strictEqual(read("runnerd.yaml.example"), exampleDocument())
  })

  it("says of each key and each section of several what it means, in which unit, and its default", () => {
    assert.isAbove(allLeaves.length, 80)
    for (const { key, path, schema } of allLeaves) {
      const { description = "" } = schema
      assert.match(description, /^[^\n]{15,}\.\n\nExpected: .+\.$/, path)
      assert.deepStrictEqual(schema.default, key.fallback, path)
      const [, unit] = /_(seconds|days)$/.exec(path) ?? []
      if (unit !== undefined) assert.include(description, ` ${unit}`, path)
    }
    for (const [name, { description, properties }] of Object.entries(schema.properties!)) {
      if (description !== undefined) assert.match(description, /\.$/, name)
      for (const list of Object.values(properties ?? {})) if (list.items) assert.match(list.description ?? "", /\.$/)
    }
  })

  it("accepts the example, every configuration that comes with it, and those that demo and tests start with", async () => {
    const manifests = parseAllDocuments(read("deploy/kubernetes/runnerd.yaml")).map(
      (document) => document.toJS() as { readonly data?: Readonly<Record<string, string>> }
    )
    const mounted = manifests.flatMap(({ data }) =>
      data?.["runnerd.yaml"] === undefined ? [] : [data["runnerd.yaml"]]
    )
    assert.strictEqual(mounted.length, 1)
    const files = ["runnerd.yaml.example", "deploy/compose/runnerd.yaml", "test/package/image.yaml"].map(read)
    for (const text of [...files, ...mounted]) assert.deepStrictEqual(faultsOfText(text), [], text)
    assert.deepStrictEqual(faults(minimal), [])
    const world = await startLocalWorld({ installations: [], templates: [], entry: "none" })
    try {
      assert.deepStrictEqual(faultsOfText(readFileSync(world.configFile, "utf8")), [])
    } finally {
      await world.close()
    }
  })

  it("accepts what the documents show of a configuration, but for what a part leaves out", () => {
    const documents = [
      "README.md",
      "deploy/README.md",
      ...readdirSync(new URL("docs", root)).map((name) => `docs/${name}`)
    ]
    const blocks = documents
      .filter((path) => path.endsWith(".md"))
      .flatMap((path) => [...read(path).matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => ({ path, text })))
    const parts = blocks.filter(({ text }) => isPart(Yaml.parse(text)))
    assert.isAtLeast(parts.length, 3)
    for (const { path, text } of parts) {
      validate(Yaml.parse(text))
      const wrong = (validate.errors ?? []).filter(({ keyword }) => keyword !== "required")
      assert.deepStrictEqual(wrong.map(shown), [], `${path}:\n${text}`)
    }
  })

  it("is named by the first line of the files that stand in the checkout", () => {
    for (const path of ["runnerd.yaml.example", "deploy/compose/runnerd.yaml"]) {
      const [, named = ""] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(read(path)) ?? []
      assert.strictEqual(new URL(named, new URL(path, root)).href, new URL("runnerd.schema.json", root).href)
    }
  })

  it("accepts the example with all its alternatives taken in, but for those that exclude each other", () => {
    const everything = read("runnerd.yaml.example").replaceAll(/^( +)#(?=[a-z_]+:|- |  )/gm, "$1")
    assert.deepStrictEqual(faultsOfText(everything), [])
  })

  it.effect("refuses, as the loader does, unknown keys at any depth and sections of a wrong type", () =>
    Effect.gen(function* () {
      const wrong: ReadonlyArray<readonly [Record<string, unknown>, path: string]> = [
        [{ sever: {} }, "sever"],
        [{ server: { http_adr: ":1" } }, "server.http_adr"],
        [{ github: { app: { key: "x" } } }, "github.app.key"],
        [{ admin: { tokens: [{ name: "a", role: "viewer", token: "x", roles: "x" }] } }, "admin.tokens[0].roles"],
        [{ log: [] }, "log"],
        [{ log: "info" }, "log"],
        [{ admin: { tokens: {} } }, "admin.tokens"],
        [{ admin: { tokens: ["x"] } }, "admin.tokens[0]"],
        [{ e2b: undefined }, "e2b.api_url"],
        [{ e2b: { api_url: undefined } }, "e2b.api_url"]
      ]
      for (const [changes, path] of wrong) {
        assert.isNotEmpty(faults(JSON.parse(JSON.stringify(withChanges(minimal, changes)))), path)
        const told = (yield* problems(changes)).map((line) => line.split(":")[0])
        assert.include(told, path)
      }
    })
  )

  it("accepts a value of a key exactly when the key does", () => {
    const checks = new Map(allLeaves.map(({ path, schema }) => [path, ajv.compile(schema)]))
    fc.assert(
      fc.property(fc.constantFrom(...allLeaves), anyValue, ({ key, path }, value) => {
        const absent = value === null || (key.blankIsAbsent && typeof value === "string" && value.trim() === "")
        const accepted = absent || Result.isSuccess(Schema.decodeUnknownResult(key.schema)(value))
        assert.strictEqual(checks.get(path)!(value), accepted, `${path}: ${JSON.stringify(value)}`)
      }),
      { numRuns: 5000 }
    )
  })

  it("refuses no file that the loader accepts", () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(...allLeaves), anyValue, async ({ saying }, value) => {
        const changes = saying(value)
        if (faults(withChanges(minimal, changes)).length === 0) return
        assert.isNotEmpty(await Effect.runPromise(problems(changes)), JSON.stringify(changes))
      }),
      { numRuns: 1500 }
    ))
})
