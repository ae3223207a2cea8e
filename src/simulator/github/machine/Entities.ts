// The things the simulated GitHub knows: owners, repositories, runners, runs, jobs.
//
// Answers for: their data. Not for their changes (the other files of this folder) nor for how they look outside
// (payloads/). Times are epoch milliseconds.
import type { RunnerFaultKind } from "./RunnerFaults.ts"

export interface Account {
  readonly id: number
  readonly login: string
  readonly type: "Organization" | "User"
}

export interface RunnerGroup {
  readonly id: number
  readonly name: string
  readonly isDefault: boolean
  /** Null: visible to all repositories. */
  readonly repositoryIds: ReadonlySet<number> | null
}

export interface Installation {
  /** Another one after the App was installed anew. */
  id: number
  readonly account: Account
  /** By lower-case name. */
  readonly repositories: Map<string, Repository>
  runnerGroups: ReadonlyArray<RunnerGroup>
  readonly permissions: Readonly<Record<string, "read" | "write">>
  readonly createdAt: number
  /** Another App's: heard of by webhooks alone. */
  readonly foreign: boolean
  suspendedAt: number | null
  /** The App was uninstalled: nothing of it can be seen, and no webhook tells of it. */
  removed: boolean
}

export interface Repository {
  readonly id: number
  name: string
  fullName: string
  readonly owner: Account
  readonly installation: Installation
  readonly createdAt: number
}

export interface RunnerLabel {
  readonly id: number
  readonly name: string
  readonly type: "read-only" | "custom"
}

/** `repository` null: a runner of the organisation. */
export interface RunnerScope {
  readonly installation: Installation
  readonly repository: Repository | null
}

/** What the simulator sends to a runner's poll. */
export type RunnerMessage =
  | { readonly type: "job"; readonly job: JobOrder }
  | { readonly type: "cancel"; readonly jobId: number }
  /** The session ended while the poll was held: the next one says why. */
  | { readonly type: "closed" }

/** A job as the runner gets it. */
export interface JobOrder {
  readonly id: number
  readonly key: string
  readonly name: string
  readonly runId: number
  readonly runNumber: number
  readonly runAttempt: number
  readonly repository: string
  readonly workflow: string
  readonly event: string
  readonly headSha: string
  readonly headBranch: string
  readonly steps: ReadonlyArray<StepDefinition>
}

export interface RunnerSession {
  readonly id: string
  readonly mailbox: Array<RunnerMessage>
  /** The poll that is being held, if any. */
  waiter: ((message: RunnerMessage) => void) | null
  lastSeenAt: number
  stopSilenceTimer: (() => void) | null
}

export interface Runner {
  readonly id: number
  readonly name: string
  readonly scope: RunnerScope
  readonly labels: ReadonlyArray<RunnerLabel>
  readonly group: RunnerGroup
  readonly ephemeral: boolean
  /** Made by generate-jitconfig. */
  readonly jit: boolean
  readonly workFolder: string
  readonly createdAt: number
  /** The bearer token of the runner's own protocol. */
  readonly token: string
  readonly misbehaviour: ReadonlySet<RunnerFaultKind>
  version: string | null
  session: RunnerSession | null
  /** Assigned (not yet taken) or running. */
  job: Job | null
  /** Takes the registration away when it was offline for too long. */
  stopExpiryTimer: (() => void) | null
}

export interface StepDefinition {
  readonly name: string
  /** A shell command. */
  readonly run?: string
  /** Waits that long before anything else of the step. */
  readonly seconds?: number
  /** How the step ends when its command did not fail. Default 0. */
  readonly exitCode?: number
}

export interface JobDefinition {
  readonly name: string
  /** What `needs` refers to and GITHUB_JOB says; the jobs of one matrix share it. Default: the name. */
  readonly key?: string
  readonly labels: ReadonlyArray<string>
  /** `runs-on: {group: …}` */
  readonly runnerGroup?: string
  readonly steps?: ReadonlyArray<StepDefinition>
  readonly needs?: ReadonlyArray<string>
  /** A protected environment: the job waits for approval. */
  readonly environment?: string
  /** How many jobs with the same key may run at once. */
  readonly maxParallel?: number
  /** Jobs of one repository with the same name here run one at a time. */
  readonly concurrency?: string
  /** GitHub: 360 when left out. */
  readonly timeoutMinutes?: number
  /** What the workflow means to happen; kept for the reader of the state, changes nothing. */
  readonly expectedConclusion?: Conclusion
}

export interface RunDefinition {
  /** `owner/name` */
  readonly repository: string
  readonly workflow: string
  readonly jobs: ReadonlyArray<JobDefinition>
  readonly event?: string
  readonly headBranch?: string
}

export type Conclusion = "success" | "failure" | "cancelled" | "skipped" | "timed_out"

export interface StepProgress {
  readonly number: number
  readonly name: string
  readonly status: "queued" | "in_progress" | "completed"
  readonly conclusion: Conclusion | null
  readonly startedAt: number | null
  readonly completedAt: number | null
}

export interface RunnerIdentity {
  readonly id: number
  readonly name: string
  readonly groupId: number
  readonly groupName: string
}

export interface Job {
  readonly id: number
  readonly run: WorkflowRun
  /** Of the run, when the job was made. */
  readonly attempt: number
  readonly key: string
  readonly definition: JobDefinition
  readonly hosted: boolean
  /** Blocked: some job it needs is not completed. GitHub does not show such a job at all. */
  status: "blocked" | "waiting" | "queued" | "in_progress" | "completed"
  conclusion: Conclusion | null
  /** When GitHub made the job, which is when the jobs it needs were over. */
  createdAt: number
  startedAt: number | null
  completedAt: number | null
  /** The runner that has it or had it. */
  runner: RunnerIdentity | null
  assignedTo: Runner | null
  /** How often a runner did not take it in time. */
  requeues: number
  steps: ReadonlyArray<StepProgress>
  log: string
  unfinishedNeeds: number
  needFailed: boolean
  cancelRequested: boolean
  stopTimer: (() => void) | null
  /** Ends the job when it waited, or ran, for too long. */
  stopLimitTimer: (() => void) | null
}

export interface WorkflowRun {
  readonly id: number
  readonly repository: Repository
  readonly workflow: { readonly id: number; readonly name: string; readonly path: string }
  readonly number: number
  attempt: number
  readonly event: string
  readonly headBranch: string
  readonly headSha: string
  readonly actor: Account
  /** Of the newest attempt. */
  jobs: ReadonlyArray<Job>
  /** The jobs of earlier attempts, the first one first. */
  readonly earlier: Array<ReadonlyArray<Job>>
  readonly createdAt: number
  /** When the newest attempt began. */
  startedAt: number
  status: "queued" | "in_progress" | "completed"
  conclusion: Conclusion | null
  updatedAt: number
  unfinishedJobs: number
  stopLimitTimer: (() => void) | null
}
