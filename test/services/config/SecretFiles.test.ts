import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { configDocument } from "../../../src/services/config/ConfigDocument.ts"
import { ConfigKey, ConfigList } from "../../../src/services/config/ConfigKey.ts"
import { summarize } from "../../../src/services/config/ConfigSummary.ts"
import { load, pem, problems, problemsOfText } from "../../support/ConfigFiles.ts"

const secretPaths = (
  section: object = configDocument,
  path: ReadonlyArray<string> = []
): ReadonlyArray<ReadonlyArray<string>> =>
  Object.entries(section).flatMap(([name, entry]) =>
    entry instanceof ConfigKey
      ? entry.secret
        ? [[...path, name]]
        : []
      : entry instanceof ConfigList
        ? secretPaths(entry.entry, [...path, `${name}[0]`])
        : secretPaths(entry, [...path, name])
  )

const at = (path: ReadonlyArray<string>, value: unknown): Record<string, unknown> => {
  const [name = "", ...rest] = path
  const below = rest.length === 0 ? value : at(rest, value)
  return name.endsWith("[0]") ? { [name.slice(0, -3)]: [below] } : { [name]: below }
}

describe("a secret", () => {
  it.effect("may be in a file of its own, whose line breaks at the end do not count", () =>
    Effect.gen(function* () {
      const config = yield* load(
        {
          admin: { token: undefined, token_file: "secrets/admin" },
          e2b: { api_key: undefined, api_key_file: "/run/secrets/e2b" },
          github: {
            webhook_secret: undefined,
            webhook_secret_file: "secrets/webhook",
            token: undefined,
            token_file: "../token"
          }
        },
        {
          "/etc/runnerd/secrets/admin": "from-file\r\n",
          "/run/secrets/e2b": "e2b-from-file\n\n",
          "/etc/runnerd/secrets/webhook": " spaces stay \n",
          "/etc/token": "ghp_x"
        }
      )
      assert.strictEqual(Redacted.value(config.admin.token), "from-file")
      assert.strictEqual(Redacted.value(config.e2b.apiKey), "e2b-from-file")
      assert.strictEqual(Redacted.value(config.github.webhookSecret), " spaces stay ")
      assert.strictEqual(config.github.auth._tag === "Token" ? Redacted.value(config.github.auth.token) : "", "ghp_x")
    })
  )

  it.effect("and its file together are refused, for each of them", () =>
    Effect.gen(function* () {
      const twins = secretPaths().filter((path) => path.at(-1)?.endsWith("_file"))
      assert.strictEqual(twins.length, 9)
      for (const twin of twins) {
        const plain = twin.map((name) => name.replace(/_file$/, ""))
        const text = JSON.stringify(at(twin.slice(0, -1), { [plain.at(-1)!]: pem.pkcs8, [twin.at(-1)!]: "file" }))
        const lines = yield* problemsOfText(text)
        assert.include(lines, `${plain.join(".")}: is given together with ${twin.join(".")}; expected one of the two`)
      }
    })
  )

  it.effect("of white space only is missing, in place and in a file", () =>
    Effect.gen(function* () {
      assert.deepEqual(
        yield* problems(
          { admin: { token: " \t" }, e2b: { api_key: undefined, api_key_file: "blank" } },
          { "/etc/runnerd/blank": "  \n" }
        ),
        [
          "admin.token: is missing; expected a text, or a file that holds it in admin.token_file",
          "e2b.api_key_file: the file it names is empty; expected the secret in it"
        ]
      )
    })
  )

  it.effect("in a file that does not exist or is huge is one problem, which does not show the path", () =>
    Effect.gen(function* () {
      const lines = yield* problems(
        { admin: { token: undefined, token_file: "hush-1" }, github: { token: undefined, token_file: "hush-2" } },
        { "/etc/runnerd/hush-2": "x".repeat(1024 * 1024 + 1) }
      )
      assert.deepEqual(lines, [
        "admin.token_file: the file it names does not exist; expected a readable file, by its absolute path or relative to /etc/runnerd",
        "github.token_file: the file it names is larger than 1 MiB; expected a file with the secret alone"
      ])
    })
  )

  it.effect("that cannot travel in an HTTP header is refused", () =>
    Effect.gen(function* () {
      for (const value of ["two words", "line\nbreak", "größe"]) {
        const lines = yield* problems({ admin: { token: value }, e2b: { api_key: value }, github: { token: value } })
        assert.deepEqual(
          lines.map((line) => line.split(":")[0]),
          ["admin.token", "e2b.api_key", "github.token"]
        )
      }
    })
  )

  const shapes: ReadonlyArray<(value: string) => unknown> = [
    (value) => [value],
    (value) => ({ [value]: value }),
    (value) => ({ nested: [value] }),
    (value) => [[value, 1]],
    (value) => value
  ]
  it.effect.prop(
    "never shows in a report, whatever it is wrapped in and wherever a secret belongs",
    {
      secret: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_*&!'"{}:#@ -]{1,20}$/)),
      path: Schema.Literals(secretPaths().map((path) => path.join("."))),
      shape: Schema.Literals(shapes.map((_, index) => index)),
      cut: Schema.Literals([0, 1])
    },
    ({ secret, path, shape, cut }) =>
      Effect.gen(function* () {
        const marked = `hush${secret}hush`
        const names = path.split(".")
        // `cut` puts the value in the place of the section around the key.
        const tree = at(cut === 1 && shape !== 1 ? names.slice(0, -1) : names, shapes[shape]!(marked))
        const lines = yield* problems(tree)
        assert.notInclude(lines.join("\n"), "hush")
      }),
    { arbitrary: { runs: 400 } }
  )

  it.effect("in a line that YAML takes for something else does not show", () =>
    Effect.gen(function* () {
      const texts = [
        "admin:\n  token: *hush\n",
        "admin:\n  token:hush\n",
        "admin:\n  token:hush\n  token_file: x\n",
        "admin: { token: *hush }\n",
        "admin: { token:hush: 1 }\n",
        'admin:\n  token: "hush\n',
        "admin:\n  token: a: hush\n",
        "admin:\n  token: |\n hush\n",
        "hush"
      ]
      for (const text of texts) {
        const lines = yield* problemsOfText(text)
        assert.isNotEmpty(lines)
        assert.notInclude(lines.join("\n"), "hush", text)
      }
    })
  )

  it.effect("shows neither in the loaded configuration, nor as JSON, nor in its summary", () =>
    Effect.gen(function* () {
      const hush = "hush"
      const documents = [
        { github: { token: hush, webhook_secret: hush } },
        { github: { token: undefined, basic_auth: { username: "bot", password: hush } } }
      ]
      for (const document of documents) {
        const config = yield* load({ ...document, admin: { token: hush }, e2b: { api_key: hush } })
        for (const text of [JSON.stringify(config), inspect(config, { depth: 9 }), summarize(config)])
          assert.notInclude(text, hush)
      }
    })
  )
})
