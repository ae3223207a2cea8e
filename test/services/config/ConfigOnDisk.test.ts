import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import { loadConfig } from "../../../src/services/config/Config.ts"
import { minimal, pem, withChanges } from "../../support/ConfigFiles.ts"

const folderWith = Effect.fnUntraced(function* (files: Readonly<Record<string, string>>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* fs.makeTempDirectoryScoped()
  for (const [name, content] of Object.entries(files)) {
    yield* fs.makeDirectory(path.dirname(path.join(folder, name)), { recursive: true })
    yield* fs.writeFileString(path.join(folder, name), content)
  }
  return folder
})

const linesOf = (file: string) => Effect.map(Effect.flip(loadConfig(file)), (error) => error.format().split("\n"))

layer(NodeServices.layer)("files on disk", (it) => {
  describe("a configuration file", () => {
    it.effect("has its paths resolved from its own folder, wherever the process runs", () =>
      Effect.gen(function* () {
        const document = withChanges(minimal, {
          admin: { token: undefined, token_file: "secrets/admin" },
          github: { token: undefined, app: { id: 1, private_key_file: "../app.pem" } }
        })
        const folder = yield* folderWith({
          "conf/runnerd.yaml": JSON.stringify(document),
          "conf/secrets/admin": "from-file\n",
          "app.pem": pem.pkcs1
        })
        const config = yield* loadConfig(`${folder}/conf/runnerd.yaml`)
        assert.strictEqual(Redacted.value(config.admin.token), "from-file")
        assert.deepEqual(config.database, { backend: "sqlite", path: `${folder}/conf/var/runnerd.db` })
        assert.strictEqual(config.github.auth._tag, "App")
      })
    )

    it.effect("that is missing is one sentence which says what to do", () =>
      Effect.gen(function* () {
        const folder = yield* folderWith({})
        const file = `${folder}/runnerd.yaml`
        assert.deepEqual(yield* linesOf(file), [
          `${file}: no such file; \`runnerd init\` makes one, or name yours with --config PATH`
        ])
      })
    )

    it.effect("that is a folder cannot be read", () =>
      Effect.gen(function* () {
        const folder = yield* folderWith({})
        assert.deepEqual(yield* linesOf(folder), [
          `${folder}: cannot be read; expected a YAML file that this user may read`
        ])
      })
    )
  })

  describe("a secret's file", () => {
    it.effect("that is a folder or a device is refused", () =>
      Effect.gen(function* () {
        const tokens = {
          admin: { token: undefined, token_file: "." },
          github: { token: undefined, token_file: "/dev/zero" }
        }
        const folder = yield* folderWith({ "runnerd.yaml": JSON.stringify(withChanges(minimal, tokens)) })
        assert.deepEqual(yield* linesOf(`${folder}/runnerd.yaml`), [
          "admin.token_file: names something that is no file; expected a readable file",
          "github.token_file: names something that is no file; expected a readable file"
        ])
      })
    )
  })
})
