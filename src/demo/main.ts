// `npm run demo`: runnerd between a simulated GitHub and a simulated E2B, all on this machine.
//
// Answers for: the arguments, the two ways to run, signals, exit codes: 0 as it should be, 1 not, 2 wrong arguments,
// 130/143/129 when a signal ended `--once`. Gotcha: npm passes a Ctrl-C on that the terminal has already delivered, so
// a second signal must not cut the cleaning up short.
import { constants } from "node:os"
import { parseArgs } from "node:util"
import type { RunDefinition } from "../simulator/github/machine/Entities.ts"
import { Demo, startWorld } from "./Demo.ts"
import type { JobView } from "./JobViews.ts"
import { tellLeftovers } from "./Leftovers.ts"
import { adminToken } from "./LocalWorld.ts"
import { type Progress, startProgress } from "./Progress.ts"
import { plannedRuns, smallRun, specs } from "./Scenario.ts"
import { latencyLine, printTable } from "./Table.ts"
import { tellUnfinished } from "./Unfinished.ts"

const help = `npm run demo [-- OPTIONS]

Starts a simulated GitHub, a simulated E2B and runnerd on this machine (127.0.0.1 only), plays workflow runs in three
repositories, and shows what happens to each job. Without options a little traffic goes on until Ctrl-C.

  --once                 play the runs once, print a table, check that nothing is left, and end:
                         exit code 0 when all is as it should be, else 1
  --time-limit SECONDS   with --once: give up after so many seconds (default 120)
  --help                 this text`

const trafficMillis = 20_000
const limited = new Set(specs.filter((spec) => spec.max_concurrency !== undefined).map((spec) => spec.name))

/** Answers the runs of the plan as they become due, then those of `more`. */
const schedule = (startedAt: number, more: (elapsed: number) => RunDefinition | "later" | null) => {
  const waiting = [...plannedRuns]
  return () => {
    const elapsed = Date.now() - startedAt
    const next = waiting[0]
    if (next === undefined) return more(elapsed)
    if (next.at > elapsed) return "later"
    waiting.shift()
    return next.run
  }
}

const endlessTraffic = () => {
  let turn = 0
  return (elapsed: number): RunDefinition | "later" => {
    if (elapsed < (turn + 1) * trafficMillis) return "later"
    return smallRun(turn++)
  }
}

const asExpected = (job: JobView): boolean => job.status === "completed" && job.conclusion === job.expected

const once = async (demo: Demo, progress: Progress, limitSeconds: number, stop: AbortSignal): Promise<boolean> => {
  const timeOver = AbortSignal.timeout(limitSeconds * 1000)
  const over = await demo.watch({
    due: schedule(Date.now(), () => null),
    seen: progress.report,
    signal: AbortSignal.any([stop, timeOver])
  })
  if (stop.aborted) return false
  console.log()
  printTable(demo.jobs())
  if (!over) {
    console.log(`Not finished within ${limitSeconds} s:`)
    await tellUnfinished(demo.url, demo.jobs(), demo.requests)
    return false
  }
  console.log(latencyLine(demo.jobs(), limited))
  const wrong = demo.jobs().filter((job) => !asExpected(job))
  for (const job of wrong) console.log(`${job.name} did not end as its workflow says.`)
  const failed = demo.requests.filter((request) => request.status !== "completed")
  for (const request of failed) console.log(`Request ${request.id} is ${request.status}: ${request.error}`)
  if (wrong.length === 0) console.log(`All ${demo.jobs().length} jobs ended as their workflows say.`)
  return wrong.length === 0 && failed.length === 0
}

const stayUp = async (demo: Demo, progress: Progress, stop: AbortSignal): Promise<boolean> => {
  const call = `curl -H 'Authorization: Bearer ${adminToken}' ${demo.url}`
  console.log(`
The API is at ${demo.url}, its bearer token is ${adminToken}. Try:

  ${call}/runner_specs
  ${call}/runner_requests?limit=3
  ${call}/runner_requests/ID/events        (ID: the id of one of them)
  ${call}/runner_requests/ID/logs/stdout.log

Ctrl-C ends the demo and removes everything.
`)
  await demo.watch({ due: schedule(Date.now(), endlessTraffic()), seen: progress.report, signal: stop })
  return true
}

const play = async (
  demo: Demo,
  options: { readonly once: boolean; readonly limitSeconds: number },
  stop: AbortSignal
): Promise<boolean> => {
  const progress = startProgress(Date.now())
  progress.say(`GitHub is simulated at ${demo.world.github.url}, E2B at ${demo.world.e2b.url}`)
  progress.say(`runnerd listens on ${await demo.startRunnerd(stop)}`)
  return options.once ? once(demo, progress, options.limitSeconds, stop) : stayUp(demo, progress, stop)
}

const run = async (
  options: { readonly once: boolean; readonly limitSeconds: number },
  stop: AbortSignal
): Promise<number> => {
  const demo = new Demo(await startWorld())
  let good = false
  try {
    good = await play(demo, options, stop)
  } catch (failure) {
    if (!stop.aborted) console.error(failure instanceof Error ? failure.message : failure)
  }
  if (stop.aborted) console.log("\nCleaning up …")
  const clean = tellLeftovers(await demo.close(options.once && good))
  if (options.once && stop.aborted) return 128 + constants.signals[stop.reason as NodeJS.Signals]
  return good && clean ? 0 : 1
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
        help: { type: "boolean", default: false }
      }
    }).values
  } catch (failure) {
    return wrongUsage((failure as Error).message)
  }
}

const values = readArguments()
const limitSeconds = Number(values["time-limit"] ?? 120)
if (!(limitSeconds > 0)) wrongUsage("--time-limit wants a number of seconds above 0")
if (values["time-limit"] !== undefined && !values.once) wrongUsage("--time-limit goes with --once")

if (values.help) console.log(help)
else {
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort(signal))
  // The reader went away (`npm run demo | head`): nobody looks any more.
  process.stdout.on("error", () => stop.abort("SIGPIPE"))
  process.exitCode = await run({ once: values.once, limitSeconds }, stop.signal)
}
