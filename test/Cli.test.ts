import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as TestConsole from "effect/testing/TestConsole"
import { run } from "../src/Cli.ts"
import type { Launch } from "../src/Cli.ts"
import type { RunnerdConfig } from "../src/services/config/RunnerdConfig.ts"
import { minimal } from "./support/ConfigFiles.ts"

const writeConfig = Effect.fnUntraced(function* (content: string) {
  const fs = yield* FileSystem.FileSystem
  const file = `${yield* fs.makeTempDirectoryScoped()}/runnerd.yaml`
  yield* fs.writeFileString(file, content)
  return file
})

const printed = Effect.map(Effect.all([TestConsole.logLines, TestConsole.errorLines]), ([out, err]) => ({
  out: out.map(String).join("\n"),
  err: err.map(String).join("\n")
}))

const mustNotLaunch: Launch = () => Effect.die("launched")

describe("the command line", () => {
  describe("runnerd", () => {
    it.effect(
      "starts the service with the configuration named by --config, and says the innermost reason when it fails, ending with 1",
      () =>
        Effect.gen(function* () {
          const file = yield* writeConfig(JSON.stringify(minimal))
          let seen: RunnerdConfig | undefined
          const launch: Launch = (config) => {
            seen = config
            return Effect.fail(new Error("the server failed", { cause: new Error("port taken") }))
          }
          const code = yield* run(["--config", file], launch)
          assert.strictEqual(code, 1)
          assert.strictEqual(seen?.server.port, 25500)
          const errors = yield* TestConsole.errorLines
          assert.deepStrictEqual(errors, ["runnerd stopped: port taken"])
        }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect("prints each problem on a line of its own to stderr and ends with 2, without starting", () =>
      Effect.gen(function* () {
        const file = yield* writeConfig(JSON.stringify({ ...minimal, admin: {}, surprise: 1 }))
        assert.strictEqual(yield* run(["--config", file], mustNotLaunch), 2)
        const { out, err } = yield* printed
        assert.strictEqual(out, "")
        assert.deepEqual(
          err.split("\n").map((line) => line.split(":")[0]),
          ["admin.token", "surprise"]
        )
      }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect("ends with 2 on an unknown flag, with 0 after --help and --version", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* run(["--nope"], mustNotLaunch), 2)
        assert.strictEqual(yield* run(["nope"], mustNotLaunch), 2)
        assert.strictEqual(yield* run(["--help"], mustNotLaunch), 0)
        assert.strictEqual(yield* run(["--version"], mustNotLaunch), 0)
        const { out } = yield* printed
        assert.include(out, "--config PATH")
        assert.match(out, /runnerd v\d+\.\d+\.\d+/)
      }).pipe(Effect.provide(NodeServices.layer))
    )
  })

  describe("runnerd check-config", () => {
    it.effect("says what would be used, without secrets, and ends with 0; --config may stand before or after", () =>
      Effect.gen(function* () {
        const file = yield* writeConfig(JSON.stringify(minimal))
        assert.strictEqual(yield* run(["check-config", "--config", file], mustNotLaunch), 0)
        assert.strictEqual(yield* run(["--config", file, "check-config"], mustNotLaunch), 0)
        const { out, err } = yield* printed
        assert.strictEqual(err, "")
        assert.strictEqual(out.split(`${file} is valid:`).length, 3)
        for (const part of ["port 25500", "https://api.e2b.app", "hosts of e2b.app", "with a token", "within 18 s"]) {
          assert.include(out, part)
        }
        assert.notInclude(out, "-secret")
      }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect("prints the problems to stderr and ends with 2", () =>
      Effect.gen(function* () {
        const file = yield* writeConfig("{}")
        assert.strictEqual(yield* run(["check-config", "--config", file], mustNotLaunch), 2)
        const { out, err } = yield* printed
        assert.strictEqual(out, "")
        assert.strictEqual(err.split("\n").length, 5)
      }).pipe(Effect.provide(NodeServices.layer))
    )
  })

  describe("the process", () => {
    const mainFile = fileURLToPath(new URL("../src/main.ts", import.meta.url))
    interface Ended {
      readonly code: number
      readonly out: string
      readonly err: string
    }
    const runnerd = (nodeFlags: ReadonlyArray<string>, args: ReadonlyArray<string>, cwd = process.cwd()) =>
      Effect.callback<Ended>((resume) => {
        const child = execFile(process.execPath, [...nodeFlags, mainFile, ...args], { cwd }, (_, out, err) => {
          resume(Effect.succeed({ code: child.exitCode ?? -1, out, err }))
        })
      })

    it.effect("says what to do when ./runnerd.yaml is missing, also when --config is blank", () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const empty = yield* fs.makeTempDirectoryScoped()
        for (const args of [[], ["--config", " "]]) {
          const { code, out, err } = yield* runnerd([], args, empty)
          assert.deepEqual([code, out], [2, ""])
          assert.strictEqual(
            err,
            "runnerd.yaml: no such file; `runnerd init` makes one, or name yours with --config PATH\n"
          )
        }
      }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect("ends with 2 and without a stack trace when the configuration is wrong", () =>
      Effect.gen(function* () {
        const file = yield* writeConfig("admin: 5")
        const { code, out, err } = yield* runnerd([], ["--config", file])
        assert.strictEqual(code, 2)
        assert.strictEqual(out, "")
        assert.match(err, /^admin: a number is not accepted; expected a mapping with token, token_file, tokens\n/)
        assert.notMatch(err, /^\s+at /m)
      }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect("ends with 0 after a successful check", () =>
      Effect.gen(function* () {
        const file = yield* writeConfig(JSON.stringify(minimal))
        const { code, out, err } = yield* runnerd([], ["check-config", "--config", file])
        assert.deepEqual([code, err], [0, ""])
        assert.include(out, "is valid")
      }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect("says in one line that a Node.js below 22.19 is too old, and ends with 2", () =>
      Effect.gen(function* () {
        for (const version of ["20.20.2", "22.18.0"]) {
          const pretend = `Object.defineProperty(process.versions, "node", { value: "${version}" })`
          const { code, out, err } = yield* runnerd(
            ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`],
            ["--version"]
          )
          assert.deepEqual(
            { code, out, err },
            { code: 2, out: "", err: `runnerd needs Node.js 22.19 or newer; this is v${version}\n` }
          )
        }
      }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect("runs on Node.js 22.19", () =>
      Effect.gen(function* () {
        const pretend = 'Object.defineProperty(process.versions, "node", { value: "22.19.0" })'
        const { code, out } = yield* runnerd(
          ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`],
          ["--help"]
        )
        assert.strictEqual(code, 0)
        assert.include(out, "runnerd <subcommand>")
      }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect("tells its version without loading the command line, in the command line's words", () =>
      Effect.gen(function* () {
        const refuse = `
          import { registerHooks } from "node:module"
          registerHooks({
            resolve: (name, context, next) => {
              if (name.endsWith("Cli.ts")) throw new Error("the command line was loaded")
              return next(name, context)
            }
          })`
        const { code, out, err } = yield* runnerd(
          ["--import", `data:text/javascript,${encodeURIComponent(refuse)}`],
          ["--version"]
        )
        assert.deepEqual([code, err], [0, ""])
        assert.strictEqual(yield* run(["--version"], mustNotLaunch), 0)
        assert.deepEqual(yield* TestConsole.logLines, [out.trimEnd()])
      }).pipe(Effect.provide(NodeServices.layer))
    )
  })
})
