// `npm run demo`: runnerd between a simulated GitHub and a simulated E2B, all on this machine.
//
// Answers for: the arguments, the two ways to run, signals, exit codes: 0 as it should be, 1 not, 2 wrong arguments,
// 128 + its number when a signal ended `--once`. Gotcha: npm passes a Ctrl-C on that the terminal has already delivered, so
// a second signal must not cut the cleaning up short.
import { constants } from "node:os"
import { parseArgs } from "node:util"
import { loadScenario } from "../simulator/scenario/ReadScenario.ts"
import type { Scenario } from "../simulator/scenario/Scenario.ts"
import { ScenarioPlayer } from "../simulator/scenario/ScenarioPlayer.ts"
import { ScenarioError } from "../simulator/scenario/ScenarioProblems.ts"
import { Demo, pause } from "./Demo.ts"
import { printFaults } from "./FaultReport.ts"
import type { JobView } from "./JobViews.ts"
import { tellLeftovers } from "./Leftovers.ts"
import { adminToken, startLocalWorld } from "./LocalWorld.ts"
import { type Progress, startProgress } from "./Progress.ts"
import { scenarioFile, timeLimitSeconds, worldOptions } from "./ScenarioWorld.ts"
import { latencyLine, printTable } from "./Table.ts"
import { tellUnfinished } from "./Unfinished.ts"

const help = `npm run demo [-- OPTIONS]

Starts a simulated GitHub, a simulated E2B and runnerd on this machine (127.0.0.1 only), plays workflow runs in three
repositories, and shows what happens to each job. Without options a little traffic goes on until Ctrl-C.

  --scenario NAME        what to play: demo (unless given), faults (a day on which much goes wrong), limits, or the path
                         of a file of your own; docs/simulators.md tells how to write one
  --once                 play the runs once, print a table, check that nothing is left, and end:
                         exit code 0 when all is as it should be, else 1
  --time-limit SECONDS   with --once: say what is unfinished and give up after so long (default: the
                         scenario's own, else 120)
  --help                 this text`

interface Options {
  readonly scenario: Scenario
  readonly once: boolean
  readonly limitMillis: number
}

const playerOf = async (demo: Demo, { scenario, once }: Options, progress: Progress): Promise<ScenarioPlayer> => {
  const { e2b, github } = demo.world
  const parts = { e2b, github, traffic: !once, now: Date.now, say: progress.say }
  const player = new ScenarioPlayer(scenario, parts)
  await player.prepare()
  return player
}

const once = async (demo: Demo, progress: Progress, options: Options, stop: AbortSignal): Promise<boolean> => {
  const { limitMillis, scenario } = options
  const specs = scenario.specs ?? []
  const limited = new Set(specs.filter((spec) => spec.max_concurrency !== undefined).map((spec) => spec.name))
  const player = await playerOf(demo, options, progress)
  const over = await demo.watch({
    player,
    seen: progress.report,
    signal: AbortSignal.any([stop, AbortSignal.timeout(limitMillis)])
  })
  if (stop.aborted) return false
  const jobs = demo.jobs()
  console.log()
  printTable(jobs)
  if (!over) {
    console.log(`Not finished within ${limitMillis / 1000} s:`)
    for (const outstanding of player.outstanding) console.log(`  did not happen yet: ${outstanding}`)
    await tellUnfinished(demo.url, jobs, demo.requests)
    console.log(`The last that runnerd logged:\n${demo.log}`)
    return false
  }
  console.log(latencyLine(jobs, limited))
  await printFaults(demo.world, demo.url, demo.requests)
  const wrong = jobs.filter((job) => job.conclusion !== job.expected)
  for (const job of wrong) console.log(`${job.name} did not end as its workflow says.`)
  const failed = demo.requests.filter((request) => request.status !== "completed")
  for (const request of failed) console.log(`Request ${request.id} is ${request.status}: ${request.error}`)
  if (wrong.length === 0) console.log(`All ${jobs.length} jobs ended as their workflows say.`)
  return wrong.length === 0 && failed.length === 0
}

