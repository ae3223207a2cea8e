// The command line: `runnerd [--config PATH]`, `runnerd init`, `runnerd check-config`, `runnerd doctor`,
// `runnerd confirm-database`, `runnerd profile`, each with `--config PATH`, `runnerd demo` and `runnerd simulate`.
//
// Answers for: arguments, exit codes (0 done, 2 the configuration or the arguments are wrong, 1 anything else) and what
// is printed before the service runs. Not for the service (App.ts) nor for the commands that simulate (demo/Commands.ts).
// Gotcha: App.ts is imported late, so that the environment is isolated before the E2B SDK is loaded, and so that
// checking a configuration loads neither it nor a database.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import { demo, simulate } from "./demo/Commands.ts"
import { asText } from "./DoctorReport.ts"
import { initFlags } from "./init/InitFlags.ts"
import { innermostReason } from "./InnermostReason.ts"
import { profileFlags } from "./ProfileFlags.ts"
import { loading } from "./Loading.ts"
import { loadConfig } from "./services/config/Config.ts"
import { summarize } from "./services/config/ConfigSummary.ts"
import { isolateEnvironment } from "./services/config/Environment.ts"
import type { RunnerdConfig } from "./services/config/RunnerdConfig.ts"
import { version } from "./services/Version.ts"

/** What App.ts offers: the running service, which ends only by failing or by being interrupted. */
export type Launch = (config: RunnerdConfig) => Effect.Effect<never, unknown>

/** The service could not start, or broke. `cause` is what it failed with. */
class LaunchError extends Data.TaggedError("LaunchError")<{ readonly cause: unknown }> {}

/** The doctor found something that does not work, and has said so. */
class DoctorError extends Data.TaggedError("DoctorError") {}

const defaultFile = "runnerd.yaml"

const config = Flag.String("config").pipe(
  Flag.withMetavar("PATH"),
  Flag.withDescription("The configuration file; environment variables configure nothing"),
  Flag.withDefault(defaultFile),
  Flag.map((path) => (path.trim() === "" ? defaultFile : path))
)

/** Imported late: see above. */
const app = Effect.promise(() => loading(() => import("./App.ts")))

/** Imported late: only this command asks another process anything. */
const profileCommand = Effect.promise(() => import("./ProfileCommand.ts"))

/** Imported late: it is needed once. */
const initCommand = Effect.promise(() => import("./init/Init.ts"))

