// Loaded into runnerd before anything else (`--import`): says on SIGUSR2 how many SQL statements it has run, and how late its
// event loop was since it said so last.
//
// Gotcha: the histogram holds the time between two looks, so what is beyond their interval is the delay; a loop that was held
// for long counts as one look, so the longest stands beside the percentiles. Statements are those of SQLite.
import { monitorEventLoopDelay } from "node:perf_hooks"
import { StatementSync } from "node:sqlite"
import type { InsideFigures } from "./WatchedRunnerd.ts"

const lookMillis = 10

let statements = 0

for (const method of ["all", "get", "run"] as const) {
  const original = StatementSync.prototype[method] as (...parameters: ReadonlyArray<unknown>) => unknown
  const counted = function (this: StatementSync, ...parameters: ReadonlyArray<unknown>) {
    statements += 1
    return original.apply(this, [...parameters])
  }
  Object.defineProperty(StatementSync.prototype, method, { value: counted })
}

const loop = monitorEventLoopDelay({ resolution: lookMillis })
loop.enable()
const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - lookMillis)

process.on("SIGUSR2", () => {
  const figures: InsideFigures = {
    statements,
    delayP50: beyond(loop.percentile(50)),
    delayP99: beyond(loop.percentile(99)),
    delayMax: beyond(loop.max)
  }
  loop.reset()
  process.stdout.write(`inside ${JSON.stringify(figures)}\n`)
})