const curl = (url: string, path: string) => `  curl -H 'Authorization: Bearer ${adminToken}' '${url}${path}'`

const stayUp = async (demo: Demo, progress: Progress, options: Options, stop: AbortSignal): Promise<boolean> => {
  console.log(`
The API is at ${demo.url}, its bearer token is ${adminToken}. For example:
${curl(demo.url, "/runner_specs")}
${curl(demo.url, "/runner_requests?limit=3")}
Ctrl-C ends the demo and removes everything.
`)
  let told = false
  const tellOfFirst = (jobs: ReadonlyArray<JobView>) => {
    const id = jobs.find((job) => job.status === "completed" && job.request !== null)?.request?.id
    if (told || id === undefined) return
    told = true
    console.log(`\nHow the first one went, as runnerd tells it:
${curl(demo.url, `/runner_requests/${id}/events`)}
${curl(demo.url, `/runner_requests/${id}/logs/stdout.log`)}
`)
  }
  await demo.watch({
    player: await playerOf(demo, options, progress),
    seen: (jobs) => {
      progress.report(jobs)
      tellOfFirst(jobs)
    },
    signal: stop
  })
  return true
}

const play = async (demo: Demo, options: Options, stop: AbortSignal): Promise<boolean> => {
  const progress = startProgress(demo.world, Date.now())
  progress.say(`GitHub is simulated at ${demo.world.github.url}, E2B at ${demo.world.e2b.url}`)
  await demo.startRunnerd(AbortSignal.any([stop, AbortSignal.timeout(options.limitMillis)]))
  progress.say(`runnerd listens on ${demo.url}`)
  return options.once ? once(demo, progress, options, stop) : stayUp(demo, progress, options, stop)
}

const run = async (options: Options, stop: AbortSignal): Promise<number> => {
  const demo = new Demo(await startLocalWorld(worldOptions(options.scenario)), options.scenario)
  let good = false
  try {
    good = await play(demo, options, stop)
  } catch (failure) {
    // A Ctrl-C in a terminal reaches runnerd at the same moment, and its end may be seen before the signal is.
    await pause(200, stop)
    if (!stop.aborted) console.error(`${failure instanceof Error ? failure.message : String(failure)}\n${demo.log}`)
  }
  if (stop.aborted) console.log("\nCleaning up …")
  const clean = tellLeftovers(await demo.close(options.once && good))
  if (!clean) return 1
  if (stop.aborted) return options.once ? 128 + constants.signals[stop.reason as NodeJS.Signals] : 0
  return good ? 0 : 1
}

const wrongUsage = (message: string): never => {
  console.error(`${message}\n\n${help}`)
  process.exit(2)
}

const readArguments = () => {
  try {
    return parseArgs({
      options: {
        once: { type: "boolean", default: false },
        "time-limit": { type: "string" },
        scenario: { type: "string", default: "demo" },
        help: { type: "boolean", default: false }
      }
    }).values
  } catch (failure) {
    return wrongUsage((failure as Error).message)
  }
}

const values = readArguments()
if (!(Number(values["time-limit"] ?? 1) > 0)) wrongUsage("--time-limit wants a number of seconds above 0")
if (values["time-limit"] !== undefined && !values.once) wrongUsage("--time-limit goes with --once")

const readScenario = (nameOrPath: string): Promise<Scenario> =>
  loadScenario(scenarioFile(nameOrPath)).catch((failure: unknown) => {
    if (failure instanceof ScenarioError) return wrongUsage(failure.message)
    throw failure
  })

if (values.help) console.log(help)
else {
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort(signal))
  // The reader went away (`npm run demo | head`): nobody looks any more.
  process.stdout.on("error", () => stop.abort("SIGPIPE"))
  const scenario = await readScenario(values.scenario)
  const limitSeconds = Number(values["time-limit"] ?? timeLimitSeconds(scenario))
  process.exitCode = await run({ scenario, once: values.once, limitMillis: limitSeconds * 1000 }, stop.signal)
}
