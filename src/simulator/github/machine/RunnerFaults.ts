// Runners that misbehave on purpose.
//
// Answers for: which of the next runners get which misbehaviour, once, when they are registered. What GitHub itself does to
// such a runner (refusing it) is in RunnerSessions.ts; the rest is told to the runner when it opens its session, and acted
// out by whoever plays the runner.
// Gotcha: `times` counts runners, not sessions: a runner that is started again stays as bad as it was, and one that was
// refused is refused again, under the same name, until the faults are cleared.
import { draw } from "../../misbehaviour/Draw.ts"
import { FaultRefused } from "../../misbehaviour/Fault.ts"

export const runnerFaultKinds = [
  /** GitHub refuses its registration, or its session when it was registered by generate-jitconfig. */
  "registration_refused",
  /** GitHub says that it has a session already, however often it tries. */
  "session_conflict",
  /** GitHub calls its version too old. */
  "deprecated_version",
  /** GitHub cannot be reached for it. */
  "connect_error",
  /** Its clock is wrong. */
  "clock_skew",
  /** Its listener ends with code 2 before it listens, again and again. */
  "retry_for_ever",
  /** Its listener dies when a job is sent to it. */
  "crash_before_job",
  /** Its listener dies while the job runs. */
  "crash_during_job",
  /** It listens, and asks for nothing. */
  "silence",
  /** The hook before the job fails. */
  "hook_failure",
  /** The job leaves a process and files behind. */
  "leftovers",
  /** GitHub does not take its registration away after the job: it stays, offline, until it expires. Unverified. */
  "registration_stays"
] as const

export type RunnerFaultKind = (typeof runnerFaultKinds)[number]

export interface RunnerFault {
  readonly kind: RunnerFaultKind
  /** Only runners whose name begins so. */
  readonly name?: string
  /** Only runners with all these labels. */
  readonly labels?: ReadonlyArray<string>
  /** How many runners: 1 when left out. */
  readonly times?: number | "always"
  /** The share of runners, 0 to 1, drawn from the seed. */
  readonly chance?: number
}

const known = ["kind", "name", "labels", "times", "chance"]

/** A fault out of JSON. Throws FaultRefused. */
export const parseRunnerFault = (value: unknown): RunnerFault => {
  const fault = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const stranger = Object.keys(fault).find((key) => !known.includes(key))
  if (stranger !== undefined) throw new FaultRefused(`${stranger}: a runner fault has only ${known.join(", ")}`)
  const { kind, name, labels, times, chance } = fault
  if (!(runnerFaultKinds as ReadonlyArray<unknown>).includes(kind)) {
    throw new FaultRefused(`kind: expected one of ${runnerFaultKinds.join(", ")}`)
  }
  if (name !== undefined && typeof name !== "string") throw new FaultRefused("name: expected the beginning of a name")
  if (labels !== undefined && !(Array.isArray(labels) && labels.every((label) => typeof label === "string"))) {
    throw new FaultRefused("labels: expected a list of labels")
  }
  if (times !== undefined && times !== "always" && !(Number.isSafeInteger(times) && Number(times) >= 1)) {
    throw new FaultRefused('times: expected 1 or more, or "always"')
  }
  if (chance !== undefined && !(typeof chance === "number" && chance >= 0 && chance <= 1)) {
    throw new FaultRefused("chance: expected a share from 0 to 1")
  }
  return fault as unknown as RunnerFault
}

export class RunnerFaults {
  /** What `chance` is drawn from. */
  seed = 0
  /** How many runners got each kind. */
  readonly met = new Map<RunnerFaultKind, number>()
  #asked = 0
  readonly #refused = new Map<string, ReadonlySet<RunnerFaultKind>>()
  #faults: Array<{ readonly fault: RunnerFault; readonly number: number; left: number; seen: number }> = []

  /** Throws FaultRefused. */
  add(fault: RunnerFault): void {
    parseRunnerFault(fault)
    const left = fault.times === "always" ? Infinity : (fault.times ?? 1)
    this.#faults.push({ fault, number: ++this.#asked, left, seen: 0 })
  }

  /** What a new runner will do wrong. Uses faults up. */
  of(name: string, labels: ReadonlyArray<string>): ReadonlySet<RunnerFaultKind> {
    const again = this.#refused.get(name)
    if (again !== undefined) return again
    const has = new Set(labels.map((label) => label.toLowerCase()))
    const kinds = new Set<RunnerFaultKind>()
    for (const entry of this.#faults) {
      const { fault } = entry
      if (fault.name !== undefined && !name.startsWith(fault.name)) continue
      if (fault.labels?.every((label) => has.has(label.toLowerCase())) === false) continue
      entry.seen += 1
      const { chance = 1 } = fault
      if (chance < 1 && draw(this.seed, "runner", entry.number, entry.seen) >= chance) continue
      entry.left -= 1
      kinds.add(fault.kind)
      this.met.set(fault.kind, (this.met.get(fault.kind) ?? 0) + 1)
    }
    this.#faults = this.#faults.filter((entry) => entry.left > 0)
    if (kinds.has("registration_refused")) this.#refused.set(name, kinds)
    return kinds
  }

  clear(): void {
    this.#faults = []
    this.#asked = 0
    this.met.clear()
    this.#refused.clear()
  }
}
