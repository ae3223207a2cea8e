// What happens in a simulated life: which jobs come when, how the outside misbehaves, and what befalls runnerd. All of it
// follows from one number.
//
// Answers for: data only (Simulation.ts acts on it). Times are milliseconds from the start.
import type { RunnerFault } from "../../src/simulator/github/machine/RunnerFaults.ts"
import { runnerFaultKinds } from "../../src/simulator/github/machine/RunnerFaults.ts"
import type { JobDefinition, RunDefinition } from "../../src/simulator/github/machine/Entities.ts"
import type { WebhookFault } from "../../src/simulator/github/hooks/WebhookFaults.ts"
import { draw } from "../../src/simulator/misbehaviour/Draw.ts"
import type { Fault } from "../../src/simulator/misbehaviour/Fault.ts"
import type { Storm } from "../../src/simulator/misbehaviour/Storm.ts"
import { operations as e2bOperations } from "./SimulatedE2B.ts"
import { operations as gitHubOperations } from "./SimulatedGitHub.ts"

export interface Spec {
  readonly name: string
  readonly labels: ReadonlyArray<string>
  readonly maxConcurrency: number
  readonly runnerGroup: string | null
}

export type Deed =
  | { readonly _tag: "Run"; readonly run: RunDefinition }
  /** `which`: a number that picks one of the jobs, requests or sandboxes there are by then. */
  | { readonly _tag: "CancelJob" | "RerunRun" | "CutStreams" | "VanishSandbox" | "StopRequest"; readonly which: number }
  | NodeDeed

/** `forMillis`: how long it is down, stands still, or is cut off from the database. */
export interface NodeDeed {
  readonly _tag: "Crash" | "Stop" | "Freeze" | "CutOff"
  /** A number that picks one. */
  readonly node: number
  /** In the middle of its next call of this method outside; null: at once. */
  readonly upon: Operation | null
  readonly forMillis: number
}

export interface Schedule {
  readonly seed: number
  /** How many processes of runnerd share the database. */
  readonly nodes: 1 | 2
  /** Only an App can read the log of its deliveries: without one somebody sends again what did not arrive. */
  readonly isApp: boolean
  readonly registrationMode: "jit" | "token"
  readonly specs: ReadonlyArray<Spec>
  readonly maxRunners: number | "unlimited"
  readonly createsPerSecond: number | "unlimited"
  /** The share of news between and inside the nodes that is lost. */
  readonly lostNews: number
  readonly deeds: ReadonlyArray<{ readonly at: number; readonly deed: Deed }>
  readonly storms: { readonly e2b: Storm | null; readonly github: Storm | null }
  readonly faults: { readonly e2b: ReadonlyArray<Fault>; readonly github: ReadonlyArray<Fault> }
  readonly webhooks: ReadonlyArray<WebhookFault>
  readonly runners: ReadonlyArray<RunnerFault>
  /** From then on everything outside behaves. */
  readonly calmAt: number
}

export const repositories = ["acme/web", "acme/api", "mona/site"]

const second = 1000
const minute = 60 * second

const runsUntil = 7 * minute
const deedsUntil = 10 * minute

/** Everything drawn from the seed, by name: what one part draws changes nothing for the others. */
class Dice {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  roll(...what: ReadonlyArray<string | number>): number {
    return draw(this.#seed, ...what)
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number, ...what: ReadonlyArray<string | number>): number {
    return least + Math.floor(this.roll(...what) * (most - least + 1))
  }

  pick<A>(from: ReadonlyArray<A>, ...what: ReadonlyArray<string | number>): A {
    return from[this.whole(0, from.length - 1, ...what)]!
  }

