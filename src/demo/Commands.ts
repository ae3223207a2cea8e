// The commands that need no configuration, GitHub or E2B: `runnerd demo` and `runnerd simulate`.
//
// Answers for: their flags and exit codes. Not for what they do (RunDemo.ts, Simulate.ts).
// Gotcha: both are imported late, because the service, which has the same command line, needs none of it.
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { innermostReason } from "../InnermostReason.ts"

/** The command ends with another exit code than 0. `problem`: what is still to be said, null when all is said. */
export class SimulationError extends Data.TaggedError("SimulationError")<{
  readonly exitCode: number
  readonly problem: string | null
}> {}

/** A wrong scenario is the user's to mend (2); anything else went wrong (1). */
const failureOf = (command: string) => (cause: unknown) =>
  cause instanceof Error && "_tag" in cause && cause._tag === "ScenarioError"
    ? new SimulationError({ exitCode: 2, problem: cause.message })
    : new SimulationError({ exitCode: 1, problem: `${command} stopped: ${innermostReason(cause)}` })

const seconds = (name: string, description: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (seconds) => seconds > 0,
      () => "at least 1 second"
    ),
    Flag.withMetavar("SECONDS"),
    Flag.withDescription(description)
  )

const scenario = Flag.String("scenario").pipe(
  Flag.withMetavar("NAME|FILE"),
  Flag.withDescription("What is played: demo, faults, limits, or a file of your own (docs/simulators.md)"),
  Flag.withDefault("demo")
)

/**
 * Uninterruptible, because the demo obeys signals itself: it removes what it made before it ends. The exit code is set
 * here as well, since nothing is asked of a fiber that a signal interrupted.
 */
const untilClean = (work: () => Promise<number>) =>
  Effect.tryPromise({ try: work, catch: failureOf("demo") }).pipe(
    Effect.tap((code) =>
      Effect.sync(() => {
        process.exitCode = code
      })
    ),
    Effect.uninterruptible
  )

export const demo = Command.make(
  "demo",
  {
    scenario,
    once: Flag.Boolean("once").pipe(
      Flag.withDescription(
        "Plays the runs once, prints a table, looks whether anything is left, and ends: 0 when all is as it should be, else 1"
      ),
      Flag.withDefault(false)
    ),
    timeLimit: seconds(
      "time-limit",
      "With --once: says what is unfinished and gives up after so long (unless given: the scenario's own, else 120)"
    ).pipe(Flag.optional)
  },
  Effect.fnUntraced(function* ({ scenario, once, timeLimit }) {
    if (Option.isSome(timeLimit) && !once) {
      return yield* new SimulationError({ exitCode: 2, problem: "--time-limit goes with --once" })
    }
    const { runDemo } = yield* Effect.promise(() => import("./RunDemo.ts"))
    const options = { scenario, once, timeLimitSeconds: Option.getOrUndefined(timeLimit) }
    const exitCode = yield* untilClean(() => runDemo(options))
    if (exitCode !== 0) return yield* new SimulationError({ exitCode, problem: null })
  })
).pipe(
  Command.withDescription(
    "Starts a simulated GitHub, a simulated E2B and a runnerd on this machine, and shows what happens to each job; without --once a little traffic goes on until Ctrl-C"
  )
)

const port = (name: string, whose: string) =>
  Flag.Int(name).pipe(
    Flag.filter(
      (port) => port >= 0 && port <= 65_535,
      () => "a port from 0 to 65535"
    ),
    Flag.withMetavar("PORT"),
    Flag.withDescription(`${whose} port on 127.0.0.1; 0 takes a free one`),
    Flag.withDefault(0)
  )

const webUrl = (text: string): Option.Option<URL> => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) ? Option.some(url) : Option.none()
}

export const simulate = Command.make(
  "simulate",
  {
    scenario,
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Only says what is wrong with the scenario, or that nothing is"),
      Flag.withDefault(false)
    ),
    once: Flag.Boolean("once").pipe(
      Flag.withDescription(
        "Ends when the scenario is played, all jobs are over and nothing is left: 0 when as their workflows say, else 1"
      ),
      Flag.withDefault(false)
    ),
    waitSeconds: seconds(
      "wait",
      "How long --once waits for your runnerd to answer before the scenario's own time begins"
    ).pipe(Flag.withDefault(120)),
    webhookUrl: Flag.String("webhook-url").pipe(
      Flag.filterMap(webUrl, () => "an http:// or https:// URL"),
      Flag.withMetavar("URL"),
      Flag.withDescription("Where webhooks go: the runnerd that you start beside it"),
      Flag.withDefault(new URL("http://127.0.0.1:25500/webhooks/github"))
    ),
    github: port("github-port", "GitHub's"),
    e2b: port("e2b-port", "E2B's"),
    e2bControl: port("e2b-control-port", "E2B's control API's")
  },
  Effect.fnUntraced(function* ({ scenario, check, once, waitSeconds, webhookUrl, ...ports }) {
    const { checkScenario, simulate } = yield* Effect.promise(() => import("./Simulate.ts"))
    const work = check
      ? Effect.as(checkScenario(scenario), true)
      : simulate({ scenario, once, waitSeconds, webhookUrl, ports })
    const good = yield* Effect.mapError(work, failureOf("simulate"))
    if (!good) return yield* failureOf("simulate")("a job did not end as its workflow says")
  })
).pipe(Command.withDescription("Starts a simulated GitHub and a simulated E2B and plays a scenario against a runnerd"))
