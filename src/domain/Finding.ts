// What a look at the installation found: one line of the doctor.
//
// Answers for: the words. Not for looking (services/doctor).
import * as Schema from "effect/Schema"

/** What is looked at, in the order in which it is told. */
export const CheckName = Schema.Literals([
  "github_auth",
  "github_permissions",
  "github_events",
  "github_installations",
  "webhook_url",
  "webhook_deliveries",
  "e2b_key",
  "e2b_templates",
  "e2b_plan",
  "clock",
  "database",
  "disk"
])
export type CheckName = typeof CheckName.Type

/** `warn`: works now, or perhaps. `fail`: something does not work. */
export const FindingStatus = Schema.Literals(["ok", "warn", "fail"])
export type FindingStatus = typeof FindingStatus.Type

export interface Finding {
  readonly check: CheckName
  readonly status: FindingStatus
  /** What was found, in a sentence. */
  readonly message: string
  /** What to do about it; null: nothing. */
  readonly advice: string | null
}

/** One line of a check, which adds its own name. */
export type Line = Omit<Finding, "check">

export const ok = (message: string): Line => ({ status: "ok", message, advice: null })
export const warn = (message: string, advice: string): Line => ({ status: "warn", message, advice })
export const fail = (message: string, advice: string): Line => ({ status: "fail", message, advice })

/** The worst of them. */
export const worst = (findings: ReadonlyArray<Finding>): FindingStatus =>
  findings.some(({ status }) => status === "fail")
    ? "fail"
    : findings.some(({ status }) => status === "warn")
      ? "warn"
      : "ok"
