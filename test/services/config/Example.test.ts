import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import { configDocument } from "../../../src/services/config/ConfigDocument.ts"
import { ConfigKey, ConfigList } from "../../../src/services/config/ConfigKey.ts"
import { load, loadText, pem, problemsOfText } from "../../support/ConfigFiles.ts"

const example = readFileSync(new URL("../../../runnerd.yaml.example", import.meta.url), "utf8")

/** The example with its alternatives (`#name: …`, and the lines of a text below one) taken in. */
const everything = example.replaceAll(/^( +)#(?=[a-z_]+:|- |  )/gm, "$1")

interface Leaf {
  readonly path: string
  readonly key: ConfigKey<unknown>
}

const leaves = (section: object = configDocument, path = ""): ReadonlyArray<Leaf> =>
  Object.entries(section).flatMap(([name, entry]) => {
    const own = path === "" ? name : `${path}.${name}`
    if (entry instanceof ConfigList) return leaves(entry.entry, `${own}.0`)
    return entry instanceof ConfigKey ? [{ path: own, key: entry }] : leaves(entry, own)
  })

const valueAt = (tree: unknown, path: string): unknown =>
  path.split(".").reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], tree)

describe("runnerd.yaml.example", () => {
  it.effect("lacks only what each operator must fill in", () =>
    Effect.gen(function* () {
      const lines = yield* problemsOfText(example)
      assert.deepEqual(
        lines.map((line) => line.split(":")[0]),
        ["admin.token", "e2b.api_key", "github", "github.webhook_secret"]
      )
    })
  )

  it.effect("with that filled in decodes, and to nothing but the defaults", () =>
    Effect.gen(function* () {
      const filled = example
        .replace(/^  token: ""/m, "  token: admin-secret")
        .replace('api_key: ""', "api_key: e2b-secret")
        .replace('webhook_secret: ""', "webhook_secret: webhook-secret")
        .replace(/^    id:$/m, "    id: 7")
        .replace('private_key_file: ""', "private_key_file: app.pem")
      const config = yield* loadText(filled, { "/etc/runnerd/app.pem": pem.pkcs1 })
      const defaults = yield* load({ github: { token: undefined, app: { id: 7, private_key: pem.pkcs1 } } })
      assert.deepEqual(config, defaults)
    })
  )

  it("documents every key, and shows each default", () => {
    const document = Yaml.parse(everything)
    for (const { path, key } of leaves()) {
      if (path === "github.owner" || path === "github.repo") continue
      const value = valueAt(document, path)
      assert.notStrictEqual(value, undefined, `${path} is not in the example`)
      if (key.fallback !== undefined) assert.deepEqual(value, key.fallback, path)
    }
  })

  it("has a comment of its own before each key or group of alternatives", () => {
    const lines = example.split("\n")
    const uncommented = lines.filter((line, index) => {
      const isKey = /^ +[a-z_]+:/.test(line)
      const before = lines[index - 1] ?? ""
      return isKey && !/^ *#/.test(before) && !line.includes("retry_max_delay_seconds")
    })
    assert.deepEqual(uncommented, [])
  })
})
