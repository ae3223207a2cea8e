// A client that is made from docs/openapi.json alone: it compiles, and what its types promise is what the server answers.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import { execFile } from "node:child_process"
import { copyFile, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { served } from "../http/ServerFixture.ts"

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url))
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** Two compilations and two processes, on a machine that may be busy. */
const timeLimit = 300_000

const run = promisify(execFile)
const node = (args: ReadonlyArray<string>) => run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })

const compilerOptions = {
  target: "ES2024",
  module: "NodeNext",
  types: ["node"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  rewriteRelativeImportExtensions: true,
  skipLibCheck: false,
  outDir: "out"
}

/** A folder as a user of the API might have it: the program, the types of the document, the packages. */
const project = Effect.acquireRelease(
  Effect.promise(async () => {
    const folder = await mkdtemp(join(tmpdir(), "runnerd-client-"))
    await symlink(modules, join(folder, "node_modules"), "dir")
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }))
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["Program.ts"] }))
    await writeFile(join(folder, "Runnerd.ts"), (await node([here("TypesOfDocument.ts")])).stdout)
    await copyFile(here("program/Program.ts"), join(folder, "Program.ts"))
    return folder
  }),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** What the compiler has to say; empty when all is well. */
const complaints = (folder: string) =>
  node([join(modules, "typescript/bin/tsc"), "-p", folder]).then(
    () => "",
    (error: { readonly message: string; readonly stdout?: string }) => error.stdout ?? error.message
  )

describe("a client made from docs/openapi.json", () => {
  it.live(
    "compiles, refuses wrong uses, and is answered by the running server as its types promise",
    () =>
      Effect.gen(function* () {
        const folder = yield* project
        assert.strictEqual(yield* Effect.promise(() => complaints(folder)), "")
        const { address } = yield* HttpServer.HttpServer
        const url = HttpServer.formatAddress(address).replace("0.0.0.0", "127.0.0.1")
        const { stdout } = yield* Effect.promise(() => node([join(folder, "out/Program.js"), url, "admin-token"]))
        assert.deepStrictEqual(JSON.parse(stdout), {
          health: "ok",
          created: 10,
          changed: 3,
          outdated: "precondition_failed",
          matched: "small",
          asked: "queued",
          total: "1",
          waiting: [["by-hand", "no_node"]],
          stopped: "the program is done",
          log: true,
          missing: "not_found"
        })
      }).pipe(Effect.provide(served(makeConfig()))),
    timeLimit
  )
})
