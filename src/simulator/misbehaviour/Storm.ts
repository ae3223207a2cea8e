// Bad weather by seed: every call may go wrong, and the same seed makes the same weather.
//
// Answers for: whether the n-th call of an operation meets a fault, and which. Pure. Not for faults that somebody named
// (Faults.ts): those come first.
import { draw } from "./Draw.ts"
import type { Fault } from "./Fault.ts"
import { FaultRefused } from "./Fault.ts"

export const stormKinds = [
  /** The answer is true, but late. */
  "slow",
  /** The effect comes after the client's time limit. */
  "overdue",
  /** A 5xx without effect. */
  "error",
  /** The connection is reset before anything happens. */
  "reset",
  /** The call takes effect and the connection is reset. */
  "lost",
  /** The call takes effect and its answer breaks off. */
  "malformed"
] as const

export type StormKind = (typeof stormKinds)[number]

export interface Storm {
  readonly seed: number
  /** Share of the calls that go wrong, 0 to 1. */
  readonly share: number
  /** All kinds when left out. */
  readonly kinds?: ReadonlyArray<StormKind>
  /** Operations that it reaches; all when left out. */
  readonly operations?: ReadonlyArray<string>
  /** The most that a slow call takes longer, in milliseconds; 2,000 when left out. */
  readonly slowMs?: number
  /** How late an overdue effect is, in milliseconds: longer than the client waits. 65,000 when left out. */
  readonly overdueMs?: number
}

const errors = [500, 502, 503, 504]

const faultOf = (kind: StormKind, operation: string, storm: Storm, roll: number): Fault => {
  switch (kind) {
    case "slow":
      return { operation, delayMs: Math.ceil(roll * (storm.slowMs ?? 2000)) }
    case "overdue":
      return { operation, delayMs: storm.overdueMs ?? 65_000 }
    case "error":
      return { operation, answer: { status: errors[Math.floor(roll * errors.length)] ?? 500 } }
    case "reset":
      return { operation, answer: "reset" }
    case "lost":
      return { operation, answer: "reset", when: "after" }
    case "malformed":
      return { operation, answer: "malformed" }
  }
}

/** The fault that the `call`-th call of an operation meets, if any. */
export const stormFault = (storm: Storm, operation: string, call: number): Fault | undefined => {
  if (storm.operations?.includes(operation) === false) return undefined
  const roll = (what: string) => draw(storm.seed, "storm", operation, call, what)
  if (roll("whether") >= storm.share) return undefined
  const kinds = storm.kinds ?? stormKinds
  const kind = kinds[Math.floor(roll("kind") * kinds.length)]
  return kind === undefined ? undefined : faultOf(kind, operation, storm, roll("how"))
}

const isNumber = (value: unknown, most: number): boolean => typeof value === "number" && value >= 0 && value <= most

/** A storm out of JSON. Throws FaultRefused. */
export const parseStorm = (value: unknown, operations: ReadonlySet<string>): Storm => {
  const storm = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  if (!Number.isSafeInteger(storm["seed"])) throw new FaultRefused("seed: expected a whole number")
  if (!isNumber(storm["share"], 1)) throw new FaultRefused("share: expected a share from 0 to 1")
  const names = (key: string, allowed: Iterable<string>) => {
    const given = storm[key]
    const all = new Set(allowed)
    if (given === undefined || (Array.isArray(given) && given.length > 0 && given.every((name) => all.has(name))))
      return
    throw new FaultRefused(`${key}: expected some of ${[...all].join(", ")}`)
  }
  names("kinds", stormKinds)
  names("operations", operations)
  for (const key of ["slowMs", "overdueMs"]) {
    if (storm[key] !== undefined && !isNumber(storm[key], Number.MAX_SAFE_INTEGER)) {
      throw new FaultRefused(`${key}: expected milliseconds`)
    }
  }
  return storm as unknown as Storm
}
