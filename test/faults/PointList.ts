// Which points a complete run must have died at, and why not at the others.
//
// Answers for: coverage that is held. What is added to a service with effects, or to the facts of a request, does not compile until it
// is said here whether a scene comes by; a point that must be met and was not is for the matrix to fail on.
// Gotcha: facts that are committed together make one point, which stands for each of them.
import type { FactTag } from "../../src/domain/RequestFact.ts"
import type { GitHub } from "../../src/services/github/GitHub.ts"
import type { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"

/** A sentence: why no scene comes by. */
type Reach = "met" | `Not met: ${string}`

const github: Readonly<Record<keyof GitHub["Service"], Reach>> = {
  createJitConfig: "met",
  registrationToken: "met",
  forgetRegistration: "Not met: it only forgets what this process remembers",
  getJob: "met",
  listRunJobs: "met",
  listRuns: "met",
  installedRepositories: "met",
  hookDeliveries: "met",
  hookDeliveryBody: "met",
  findRunner: "met",
  listRunners: "met",
  deleteRunner: "met"
}

const e2b: Readonly<Record<keyof Sandboxes["Service"], Reach>> = {
  create: "met",
  list: "met",
  get: "met",
  kill: "met",
  setTimeout: "met",
  templateStatus: "Not met: it only reads, for an operator who asks by the API",
  writeFile: "met",
  start: "met",
  connect: "met"
}

const facts: Readonly<Record<FactTag, Reach>> = {
  Claimed: "Not met: committed by claim",
  SandboxCreated: "met",
  RunnerRenamed: "met",
  RunnerRegistered: "met",
  RunnerStarted: "met",
  SandboxExtended: "met",
  RunnerMayListen: "met",
  RunnerReady: "met",
  JobAssigned: "met",
  RunnerExited: "met",
  Noted: "met",
  NotNeeded: "Not met: committed by a judgement",
  AttemptFailed: "met",
  StopWanted: "met",
  RunnerFailed: "Not met: its job is lost, and jobs must succeed here",
  RunnerBusy: "Not met: a job must be given out between two calls",
  SandboxRemoved: "met",
  CleanupFailed: "met",
  RegistrationLeft: "Not met: GitHub queues the job of a runner that died a minute later, as real time",
  LeftRegistrationRemoved: "Not met: follows RegistrationLeft",
  CleanedUp: "met",
  Released: "Not met: committed by a judgement",
  SpecDeleted: "Not met: an operator's, one transaction in which all is done",
  RetryAsked: "Not met: an operator's, one transaction in which all is done"
}

const others: ReadonlyArray<string> = [
  "commit of register",
  "commit of bury",
  "commit of end",
  "commit of claim",
  "commit of release",
  "commit of a judgement",
  "commit of new demand",
  "commit of takeRuns",
  "commit of putOffRun",
  "commit of finishRun",
  "commit of setMark",
  "commit of workflow_job queued",
  "commit of workflow_job in_progress",
  "commit of workflow_job completed",
  "commit of workflow_run requested",
  "commit of workflow_run in_progress",
  "commit of workflow_run completed",
  "commit of workflow_job queued by redelivery",
  "commit of job by reconcile",
  "commit of job by workflow_run"
]

const met = (reaches: Readonly<Record<string, Reach>>): ReadonlyArray<string> =>
  Object.keys(reaches).filter((name) => reaches[name] === "met")

/** Every point at which a complete run must have died. */
export const mustDieAt: ReadonlyArray<string> = [
  ...met(github).map((method) => `GitHub ${method}`),
  ...met(e2b).map((method) => `E2B ${method}`),
  ...met(facts).map((tag) => `commit ${tag}`),
  ...others
].flatMap((name) => [`before ${name}`, `after ${name}`])

/** Every point for which this one stands: `before commit A+B` is before the commit of A, and of B. */
export const standsFor = (point: string): ReadonlyArray<string> => {
  const [, when, tags] = /^(before|after) commit (\w+(?:\+\w+)+)$/.exec(point) ?? []
  return tags === undefined ? [point] : tags.split("+").map((tag) => `${when} commit ${tag}`)
}

/** What is missing from a complete run that has died at these points. */
export const missingFrom = (died: Iterable<string>): ReadonlyArray<string> => {
  const covered = new Set([...died].flatMap(standsFor))
  return mustDieAt.filter((point) => !covered.has(point))
}