  happens(share: number, ...what: ReadonlyArray<string | number>): boolean {
    return this.roll(...what) < share
  }
}

const labelsOf: Readonly<Record<string, ReadonlyArray<string>>> = {
  small: ["self-hosted", "e2b"],
  large: ["self-hosted", "e2b", "large"],
  grouped: ["self-hosted", "grouped"]
}

const jobsOf = (dice: Dice, run: number, owner: string): ReadonlyArray<JobDefinition> => {
  // The organisation's runner group is not the user's.
  const names = owner === "acme" ? ["small", "large", "grouped"] : ["small", "large"]
  const spec = dice.pick(names, "labels", run)
  const count = dice.whole(1, 5, "jobs", run)
  return Array.from({ length: count }, (_, index): JobDefinition => {
    const follows = index > 0 && dice.happens(0.25, "needs", run, index)
    return {
      name: `job-${run}-${index}`,
      labels: labelsOf[spec]!,
      steps: [{ name: "work", seconds: dice.whole(1, 150, "seconds", run, index) }],
      ...(follows ? { needs: [`job-${run}-${index - 1}`] } : {}),
      ...(dice.happens(0.1, "environment", run, index) ? { environment: "production" } : {}),
      ...(dice.happens(0.15, "parallel", run) ? { maxParallel: 2, key: `matrix-${run}` } : {})
    }
  })
}

const withoutNeedsInMatrix = (job: JobDefinition): JobDefinition => {
  if (job.maxParallel === undefined) return job
  const { needs: _, ...rest } = job
  return rest
}

const runAt = (dice: Dice, run: number): { readonly at: number; readonly deed: Deed } => {
  const repository = dice.pick(repositories, "repository", run)
  const jobs = jobsOf(dice, run, repository.split("/")[0]!).map(withoutNeedsInMatrix)
  const event = dice.pick(["push", "pull_request", "schedule"], "event", run)
  return {
    at: dice.whole(0, runsUntil, "run at", run),
    deed: { _tag: "Run", run: { repository, workflow: "ci", event, jobs } }
  }
}

const rarely = (
  dice: Dice,
  tag: "CancelJob" | "RerunRun" | "CutStreams" | "VanishSandbox" | "StopRequest",
  most: number
) =>
  Array.from({ length: dice.whole(0, most, tag) }, (_, index) => ({
    at: dice.whole(minute, deedsUntil, tag, "at", index),
    deed: { _tag: tag, which: dice.whole(0, 1_000_000, tag, "which", index) } as const
  }))

const e2bFaults = (dice: Dice): ReadonlyArray<Fault> => {
  const capacity = dice.pick(
    ["sandbox_capacity_unavailable", "sandbox_placement_timeout", "concurrency_limited", "rate_limited"],
    "capacity"
  )
  return dice.happens(0.5, "no capacity")
    ? [
        {
          operation: "create",
          answer: { failure: capacity },
          skip: dice.whole(0, 10, "skip"),
          times: dice.whole(1, 12, "times")
        }
      ]
    : []
}

const githubFaults = (dice: Dice): ReadonlyArray<Fault> =>
  dice.happens(0.3, "secondary limit")
    ? [
        {
          operation: dice.pick(["createJitConfig", "getJob", "deleteRunner"], "limited"),
          answer: { failure: "secondary_rate_limit" },
          skip: dice.whole(0, 10, "limited skip"),
          times: dice.whole(1, 4, "limited times")
        }
      ]
    : []

const webhookFaults = (dice: Dice): ReadonlyArray<WebhookFault> => {
  const chance = (kind: string) => (dice.happens(0.6, kind) ? dice.roll(kind, "chance") * 0.3 : 0)
  const all: ReadonlyArray<WebhookFault> = [
    { kind: "drop", chance: chance("drop") / 2 },
    { kind: "unreached", chance: chance("unreached") },
    { kind: "duplicate", chance: chance("duplicate") },
    { kind: "reorder", chance: chance("reorder"), delayMs: dice.whole(0, 20 * second, "held") },
    { kind: "delay", chance: chance("delay"), delayMs: dice.whole(0, 3 * minute, "delayed") }
  ]
  return all.filter((fault) => fault.chance !== 0)
}

const stormOf = (dice: Dice, where: string): Storm | null =>
  dice.happens(0.7, "storm", where)
    ? {
        seed: dice.whole(0, 1_000_000, "storm seed", where),
        share: dice.roll("storm share", where) * 0.25,
        slowMs: 5000,
        overdueMs: dice.whole(20, 70, "overdue", where) * second
      }
    : null

const operations = [...e2bOperations, ...gitHubOperations] as const
type Operation = (typeof operations)[number]

const nodeDeeds = (
  dice: Dice,
  tag: NodeDeed["_tag"],
  most: number,
  forMillis: (tag: string, index: number) => number
): Schedule["deeds"] =>
  Array.from({ length: dice.whole(0, most, tag) }, (_, index) => ({
    at: dice.whole(10 * second, deedsUntil, tag, "at", index),
    deed: {
      _tag: tag,
      node: dice.whole(0, 1, tag, "node", index),
      upon: dice.happens(0.5, tag, "upon", index) ? dice.pick(operations, tag, "operation", index) : null,
      forMillis: forMillis(tag, index)
    }
  }))

const endsOfNodes = (dice: Dice, nodes: number): Schedule["deeds"] => {
  const down = (tag: string, index: number) => dice.whole(0, 90 * second, tag, "down", index)
  // Of several nodes one may be gone for longer than its lease lasts: the others take over what it holds.
  const still = (tag: string, index: number) =>
    dice.whole(second, dice.happens(0.5, "short", tag, index) ? 40 * second : 3 * minute, tag, "stands", index)
  return [
    ...nodeDeeds(dice, "Crash", 3, down),
    ...nodeDeeds(dice, "Stop", 1, down),
    ...nodeDeeds(dice, "Freeze", nodes === 1 ? 1 : 3, still),
    ...nodeDeeds(dice, "CutOff", nodes === 1 ? 0 : 2, still)
  ]
}

/** The life that belongs to a seed. */
export const scheduleOf = (seed: number): Schedule => {
  const dice = new Dice(seed)
  const runs = Array.from({ length: dice.whole(2, 10, "runs") }, (_, run) => runAt(dice, run))
  const nodes = dice.happens(0.5, "two nodes") ? 2 : 1
  return {
    seed,
    nodes,
    isApp: dice.happens(0.5, "app"),
    registrationMode: dice.pick(["jit", "token"], "mode"),
    specs: ["small", "large", "grouped"].map((name) => ({
      name,
      labels: labelsOf[name]!,
      maxConcurrency: dice.pick([0, 0, 1, 2, 4], "cap", name),
      runnerGroup: name === "grouped" ? "machines" : null
    })),
    maxRunners: dice.pick(["unlimited", 3, 8], "max runners"),
    createsPerSecond: dice.pick(["unlimited", "unlimited", 0.5], "pace"),
    lostNews: dice.pick([0, 0.1, 0.5], "lost news"),
    deeds: [
      ...runs,
      ...endsOfNodes(dice, nodes),
      ...rarely(dice, "CancelJob", 2),
      ...rarely(dice, "RerunRun", 2),
      ...rarely(dice, "CutStreams", 3),
      ...rarely(dice, "VanishSandbox", 2),
      ...rarely(dice, "StopRequest", 2)
    ].toSorted((a, b) => a.at - b.at),
    storms: { e2b: stormOf(dice, "e2b"), github: stormOf(dice, "github") },
    faults: { e2b: e2bFaults(dice), github: githubFaults(dice) },
    webhooks: webhookFaults(dice),
    runners: dice.happens(0.5, "bad runners")
      ? [{ kind: dice.pick(runnerFaultKinds, "bad runner"), times: dice.whole(1, 3, "bad runners times"), chance: 0.4 }]
      : [],
    calmAt: 12 * minute
  }
}
