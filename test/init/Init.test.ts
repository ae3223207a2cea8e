// `runnerd init` where nobody can be asked: flags in, files out.
import { chmodSync, mkdirSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Ajv } from "ajv"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import { schemaDocument } from "../../scripts/ConfigSchemaDocument.ts"
import { calledAs } from "../../src/init/NextSteps.ts"
import { pem } from "../support/ConfigFiles.ts"
import { initFolder, type InitFolder, secrets } from "./InitFolder.ts"

const token = ({ at }: InitFolder) => ["--github-token-file", at("given/token"), "--e2b-key-file", at("given/e2b")]
const app = ({ at }: InitFolder) => [
  "--app-id",
  "4242",
  "--app-key-file",
  at("given/app.pem"),
  "--e2b-key-file",
  at("given/e2b")
]

/** All that is secret in a folder, wherever it came from. */
const secretsIn = (folder: InitFolder) =>
  Object.entries(folder.files()).flatMap(([name, { text }]) => (name.startsWith("secrets/") ? [text.trim()] : []))

describe("runnerd init", () => {
  it.effect(
    "writes a configuration that check-config accepts, with its secrets apart, for this user's eyes alone",
    () =>
      Effect.gen(function* () {
        const folder = yield* initFolder
        const { code, err, out } = yield* folder.init(...app(folder))
        assert.deepStrictEqual([code, err], [0, ""])
        const files = folder.files()
        assert.deepStrictEqual(
          Object.entries(files).map(([name, { mode }]) => `${name} ${mode}`),
          [
            "runnerd.yaml 600",
            "secrets 700",
            "secrets/admin-token 600",
            "secrets/e2b-api-key 600",
            "secrets/github-app-key 600",
            "secrets/webhook-secret 600"
          ]
        )
        assert.strictEqual(files["secrets/e2b-api-key"]?.text, `${secrets.e2b}\n`)
        assert.strictEqual(files["secrets/github-app-key"]?.text, pem.pkcs1)
        for (const name of ["secrets/admin-token", "secrets/webhook-secret"]) {
          assert.match(files[name]?.text ?? "", /^[0-9a-f]{64}\n$/)
        }
        const checked = yield* folder.runnerd("check-config", "--config", folder.at("runnerd.yaml"))
        assert.deepStrictEqual([checked.code, checked.err], [0, ""])
        for (const part of ["all interfaces, port 25500", "as App 4242", `${folder.path}/var/runnerd.db`, "all\n"]) {
          assert.include(checked.out, part)
        }
        for (const secret of secretsIn(folder)) {
          assert.notInclude(out, secret)
          assert.notInclude(files["runnerd.yaml"]?.text ?? "", secret)
        }
      })
  )

  it.effect("says where everything is and what is left to do", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const { out } = yield* folder.init(
        ...app(folder),
        "--public-url",
        "https://r.example.com/",
        "--listen",
        "[::1]:80"
      )
      for (const part of [
        folder.at("runnerd.yaml"),
        folder.at("secrets/webhook-secret"),
        "https://r.example.com/webhooks/github",
        "Administration: write, Actions: read, Metadata: read",
        "Self-hosted runners (organisation): write",
        "workflow job and workflow run",
        `runnerd check-config --config ${folder.at("runnerd.yaml")}`,
        `runnerd doctor --config ${folder.at("runnerd.yaml")}`,
        "http://[::1]:80/admin/",
        "Jobs of all repositories that GitHub tells of get runners",
        "From outside, let only /webhooks/github be reached: docs/operators.md#secure"
      ]) {
        assert.include(out, part)
      }
      const other = yield* initFolder
      const { out: some } = yield* other.init(...app(other), "--allow", "acme/*")
      assert.notInclude(some, "Jobs of all repositories")
    })
  )

  it.effect("names commands as a shell takes them, by what was called", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      mkdirSync(folder.at("it's here"))
      const { out } = yield* folder.runnerd("init", "--config", folder.at("it's here/runnerd.yaml"), ...token(folder))
      assert.include(out, `runnerd doctor --config '${folder.path}/it'\\''s here/runnerd.yaml'\n`)
      assert.deepStrictEqual(["/usr/bin/runnerd", "/srv/runnerd/dist/main.js", "/my own/dist/main.js"].map(calledAs), [
        "runnerd",
        "node /srv/runnerd/dist/main.js",
        "node '/my own/dist/main.js'"
      ])
    })
  )

  it.effect("writes a comment before each key, names the schema, and is accepted by it", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      yield* folder.init(...token(folder), "--allow", "acme/*, dana/tools")
      const text = folder.files()["runnerd.yaml"]?.text ?? ""
      const lines = text.split("\n")
      const keys = lines.flatMap((line, index) => (/^ +[a-z_]+:./.test(line) ? [lines[index - 1] ?? ""] : []))
      assert.isAbove(keys.length, 7)
      for (const before of keys) assert.match(before, /^ +# /)
      const schema = new URL("../../runnerd.schema.json", import.meta.url).href
      assert.strictEqual(lines[0], `# yaml-language-server: $schema=${schema}`)
      const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(schemaDocument()) as object)
      const document = Yaml.parse(text) as { readonly github: object }
      assert.isTrue(validate(document), JSON.stringify(validate.errors))
      assert.deepInclude(document.github, { allowed_repositories: ["acme/*", "dana/tools"] })
    })
  )

  it.effect("takes every answer as a flag", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const { code, err } = yield* folder.init(
        ...token(folder),
        "--webhook-secret-file",
        folder.at("given/webhook"),
        "--database",
        "postgres://runnerd@db.example/runnerd?sslmode=verify-full",
        "--database-password-file",
        folder.at("given/password"),
        "--listen",
        "127.0.0.1:8080",
        "--e2b-api-url",
        "http://127.0.0.1:3000",
        "--github-api-url",
        "http://127.0.0.1:3001"
      )
      assert.deepStrictEqual([code, err], [0, ""])
      const checked = yield* folder.runnerd("check-config", "--config", folder.at("runnerd.yaml"))
      for (const part of [
        "127.0.0.1, port 8080",
        "runnerd at db.example, TLS verify-full",
        "http://127.0.0.1:3000",
        "http://127.0.0.1:3001 with a token"
      ]) {
        assert.include(checked.out, part)
      }
      assert.strictEqual(folder.files()["secrets/webhook-secret"]?.text, `${secrets.webhook}\n`)
      assert.strictEqual(folder.files()["secrets/database-password"]?.text, `${secrets.password}\n`)
    })
  )

  it.effect("reports all that is missing or wrong at once, by flag, ends with 2, and writes nothing", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const named = ({ code, err, out }: { readonly code: number; readonly err: string; readonly out: string }) => {
        assert.deepStrictEqual([code, out, folder.files()], [2, "", {}])
        return err.split("\n").map((line) => /^init: ([^:]+):/.exec(line)?.[1] ?? line)
      }
      assert.deepStrictEqual(named(yield* folder.init()), [
        "--github-app, --app-id with --app-key-file, or --github-token-file",
        "--e2b-key-file"
      ])
      const wrong = yield* folder.init(
        "--app-id",
        "0x1",
        "--app-key-file",
        folder.at("given/e2b"),
        "--e2b-key-file",
        folder.at("given/webhook"),
        "--webhook-secret-file",
        folder.at("given/nothing"),
        "--public-url",
        "ftp://x",
        "--allow",
        "acme",
        "--e2b-api-url",
        "x",
        "--github-api-url",
        "https://github.example.com",
        "--listen",
        "25500",
        "--database",
        "postgres://runnerd:secret@db/runnerd"
      )
      assert.sameMembers(
        [...named(wrong)],
        [
          "--app-id",
          "--app-key-file",
          "--e2b-key-file",
          "--webhook-secret-file",
          "--public-url",
          "--allow",
          "--e2b-api-url",
          "--github-api-url",
          "--listen",
          "--database"
        ]
      )
      assert.notInclude(wrong.err, "secret@")
      assert.deepStrictEqual(named(yield* folder.init("--github-app", "--e2b-key-file", folder.at("given/e2b"))), [
        "--public-url"
      ])
      assert.lengthOf(
        named(yield* folder.init(...token(folder), "--app-id", "1", "--app-key-file", folder.at("given/app.pem"))),
        1
      )
      assert.deepStrictEqual(named(yield* folder.init(...token(folder), "--organization", "acme")), ["--organization"])
      const password = ["--database-password-file", folder.at("given/password")]
      assert.deepStrictEqual(named(yield* folder.init(...token(folder), ...password)), ["database.password"])
    })
  )

  it.effect("replaces nothing: neither a configuration nor a secret that says something else", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      folder.put("runnerd.yaml", "mine: true\n")
      const first = yield* folder.init(...token(folder))
      assert.deepStrictEqual([first.code, first.out], [2, ""])
      assert.include(first.err, "is there already and stays as it is")
      assert.deepStrictEqual(Object.keys(folder.files()), ["runnerd.yaml"])

      const other = yield* initFolder
      other.put("secrets/github-token", "ghp_another\n")
      const before = other.files()
      const second = yield* other.init(...token(other))
      assert.strictEqual(second.code, 2)
      assert.include(second.err, `${other.at("secrets/github-token")}: is there already`)
      assert.deepStrictEqual(other.files(), before)
    })
  )

  it.effect("with --force replaces them, and keeps a copy of each", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      folder.put("runnerd.yaml", "mine: true\n")
      folder.put("secrets/github-token", "ghp_another\n")
      const { code, out } = yield* folder.init(...token(folder), "--force")
      assert.strictEqual(code, 0)
      const files = folder.files()
      assert.strictEqual(files["secrets/github-token"]?.text, `${secrets.token}\n`)
      assert.strictEqual(files["secrets/github-token"]?.mode, "600")
      const copies = Object.entries(files).filter(([name]) => name.includes(".before-"))
      assert.sameMembers(
        copies.map(([, { text }]) => text),
        ["mine: true\n", "ghp_another\n"]
      )
      for (const [name] of copies) assert.include(out, folder.at(name))
    })
  )

  it.effect("uses secrets that are there already, as somebody has who made them by hand", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      folder.put("secrets/admin-token", "made-by-hand\n")
      folder.put("secrets/webhook-secret", secrets.webhook)
      folder.put("secrets/e2b-api-key", `${secrets.e2b}\n`)
      folder.put("secrets/github-app-key", pem.pkcs8)
      chmodSync(folder.at("secrets/e2b-api-key"), 0o640)
      const before = folder.files()
      const { code, err, out } = yield* folder.init("--app-id", "7")
      assert.deepStrictEqual([code, err], [0, ""])
      assert.notInclude(out, "made at random")
      // What was not written is not said to be for this user alone.
      const [writtenFiles = "", usedFiles = ""] = out.split("What is left to do:")[0]?.split("Used as they are:") ?? []
      assert.deepStrictEqual(writtenFiles.trim().split("\n"), [
        "Written, for you alone to read:",
        `  ${folder.at("runnerd.yaml")}`
      ])
      for (const name of ["admin-token", "webhook-secret", "github-app-key"]) {
        assert.include(usedFiles, `others can read it: chmod 600 ${folder.at(`secrets/${name}`)}\n`)
      }
      assert.include(usedFiles, `  ${folder.at("secrets/e2b-api-key")}\n`)
      const { "runnerd.yaml": written, ...kept } = folder.files()
      assert.deepStrictEqual(kept, before)
      assert.include(written?.text, "id: 7")
      const checked = yield* folder.runnerd("check-config", "--config", folder.at("runnerd.yaml"))
      assert.strictEqual(checked.code, 0, checked.err)
    })
  )

  it.effect("leaves all as it was when one of the files cannot be written", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      folder.put("runnerd.yaml", "mine: true\n")
      folder.put("secrets/github-token", "ghp_another\n")
      // What is no file can neither be read nor be copied, and it is the last secret but one.
      mkdirSync(folder.at("secrets/e2b-api-key"))
      const before = folder.files()
      const { code, err, out } = yield* folder.init(
        "--force",
        "--github-token-file",
        folder.at("given/token"),
        "--e2b-key-file",
        folder.at("given/e2b")
      )
      assert.deepStrictEqual([code, out], [1, ""])
      assert.include(err, `${folder.at("secrets/e2b-api-key")}: cannot be written`)
      assert.deepStrictEqual(folder.files(), before)
    })
  )

  it.effect("leaves no folder for secrets that it made for nothing", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      // It is written last, when all secrets are there.
      mkdirSync(folder.at("runnerd.yaml"))
      const before = folder.files()
      const { code, err } = yield* folder.init(...token(folder), "--force")
      assert.strictEqual(code, 1)
      assert.include(err, `${folder.at("runnerd.yaml")}: cannot be written`)
      assert.deepStrictEqual(folder.files(), before)
    })
  )

  it.effect("says so when there is no folder to write to", () =>
    Effect.gen(function* () {
      const folder = yield* initFolder
      const { code, err } = yield* folder.runnerd("init", "--config", folder.at("no/runnerd.yaml"), ...token(folder))
      assert.strictEqual(code, 2)
      assert.include(err, "no such folder")
      assert.deepStrictEqual(folder.files(), {})
    })
  )
})
