// Requests, facts and dispositions for tests: a plain builder, and arbitraries in which every field that a rule
// looks at takes each of its kinds of value often.
import * as fc from "fast-check"
import { Deferred, type Disposition, Fatal, Retryable } from "../../src/domain/Disposition.ts"
import type { FactTag, RequestFact } from "../../src/domain/RequestFact.ts"
import { Outcome, RequestStatus, type RunnerRequest, Stage } from "../../src/domain/RunnerRequest.ts"
import type { JobFacts } from "../../src/domain/WorkflowJob.ts"

const bareRequest: RunnerRequest = {
  id: "101",
  source: "github_webhook",
  jobId: 101,
  repository: "acme/web",
  specName: "small",
  pool: "repository:acme/web||e2b,self-hosted",
  requestedLabels: ["self-hosted", "e2b"],
  labels: ["self-hosted", "e2b"],
  runnerGroup: null,
  runnerName: null,
  runnerId: null,
  leftRunnerName: null,
  status: "queued",
  stage: null,
  attempt: 0,
  deferrals: 0,
  cleanupAttempt: 0,
  dueAt: null,
  cleanupDueAt: null,
  outcome: null,
  lastErrorClass: null,
  lastErrorCode: null,
  lastErrorMessage: null,
  lastErrorStage: null,
  failureStage: null,
  failureReason: null,
  error: null,
  sandboxId: null,
  sandboxEndsAt: null,
  sandboxMayExist: false,
  pid: null,
  assignedJobId: null,
  assignedJobName: null,
  traceContext: null,
  stopAskedAt: null,
  stopAskedBy: null,
  stopReason: null,
  factsVersion: 0,
  handledVersion: 0,
  owner: null,
  fence: 0,
  queuedAt: 1000,
  retriedAt: null,
  lastAttemptAt: null,
  creatingAt: null,
  runningAt: null,
  mayListenAt: null,
  readyAt: null,
  assignedAt: null,
  exitedAt: null,
  stoppingAt: null,
  completedAt: null,
  failedAt: null,
  updatedAt: 1000
}

export const makeRequest = (over: Partial<RunnerRequest> = {}): RunnerRequest => ({ ...bareRequest, ...over })

export const makeJob = (over: Partial<JobFacts> = {}): JobFacts => ({
  jobId: 101,
  runId: 11,
  runAttempt: 1,
  repository: "acme/web",
  installationId: 7,
  name: "build",
  workflowName: "ci",
  labels: ["self-hosted", "e2b"],
  url: "https://github.com/acme/web/actions/runs/11/job/101",
  headBranch: "main",
  headSha: "abc",
  pullRequestNumber: null,
  status: "queued",
  conclusion: null,
  runnerName: null,
  runnerId: null,
  createdAt: 500,
  startedAt: null,
  completedAt: null,
  observedAt: 500,
  ...over
})

const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary)
const time = fc.integer({ min: 0, max: 5000 })
const stage = fc.constantFrom(...Stage.literals)

/** Any value of the columns that decisions read; not all of them can occur, and none may break a law. */
export const requests: fc.Arbitrary<RunnerRequest> = fc
  .record({
    jobId: maybe(fc.constantFrom(101, 102)),
    status: fc.constantFrom(...RequestStatus.literals),
    stage: maybe(stage),
    attempt: fc.integer({ min: 0, max: 6 }),
    deferrals: fc.integer({ min: 0, max: 3 }),
    cleanupAttempt: fc.integer({ min: 0, max: 3 }),
    dueAt: maybe(time),
    cleanupDueAt: maybe(time),
    outcome: maybe(fc.constantFrom(...Outcome.literals)),
    failure: maybe(
      fc.record({ failureStage: stage, failureReason: fc.constant("first"), error: fc.constant("First.") })
    ),
    sandboxId: maybe(fc.constant("sbx-1")),
    sandboxEndsAt: maybe(time),
    sandboxMayExist: fc.boolean(),
    runnerName: maybe(fc.constant("e2b-tag-101-1")),
    pid: maybe(fc.constant(42)),
    assignedJobId: maybe(fc.constantFrom(101, 102)),
    assignedJobName: maybe(fc.constantFrom("build", "(not named yet)")),
    owner: maybe(fc.constant("node-1")),
    fence: fc.integer({ min: 0, max: 3 }),
    creatingAt: maybe(time),
    runningAt: maybe(time),
    mayListenAt: maybe(time),
    readyAt: maybe(time),
    assignedAt: maybe(time),
    exitedAt: maybe(time),
    leftRunnerName: maybe(fc.constant("e2b-tag-101-1")),
    stoppingAt: maybe(time)
  })
  .map(({ failure, ...over }) => makeRequest({ ...over, ...failure }))

