// What a team may do at E2B, by its plan.
//
// Answers for: the limits, the two plans that E2B sells, and reading one out of JSON. Source: E2B's documentation of its
// limits. Not for enforcing them (SandboxFleet.ts, TemplateBuilds.ts, CallRate.ts).
import { badRequest } from "./ControlFailure.ts"

export interface Plan {
  /** Sandboxes that run at once; paused ones do not count. */
  readonly maxConcurrent: number
  /** Longest life of one sandbox, whatever extensions it is given. */
  readonly maxHours: number
  /** Creations per second; unlimited when left out. */
  readonly createsPerSecond?: number
  /** Calls of the control API; unlimited when left out. */
  readonly callsPer30Seconds?: number
  /** Calls of envd, of all sandboxes together (E2B counts them per address); unlimited when left out. */
  readonly sandboxCallsPerMinute?: number
  /** Largest template; unlimited when left out. */
  readonly maxCpuCount?: number
  readonly maxMemoryMB?: number
  /** Template builds at once; unlimited when left out. */
  readonly concurrentBuilds?: number
}

const shared = {
  callsPer30Seconds: 20_000,
  sandboxCallsPerMinute: 40_000,
  maxCpuCount: 8,
  maxMemoryMB: 8192,
  concurrentBuilds: 20
}

export const plans = {
  hobby: { ...shared, maxConcurrent: 20, maxHours: 1, createsPerSecond: 1 },
  pro: { ...shared, maxConcurrent: 100, maxHours: 24, createsPerSecond: 5 },
  /** None that E2B sells: for those who do not want to meet a limit. */
  generous: { maxConcurrent: 10_000, maxHours: 24 }
} as const satisfies Record<string, Plan>

export type PlanName = keyof typeof plans

const names: ReadonlyArray<string> = Object.keys(plans)

const optional = [
  "createsPerSecond",
  "callsPer30Seconds",
  "sandboxCallsPerMinute",
  "maxCpuCount",
  "maxMemoryMB",
  "concurrentBuilds"
]

/** A plan's name or a whole plan. 400 for anything else. */
export const parsePlan = (value: unknown): Plan => {
  if (typeof value === "string" && names.includes(value)) return plans[value as PlanName]
  const plan = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const known = ["maxConcurrent", "maxHours", ...optional]
  const stranger = Object.keys(plan).find((key) => !known.includes(key))
  if (stranger !== undefined) throw badRequest(`${stranger}: a plan has only ${known.join(", ")}`)
  if (plan["maxConcurrent"] === undefined || plan["maxHours"] === undefined) {
    throw badRequest(`a plan is one of ${names.join(", ")}, or has maxConcurrent and maxHours`)
  }
  for (const [key, limit] of Object.entries(plan)) {
    if (typeof limit !== "number" || !(limit >= 0)) throw badRequest(`${key} must be a number`)
  }
  return plan as unknown as Plan
}
