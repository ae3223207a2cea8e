// `runnerd demo`: runnerd between a simulated GitHub and a simulated E2B, all on this machine.
//
// Answers for: the two ways to run, signals, the exit code: 0 as it should be, 1 not, 128 + its number when a signal ended
// a demo that was to end by itself. Not for the flags (Commands.ts). Gotcha: npm passes a Ctrl-C on that the terminal has
// already delivered, so a second signal must not cut the cleaning up short.
import { constants } from "node:os"
import { loadScenario } from "../simulator/scenario/ReadScenario.ts"
import type { Scenario } from "../simulator/scenario/Scenario.ts"
import { ScenarioPlayer } from "../simulator/scenario/ScenarioPlayer.ts"
import { Demo, pause } from "./Demo.ts"
import { printFaults } from "./FaultReport.ts"
import type { JobView } from "./JobViews.ts"
import { tellLeftovers } from "./Leftovers.ts"
import { adminToken, startLocalWorld } from "./LocalWorld.ts"
import { type Progress, startProgress } from "./Progress.ts"
import { scenarioFile, timeLimitSeconds, worldOptions } from "./ScenarioWorld.ts"
import { latencyLine, printTable } from "./Table.ts"
import { tellUnfinished } from "./Unfinished.ts"

export interface DemoOptions {
  /** A name or a path. */
  readonly scenario: string
  /** Play the runs once, look whether anything is left, and end. */
  readonly once: boolean
  /** With `once`: how long it may take; the scenario's own unless given. */
  readonly timeLimitSeconds: number | undefined
}

/** For runnerd to listen; the jobs' own time begins then. */
const startMillis = 60_000

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
The console is at ${demo.url}/admin/
Its token is      ${adminToken}

The API takes the same token:
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
  await demo.startRunnerd(AbortSignal.any([stop, AbortSignal.timeout(startMillis)]))
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

/** Its value is the exit code. Rejects with ScenarioError when the scenario makes no sense, before anything is started. */
export const runDemo = async (options: DemoOptions): Promise<number> => {
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort(signal))
  // The reader went away (`npm run demo | head`): nobody looks any more.
  process.stdout.on("error", () => stop.abort("SIGPIPE"))
  const scenario = await loadScenario(scenarioFile(options.scenario))
  const limitSeconds = options.timeLimitSeconds ?? timeLimitSeconds(scenario)
  return run({ scenario, once: options.once, limitMillis: limitSeconds * 1000 }, stop.signal)
}