export const dispositions: fc.Arbitrary<Disposition> = fc.constantFrom(
  new Deferred({ code: "sandbox_capacity", message: "Later." }),
  new Retryable({ code: "sandbox_unavailable", message: "Again." }),
  new Fatal({ code: "template_unusable", message: "Never." })
)

const text = fc.constantFrom("Because.", "For another reason.")

type FactArbitraries = { readonly [T in FactTag]: fc.Arbitrary<Extract<RequestFact, { readonly _tag: T }>> }

/** One arbitrary per kind of fact: a new kind does not compile until it has its own. */
export const factsOf: FactArbitraries = {
  Claimed: fc.record({
    _tag: fc.constant("Claimed"),
    owner: fc.constant("node-2"),
    fence: fc.integer({ min: 1, max: 9 }),
    runnerName: fc.constant("e2b-tag-101-9")
  }),
  SandboxCreated: fc.record({ _tag: fc.constant("SandboxCreated"), sandboxId: fc.constant("sbx-2"), endsAt: time }),
  SandboxExtended: fc.record({ _tag: fc.constant("SandboxExtended"), endsAt: time }),
  RunnerRenamed: fc.record({ _tag: fc.constant("RunnerRenamed"), runnerName: fc.constant("e2b-tag-101-9-b") }),
  RunnerRegistered: fc.record({
    _tag: fc.constant("RunnerRegistered" as const),
    runnerId: fc.constantFrom(null, 900)
  }),
  RunnerStarted: fc.record({ _tag: fc.constant("RunnerStarted"), pid: fc.constant(7) }),
  RunnerMayListen: fc.constant({ _tag: "RunnerMayListen" }),
  RunnerReady: fc.constant({ _tag: "RunnerReady" }),
  JobAssigned: fc.record({
    _tag: fc.constant("JobAssigned"),
    jobId: maybe(fc.constantFrom(101, 102)),
    jobName: maybe(fc.constantFrom("build", "test"))
  }),
  Noted: fc.record({ _tag: fc.constant("Noted"), code: fc.constant("note"), message: text }),
  NotNeeded: fc.record({ _tag: fc.constant("NotNeeded"), message: text }),
  AttemptFailed: fc.record({
    _tag: fc.constant("AttemptFailed"),
    stage,
    disposition: dispositions,
    dueAt: time,
    maxAttempts: fc.integer({ min: 1, max: 5 }),
    clean: fc.boolean()
  }),
  RunnerExited: fc.record({
    _tag: fc.constant("RunnerExited"),
    how: fc.constant("with code 0"),
    byItself: fc.boolean()
  }),
  StopWanted: fc.record({ _tag: fc.constant("StopWanted"), message: text }),
  RunnerFailed: fc.record({
    _tag: fc.constant("RunnerFailed"),
    stage,
    reason: fc.constant("exit_code_1"),
    message: text
  }),
  RunnerBusy: fc.constant({ _tag: "RunnerBusy" }),
  SandboxRemoved: fc.constant({ _tag: "SandboxRemoved" }),
  CleanupFailed: fc.record({ _tag: fc.constant("CleanupFailed"), stage, message: text, dueAt: time }),
  RegistrationLeft: fc.constant({ _tag: "RegistrationLeft" }),
  LeftRegistrationRemoved: fc.constant({ _tag: "LeftRegistrationRemoved" }),
  CleanedUp: fc.constant({ _tag: "CleanedUp" }),
  Released: fc.record({ _tag: fc.constant("Released"), due: fc.boolean() }),
  SpecDeleted: fc.record({
    _tag: fc.constant("SpecDeleted"),
    specName: fc.constant("small"),
    by: fc.constant("admin")
  }),
  RetryAsked: fc.record({
    _tag: fc.constant("RetryAsked"),
    by: fc.constant("admin"),
    admitted: fc.record({
      specName: fc.constant("large"),
      pool: fc.constant("repository:acme/web||e2b,large"),
      labels: fc.constant(["e2b", "large"]),
      runnerGroup: fc.constant(null)
    })
  })
}

export const facts: fc.Arbitrary<RequestFact> = fc.oneof(...Object.values(factsOf))
