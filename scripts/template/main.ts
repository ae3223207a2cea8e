// The command line of the sandbox templates: `npm run template:lock`, `template:build`, `template:list`, `template:smoke`.
//
// Answers for: arguments and exit codes (0 done, 2 the arguments are wrong, 1 anything else). What is done: *Command.ts.
import { fileURLToPath } from "node:url"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Argument from "effect/cli/Argument"
import * as CliConfig from "effect/cli/CliConfig"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { isolateEnvironment } from "../../src/services/config/Environment.ts"
import { build } from "./BuildCommand.ts"
import { e2bEnvironment } from "./E2bAccess.ts"
import type { E2bEnvironment, Variant } from "./E2bAccess.ts"
import { list } from "./ListCommand.ts"
import { lock } from "./LockCommand.ts"
import { smoke } from "./SmokeCommand.ts"
import { TemplateProblem } from "./TemplateProblem.ts"

/** The project's own templates. */
export const templatesFolder = fileURLToPath(new URL("../../templates", import.meta.url))

const lockCommand = (root: string) =>
  Command.make(
    "lock",
    {
      ids: Argument.String("name").pipe(
        Argument.withDescription("Folders of templates/; all of them when none is named"),
        Argument.variadic()
      ),
      runner: Flag.String("runner").pipe(
        Flag.withMetavar("VERSION|latest"),
        Flag.withDescription("The Actions runner that all templates have from now on"),
        Flag.optional
      ),
      acceptChanged: Flag.Boolean("accept-changed").pipe(
        Flag.withDescription("Takes checksums that differ from those verified before"),
        Flag.withDefault(false)
      )
    },
    (options) => lock({ root, ...options })
  ).pipe(Command.withDescription("Asks the makers of all downloads for checksums and writes template.lock.json"))

const config = Flag.String("config").pipe(
  Flag.withMetavar("PATH"),
  Flag.withDescription("runnerd's configuration, whose section e2b is used; else E2B_API_KEY, else ./runnerd.yaml"),
  Flag.optional
)

const id = Argument.String("name").pipe(Argument.withDescription("A folder of templates/"))

const variantFlags = {
  dev: Flag.Boolean("dev").pipe(
    Flag.withDescription("The one for trying out, with -dev behind its name (unless --prod is given)"),
    Flag.withDefault(false)
  ),
  prod: Flag.Boolean("prod").pipe(Flag.withDescription("The one that jobs use"), Flag.withDefault(false))
}

const variantOf = ({ dev, prod }: { readonly dev: boolean; readonly prod: boolean }) =>
  dev && prod
    ? Effect.fail(new TemplateProblem({ message: "--dev and --prod are two templates; name one of them." }))
    : Effect.succeed<Variant>(prod ? "prod" : "dev")

const buildCommand = (root: string, environment: E2bEnvironment) =>
  Command.make(
    "build",
    {
      id,
      ...variantFlags,
      config,
      force: Flag.Boolean("force").pipe(
        Flag.withDescription("Builds what is unchanged, too, and every step of it"),
        Flag.withDefault(false)
      )
    },
    ({ dev, prod, ...options }) =>
      Effect.flatMap(variantOf({ dev, prod }), (variant) => build({ root, environment, variant, ...options }))
  ).pipe(Command.withDescription("Builds a template at E2B, unless it is there as it is here"))

const listCommand = (root: string, environment: E2bEnvironment) =>
  Command.make("list", { config }, (options) => list({ root, environment, ...options })).pipe(
    Command.withDescription("Shows the templates, and what E2B has of them")
  )

const smokeCommand = (root: string, environment: E2bEnvironment) =>
  Command.make("smoke", { id, ...variantFlags, config }, ({ dev, prod, ...options }) =>
    Effect.flatMap(variantOf({ dev, prod }), (variant) => smoke({ root, environment, variant, ...options }))
  ).pipe(Command.withDescription("Makes a sandbox of a template, looks whether jobs can run in it, and removes it"))

const command = (root: string, environment: E2bEnvironment) =>
  Command.make("template").pipe(
    Command.withDescription("The sandbox templates of this checkout: docs/templates.md"),
    Command.withSubcommands([
      lockCommand(root),
      buildCommand(root, environment),
      listCommand(root, environment),
      smokeCommand(root, environment)
    ])
  )

/** Runs the command line; its value is the exit code. `root`: the folder of templates. */
export const run = Effect.fnUntraced(
  function* (args: ReadonlyArray<string>, root: string, environment: E2bEnvironment) {
    yield* Command.runWith(command(root, environment), { version: "0" })(args)
    return 0
  },
  Effect.catchTag("TemplateProblem", ({ message }) => Effect.as(Console.error(message), 1)),
  Effect.catchTag("PlatformError", ({ message }) => Effect.as(Console.error(message), 1)),
  Effect.catchTag("ShowHelp", (help) => Effect.succeed(help.errors.length === 0 ? 0 : 2)),
  Effect.provide(CliConfig.layer({ builtIns: [GlobalFlag.Help] }))
)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const environment = e2bEnvironment(process.env)
  isolateEnvironment(process.env)
  run(process.argv.slice(2), templatesFolder, environment).pipe(
    Effect.tap((code) =>
      Effect.sync(() => {
        process.exitCode = code
      })
    ),
    Effect.provide(Layer.merge(NodeServices.layer, FetchHttpClient.layer)),
    NodeRuntime.runMain()
  )
}
