// The circuit breaker of a runner spec: sandboxes that die one after the other before they take a job stop it.
//
// Answers for: what counts as a death, and whether a spec may have another sandbox. Pure. The count is kept in the row
// that services/store/SpecHealthRows.ts writes with what it counts.
// Gotchas: only what a template or a runner's start may be guilty of counts; E2B without room, or GitHub that does not
// answer, has holds of its own (Capacity.ts). A pause spends nobody's attempts: requests wait, and say so.
import type { ReasonCode } from "./ReasonCode.ts"
import type { RequestFact } from "./RequestFact.ts"
import { hasTakenJob, type RunnerRequest } from "./RunnerRequest.ts"
import { withoutEnd } from "./Sentence.ts"

export interface BreakerRules {
  /** worker.breaker_deaths; infinite when unlimited. */
  readonly deaths: number
  /** worker.breaker_cooldown_seconds, in milliseconds. */
  readonly cooldown: number
}

/** Sandboxes of a spec that died since one last took a job, or since an operator said to go on: one at least. */
export interface SpecDeaths {
  readonly deaths: number
  /** When the newest died (epoch milliseconds), and of what. */
  readonly diedAt: number
  readonly code: ReasonCode
  readonly message: string
}

const deadly: ReadonlySet<ReasonCode> = new Set([
  "runner_start_timeout",
  "runner_not_ready",
  "runner_exited",
  "sandbox_gone",
  "sandbox_process_not_found",
  "sandbox_unreachable",
  "timeout"
])

export type SandboxEnd =
  | { readonly _tag: "Worked" }
  | { readonly _tag: "Died"; readonly code: ReasonCode; readonly message: string }

/** What a fact that has just changed a request says of its spec's sandboxes; null: nothing. */
export const sandboxEnd = (before: RunnerRequest, fact: RequestFact): SandboxEnd | null => {
  if (fact._tag === "JobAssigned" || fact._tag === "RunnerBusy") return hasTakenJob(before) ? null : { _tag: "Worked" }
  if (fact._tag !== "AttemptFailed" || before.sandboxId === null || hasTakenJob(before)) return null
  const { disposition } = fact
  return disposition._tag !== "Deferred" && deadly.has(disposition.code)
    ? { _tag: "Died", code: disposition.code, message: disposition.message }
    : null
}

export type BreakerState =
  | { readonly _tag: "Closed" }
  /** Nothing is provisioned before `until` (epoch milliseconds). */
  | { readonly _tag: "Paused"; readonly until: number }
  /** One sandbox at a time, until one has taken a job. */
  | { readonly _tag: "Probing" }

/** Null: none of the spec's newest sandboxes died. */
export const breakerState = (deaths: SpecDeaths | null, rules: BreakerRules, now: number): BreakerState => {
  if (deaths === null || deaths.deaths < rules.deaths) return { _tag: "Closed" }
  const until = deaths.diedAt + rules.cooldown
  return now < until ? { _tag: "Paused", until } : { _tag: "Probing" }
}

/** What has happened to the spec: a whole sentence. */
export const deathsMessage = (specName: string, { deaths, message }: SpecDeaths): string => {
  const which = deaths === 1 ? "The newest sandbox" : `The newest ${deaths} sandboxes`
  return `${which} of runner spec ${specName} died before taking a job, the last one so: ${withoutEnd(message)}.`
}
