// `npm run test:simulation`: many lives, or one again.
//
// Answers for: the arguments, one line for each bad seed, a summary, and the exit code. Gotcha: a seed's life changes with the code
// that lives it, so a seed is worth keeping only together with its commit.
import { parseArgs } from "node:util"
import { describeReport } from "./DescribeReport.ts"
import { scheduleOf } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"

const help = `npm run test:simulation [-- OPTIONS]

Plays lives of runnerd between the state machines of E2B and GitHub on a clock of their own.

  --seed N       play this one and print all that happened
  --from N       the first seed (default 1)
  --seeds N      how many (default 1000)
  --help         this text`

const whole = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  console.error(`--${name}: expected a whole number`)
  process.exit(2)
}

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string", default: "1" },
    seeds: { type: "string", default: "1000" },
    help: { type: "boolean", default: false }
  }
})

if (values.help) {
  console.log(help)
} else if (values.seed !== undefined) {
  const seed = whole("seed", values.seed)
  const report = await simulate(scheduleOf(seed))
  console.log(JSON.stringify(scheduleOf(seed), null, 1))
  console.log(report.trace.join("\n"))
  for (const problem of report.problems) console.log(`PROBLEM ${problem}`)
  console.log(`seed ${seed}: ${report.jobs} jobs, ${report.sandboxes} sandboxes, fingerprint ${report.fingerprint}`)
  process.exitCode = report.problems.length === 0 ? 0 : 1
} else {
  const from = whole("from", values.from)
  const seeds = whole("seeds", values.seeds)
  const bad: Array<number> = []
  const began = performance.now()
  let jobs = 0
  let sandboxes = 0
  let events = 0
  let minutes = 0
  for (let seed = from; seed < from + seeds; seed += 1) {
    const report = await simulate(scheduleOf(seed))
    jobs += report.jobs
    sandboxes += report.sandboxes
    events += report.trace.length
    minutes += report.minutes
    if (report.problems.length === 0) continue
    bad.push(seed)
    console.log(describeReport(seed, report))
  }
  const seconds = Math.round((performance.now() - began) / 1000)
  console.log(`${events} events in ${Math.round(minutes)} minutes of their time, ${seconds} seconds of ours`)
  console.log(`${seeds} lives, ${jobs} jobs, ${sandboxes} sandboxes; bad seeds: ${bad.join(", ") || "none"}`)
  process.exitCode = bad.length === 0 ? 0 : 1
}
