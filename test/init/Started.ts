// `runnerd init` under way in this process, as far as it has printed the address of its page.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { run } from "../../src/Cli.ts"
import type { InitFolder } from "./InitFolder.ts"

/** For an App that is made at this GitHub. */
export const appFlags = (folder: InitFolder, simulator: { readonly url: string }) => [
  "--github-app",
  "--github-api-url",
  simulator.url,
  "--public-url",
  "https://runnerd.example.com",
  "--e2b-key-file",
  folder.at("given/e2b")
]

export interface Started {
  /** The page's address. */
  readonly page: string
  readonly fiber: Fiber.Fiber<number, unknown>
  readonly printed: () => { readonly out: string; readonly err: string }
}

/** With these services. Ends with the scope. Dies when the command ends before there is a page. */
export const startInitWith = Effect.fnUntraced(function* (
  services: typeof NodeServices.layer,
  folder: InitFolder,
  ...args: ReadonlyArray<string>
) {
  const out: Array<string> = []
  const err: Array<string> = []
  const page = yield* Deferred.make<string>()
  const console: Console.Console = {
    ...globalThis.console,
    log: (line: string) => {
      out.push(line)
      const [address] = /^ {2}(http:\/\/127\.0\.0\.1:\S+)$/m.exec(line)?.slice(1) ?? []
      if (address !== undefined) Deferred.doneUnsafe(page, Effect.succeed(address))
    },
    error: (line: string) => void err.push(line)
  }
  // A command that is interrupted says so in the process's exit code, which is this process's here.
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      process.exitCode = undefined
    })
  )
  const fiber = yield* run(["init", "--config", folder.at("runnerd.yaml"), ...args], () => Effect.die("launched")).pipe(
    Effect.provideService(Console.Console, console),
    Effect.provide(services),
    Effect.forkScoped
  )
  const ended = Effect.flatMap(Fiber.await(fiber), () => Effect.die(new Error(err.join("\n"))))
  const printed = () => ({ out: out.join("\n"), err: err.join("\n") })
  return { page: yield* Effect.raceFirst(Deferred.await(page), ended), fiber, printed } satisfies Started
})

/** Where nobody can be asked. */
export const startInit = (folder: InitFolder, ...args: ReadonlyArray<string>) =>
  startInitWith(NodeServices.layer, folder, ...args)