const command = (launch: Launch) => {
  const runnerd = Command.make("runnerd").pipe(
    Command.withSharedFlags({ config }),
    Command.withDescription("Turns queued GitHub Actions jobs into ephemeral runners in E2B sandboxes"),
    Command.withHandler(
      Effect.fnUntraced(function* ({ config }) {
        const loaded = yield* loadConfig(config)
        return yield* Effect.mapError(launch(loaded), (cause) => new LaunchError({ cause }))
      })
    )
  )
  const init = Command.make(
    "init",
    initFlags,
    Effect.fnUntraced(function* (options) {
      const { config } = yield* runnerd
      const { init } = yield* initCommand
      yield* init(options, config)
    })
  ).pipe(
    Command.withDescription(
      "Writes a configuration with its secrets: asks what it must know, or takes it from flags where nobody can be asked; replaces nothing"
    )
  )
  const check = Command.make(
    "check-config",
    {},
    Effect.fnUntraced(function* () {
      const { config } = yield* runnerd
      const loaded = yield* loadConfig(config)
      yield* Console.log(`${config} is valid:\n${summarize(loaded)}`)
    })
  ).pipe(Command.withDescription("Checks the configuration file, says what would be used, and exits"))
  const doctor = Command.make(
    "doctor",
    {
      json: Flag.Boolean("json").pipe(
        Flag.withDescription("Prints what was found as JSON, as GET /diagnostics/doctor answers"),
        Flag.withDefault(false)
      )
    },
    Effect.fnUntraced(function* ({ json }) {
      const { config } = yield* runnerd
      const loaded = yield* loadConfig(config)
      const { doctor } = yield* app
      const diagnosis = yield* doctor(loaded)
      yield* Console.log(json ? JSON.stringify(diagnosis, null, 2) : asText(diagnosis))
      if (diagnosis.status === "fail") return yield* new DoctorError()
    })
  ).pipe(
    Command.withDescription(
      "Looks whether all that the configuration needs is there, says what to do about what is not, and exits: 1 when something fails"
    )
  )
  const confirm = Command.make(
    "confirm-database",
    {},
    Effect.fnUntraced(function* () {
      const { config } = yield* runnerd
      const loaded = yield* loadConfig(config)
      const { confirmDatabase } = yield* app
      yield* Effect.mapError(confirmDatabase(loaded), (cause) => new LaunchError({ cause }))
      yield* Console.log(
        "This database is confirmed: a runnerd that starts with it now adopts and sweeps what is outside."
      )
    })
  ).pipe(
    Command.withDescription(
      "Says that a copied, restored or moved database is the one to go on with, when no runnerd works on the original any more"
    )
  )
  const profile = Command.make(
    "profile",
    profileFlags,
    Effect.fnUntraced(function* ({ addressFile, ...wanted }) {
      const { config } = yield* runnerd
      const file = Option.isSome(addressFile)
        ? addressFile.value
        : ((yield* loadConfig(config)).profiling?.addressFile ?? null)
      const { profile } = yield* profileCommand
      yield* profile({ ...wanted, addressFile: file })
    })
  ).pipe(Command.withDescription("Looks into a runnerd that runs on this machine, and keeps what it finds in files"))
  return runnerd.pipe(Command.withSubcommands([init, check, doctor, confirm, profile, demo, simulate]))
}

/** Runs the command line; its value is the exit code. */
export const run = Effect.fnUntraced(
  function* (args: ReadonlyArray<string>, launch: Launch) {
    yield* Command.runWith(command(launch), { version })(args)
    return 0
  },
  Effect.catchTag("ConfigError", (error) => Effect.as(Console.error(error.format()), 2)),
  Effect.catchTag("InitError", ({ exitCode, problems }) =>
    Effect.as(Console.error(problems.map((problem) => `init: ${problem}`).join("\n")), exitCode)
  ),
  Effect.catchTag("DoctorError", () => Effect.succeed(1)),
  Effect.catchTag("LaunchError", (error) =>
    Effect.as(Console.error(`runnerd stopped: ${innermostReason(error.cause)}`), 1)
  ),
  Effect.catchTag("ProfileError", ({ message }) => Effect.as(Console.error(`profile: ${message}`), 1)),
  Effect.catchTag("SimulationError", ({ exitCode, problem }) =>
    problem === null ? Effect.succeed(exitCode) : Effect.as(Console.error(problem), exitCode)
  ),
  Effect.catchTag("ShowHelp", (help) => Effect.succeed(help.errors.length === 0 ? 0 : 2)),
  Effect.provide(CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] }))
)

const launchApp: Launch = (config) => Effect.flatMap(app, ({ launch }) => launch(config))

/** SIGTERM and SIGINT are how an operator ends the service: that is success, unless the command has another exit code for it. */
const teardown: Runtime.Teardown = (exit, onExit) =>
  Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
    ? onExit(Number(process.exitCode ?? 0))
    : Runtime.defaultTeardown(exit, onExit)

/** The process: isolates the environment, runs the command line, sets the exit code. `launch`: the service, as a test has it. */
export const main = (launch: Launch = launchApp): void => {
  isolateEnvironment(process.env)
  run(process.argv.slice(2), launch).pipe(
    Effect.tap((code) =>
      Effect.sync(() => {
        process.exitCode = code
      })
    ),
    Effect.provide(NodeServices.layer),
    NodeRuntime.runMain({ teardown })
  )
}
