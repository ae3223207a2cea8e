// What `runnerd doctor` prints: a line for each finding, with what to do below it.
import type { Finding, FindingStatus } from "./domain/Finding.ts"
import type { Diagnosis } from "./services/doctor/Doctor.ts"

const marks: Readonly<Record<FindingStatus, string>> = { ok: "ok  ", warn: "warn", fail: "FAIL" }
const indent = " ".repeat("FAIL  ".length)

const lineOf = ({ advice, check, message, status }: Finding): string =>
  `${marks[status]}  ${check}: ${message}${advice === null ? "" : `\n${indent}→ ${advice}`}`

const counted = (findings: ReadonlyArray<Finding>, status: FindingStatus) =>
  findings.filter((finding) => finding.status === status).length

export const asText = ({ findings }: Diagnosis): string =>
  [
    ...findings.map(lineOf),
    `${counted(findings, "ok")} ok, ${counted(findings, "warn")} to look at, ${counted(findings, "fail")} failed`
  ].join("\n")
