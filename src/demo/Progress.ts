// The demo's running commentary: one line per change and per fault that struck, with the time since the start.
//
// Answers for: what is printed while jobs run. Gotcha: changes are found by looking now and then, so several may be
// found at once; they are printed in the order in which they happened.
import { styleText } from "node:util"
import { faultWatch } from "./FaultReport.ts"
import type { JobView } from "./JobViews.ts"
import type { LocalWorld } from "./LocalWorld.ts"

type Style = Parameters<typeof styleText>[0]

/** Colours only where a terminal shows them. */
const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })

const conclusionText = (job: JobView): string => {
  if (job.conclusion !== job.expected) return `${job.conclusion}, although its workflow says ${job.expected}`
  return job.conclusion === "success" ? "success" : `${job.conclusion}, as its workflow says`
}

interface Change {
  readonly at: number
  readonly job: JobView
  readonly text: string
}

const changesOf = (job: JobView): ReadonlyArray<Change> => {
  const change = (at: number | null, text: string, style: Style): ReadonlyArray<Change> =>
    at === null ? [] : [{ at, job, text: styled(style, text) }]
  const good = job.conclusion === job.expected
  return [
    ...change(job.queuedAt, "queued", "dim"),
    ...change(job.sandboxAt, "sandbox created", "cyan"),
    ...change(job.pickedUpAt, `picked up by ${job.runnerName}`, "blue"),
    ...change(job.finishedAt, `finished: ${conclusionText(job)}`, good ? "green" : "red")
  ]
}

export interface Progress {
  /** A line of its own. */
  readonly say: (text: string) => void
  /** Prints what has changed since the last call. */
  readonly report: (jobs: ReadonlyArray<JobView>) => void
}

export const startProgress = (world: LocalWorld, startedAt: number): Progress => {
  /** How many changes of each job were printed. */
  const printed = new Map<number, Set<string>>()
  const print = (at: number, text: string) =>
    console.log(`${styled("dim", `${((at - startedAt) / 1000).toFixed(2).padStart(7)} s`)}  ${text}`)

  const fresh = (change: Change): boolean => {
    const known = printed.get(change.job.id) ?? new Set()
    printed.set(change.job.id, known)
    if (known.has(change.text)) return false
    known.add(change.text)
    return true
  }

  const say = (text: string) => print(Date.now(), text)
  const tellFaults = faultWatch(world, (text) => say(styled("yellow", text)))

  return {
    say,
    report: (jobs) => {
      tellFaults()
      const changes = jobs.flatMap((job) => changesOf(job)).filter(fresh)
      for (const { at, job, text } of changes.toSorted((a, b) => a.at - b.at))
        print(at, `${job.name.padEnd(32)}${text}`)
    }
  }
}
