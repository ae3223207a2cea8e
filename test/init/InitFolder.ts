// A folder in which `runnerd init` is called, and what it holds afterwards.
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as TestConsole from "effect/testing/TestConsole"
import { type Launch, run } from "../../src/Cli.ts"
import { pem } from "../support/ConfigFiles.ts"

/** Secrets as people have them, in files of their own. */
export const secrets = {
  e2b: "e2b_0123456789abcdef",
  token: "ghp_0123456789abcdef",
  webhook: "a webhook's secret, entered long ago",
  password: "a password: of the database"
}

const mustNotLaunch: Launch = () => Effect.die("launched")

export interface InitFolder {
  readonly path: string
  readonly at: (name: string) => string
  readonly put: (name: string, text: string) => string
  /** By path from the folder, `given/` left out. */
  readonly files: () => Readonly<Record<string, { readonly mode: string; readonly text: string }>>
  readonly init: (...args: ReadonlyArray<string>) => ReturnType<typeof runnerd>
  readonly runnerd: typeof runnerd
}

/** In this process: the exit code, and what was printed by this call alone. */
export const runnerd = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const before = [(yield* TestConsole.logLines).length, (yield* TestConsole.errorLines).length] as const
  const code = yield* run(args, mustNotLaunch).pipe(Effect.provide(NodeServices.layer))
  const out = (yield* TestConsole.logLines).slice(before[0]).join("\n")
  const err = (yield* TestConsole.errorLines).slice(before[1]).join("\n")
  return { code, out, err }
})

const filesBelow = (path: string) =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => !name.startsWith("given"))
      .sort()
      .map((name) => {
        const stat = lstatSync(join(path, name))
        const text = stat.isFile() ? readFileSync(join(path, name), "utf8") : ""
        return [name, { mode: (stat.mode & 0o7777).toString(8), text }] as const
      })
  )

/** With `given/`, where the files are that flags name. */
export const initFolder = Effect.acquireRelease(
  Effect.sync((): InitFolder => {
    const path = mkdtempSync(join(tmpdir(), "runnerd-init-"))
    const at = (name: string) => join(path, name)
    const put = (name: string, text: string) => {
      mkdirSync(dirname(at(name)), { recursive: true })
      writeFileSync(at(name), text)
      return at(name)
    }
    for (const [name, text] of Object.entries(secrets)) put(`given/${name}`, `${text}\n`)
    put("given/app.pem", pem.pkcs1)
    return {
      path,
      at,
      put,
      files: () => filesBelow(path),
      runnerd,
      init: (...args) => runnerd("init", "--config", at("runnerd.yaml"), ...args)
    }
  }),
  ({ path }) => Effect.sync(() => rmSync(path, { recursive: true }))
)
