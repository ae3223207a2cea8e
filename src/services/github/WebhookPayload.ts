// From the body of a GitHub webhook to the facts in it.
//
// Answers for: what a workflow_job or workflow_run payload must hold to be believed, and what is wrong with one that is
// not. Not for signatures, size limits or what happens next.
// Gotchas: tolerant of anything extra and of fields that older payloads lack, strict about what is kept: text with NUL
// (PostgreSQL cannot store it), over-long text and ids that are no positive safe integers are refused by name. Status
// comes from the job, not from the action: `queued` is also sent for jobs that wait for approval. A status or an action
// that GitHub invents later is ignored, not refused. Errors name the field and what is expected, never the value.
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { maxLabelLength } from "../../domain/Labels.ts"
import { RepositoryName } from "../../domain/RepositoryName.ts"
import { type JobFacts, JobStatus, normalizeFacts, observedTime } from "../../domain/WorkflowJob.ts"

/** Limits on what is kept of a payload, far above what GitHub sends. */
const maxTextLength = 1024
const maxUrlLength = 2048
const maxJobLabels = 256

/** The payload cannot be used: answer 400. `field` is a path like `workflow_job.labels[2]`, empty for the whole body. */
export class InvalidPayload extends Schema.TaggedError<InvalidPayload>()("InvalidPayload", {
  field: Schema.String,
  expected: Schema.String
}) {
  override get message(): string {
    return `${this.field === "" ? "body" : this.field}: expected ${this.expected}`
  }
}

/** A statement about one job. `facts` are normalised. */
interface WorkflowJobEvent {
  readonly _tag: "WorkflowJob"
  readonly action: string
  readonly facts: JobFacts
}

/** A statement about a run: a hint that its jobs are worth listing. Times are epoch milliseconds by GitHub's clock. */
interface WorkflowRunEvent {
  readonly _tag: "WorkflowRun"
  readonly action: "requested" | "in_progress" | "completed"
  readonly runId: number
  readonly runAttempt: number | null
  readonly repository: string
  readonly installationId: number | null
  readonly name: string | null
  readonly status: string | null
  readonly conclusion: string | null
  readonly headBranch: string | null
  readonly headSha: string | null
  readonly pullRequestNumber: number | null
  readonly createdAt: number | null
  readonly updatedAt: number | null
}

/** Nothing for us: another event, action or status. Answer 202 `{"status":"ignored"}`. */
interface IgnoredEvent {
  readonly _tag: "Ignored"
  readonly action: string | null
  readonly reason: "event" | "action" | "status"
}

export type WebhookEvent = WorkflowJobEvent | WorkflowRunEvent | IgnoredEvent

const text = (maxLength: number) => {
  const expected = `text of at most ${maxLength} characters without NUL`
  return Schema.String.check(
    Schema.makeFilter((value: string) => (value.length <= maxLength && !value.includes("\0")) || expected)
  )
}

const optional = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Id = Schema.Number.check(
  Schema.makeFilter((value: number) => (Number.isSafeInteger(value) && value > 0) || "a positive integer below 2^53")
)
/** GitHub sends runner 0 for jobs that were cancelled before any runner took them. */
const IdOrZero = Schema.Number.check(
  Schema.makeFilter((value: number) => (Number.isSafeInteger(value) && value >= 0) || "an integer from 0, below 2^53")
)
const Text = text(maxTextLength)

const iso8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const Time = Schema.String.check(
  Schema.makeFilter(
    (value: string) => (iso8601.test(value) && !Number.isNaN(Date.parse(value))) || "a time like 2026-01-31T12:00:00Z"
  )
)

/** The text of a label in either encoding, or undefined for anything else. */
const labelText = (label: unknown): string | undefined => {
  if (typeof label === "string") return label
  if (typeof label !== "object" || label === null || !("name" in label)) return undefined
  return typeof label.name === "string" ? label.name : undefined
}

// One check over the whole list, so that a million labels are refused by their number and not one by one.
const LabelArray = Schema.Array(Schema.Unknown).check(
  Schema.makeFilter((labels: ReadonlyArray<unknown>) => {
    if (labels.length > maxJobLabels) return `at most ${maxJobLabels} labels`
    for (const [index, label] of labels.entries()) {
      const name = labelText(label)
      if (name === undefined) return { path: [index], issue: "text, or an object with a name" }
      if (name.length > maxLabelLength || name.includes("\0")) {
        return { path: [index], issue: `text of at most ${maxLabelLength} characters without NUL` }
      }
    }
    return true
  })
)

const PullRequests = Schema.Array(Schema.Unknown)

const envelope = {
  action: text(100),
  repository: Schema.Struct({ full_name: RepositoryName }),
  installation: optional(Schema.Struct({ id: Id }))
}

const JobPayload = Schema.Struct({
  ...envelope,
  workflow_job: Schema.Struct({
    id: Id,
    run_id: optional(Id),
    run_attempt: optional(Id),
    name: optional(Text),
    workflow_name: optional(Text),
    labels: optional(LabelArray),
    html_url: optional(text(maxUrlLength)),
    head_branch: optional(Text),
    head_sha: optional(Text),
    status: optional(Text),
    conclusion: optional(Text),
    runner_id: optional(IdOrZero),
    runner_name: optional(Text),
    created_at: optional(Time),
    started_at: optional(Time),
    completed_at: optional(Time),
    pull_requests: optional(PullRequests)
  })
})

const RunPayload = Schema.Struct({
  ...envelope,
  workflow_run: Schema.Struct({
    id: Id,
    run_attempt: optional(Id),
    name: optional(Text),
    status: optional(Text),
    conclusion: optional(Text),
    head_branch: optional(Text),
    head_sha: optional(Text),
    created_at: optional(Time),
    updated_at: optional(Time),
    pull_requests: optional(PullRequests)
  })
})

const ActionOnly = Schema.Struct({ action: text(100) })

// Compiled once: compiling costs hundreds of decodes.
const decodeJob = Schema.decodeUnknownResult(JobPayload)
const decodeRun = Schema.decodeUnknownResult(RunPayload)
const decodeAction = Schema.decodeUnknownResult(ActionOnly)
const isJobStatus = Schema.is(JobStatus)

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => (issue._tag === "MissingKey" ? "a value, but it is missing" : SchemaIssue.defaultLeafHook(issue))
})

const pathText = (path: ReadonlyArray<unknown>): string =>
  path.reduce<string>((whole, part) => {
    const key = typeof part === "object" && part !== null && "key" in part ? part.key : part
    if (typeof key === "number") return `${whole}[${key}]`
    return whole === "" ? String(key) : `${whole}.${String(key)}`
  }, "")

const invalid = (error: Schema.SchemaError): InvalidPayload => {
  const first = formatIssue(error.issue).issues[0]
  return new InvalidPayload({
    field: pathText(first?.path ?? []),
    expected: (first?.message ?? "").replace(/^Expected /, "")
  })
}

/** Go's zero time and the epoch mean "not yet". */
const millis = (time: string | null | undefined): number | null => {
  const value = typeof time === "string" ? Date.parse(time) : 0
  return value > 0 ? value : null
}

const firstPullRequest = (pulls: ReadonlyArray<unknown> | null | undefined): number | null => {
  const first = pulls?.[0]
  if (typeof first !== "object" || first === null || !("number" in first)) return null
  return typeof first.number === "number" && Number.isSafeInteger(first.number) && first.number > 0
    ? first.number
    : null
}

const jobActions = new Set(["queued", "waiting", "in_progress", "completed"])

/** An event of type workflow_job from its parsed body. */
export const decodeWorkflowJobEvent = (
  payload: unknown
): Result.Result<WorkflowJobEvent | IgnoredEvent, InvalidPayload> => {
  const known = decodeAction(payload)
  if (Result.isFailure(known)) return Result.fail(invalid(known.failure))
  const { action } = known.success
  if (!jobActions.has(action)) return Result.succeed({ _tag: "Ignored", action, reason: "action" })
  const decoded = decodeJob(payload)
  if (Result.isFailure(decoded)) return Result.fail(invalid(decoded.failure))
  const { installation, repository, workflow_job: job } = decoded.success
  const status = job.status ?? action
  if (!isJobStatus(status)) return Result.succeed({ _tag: "Ignored", action, reason: "status" })
  const times = {
    createdAt: millis(job.created_at),
    startedAt: millis(job.started_at),
    completedAt: millis(job.completed_at)
  }
  const facts = normalizeFacts({
    jobId: job.id,
    runId: job.run_id ?? null,
    runAttempt: job.run_attempt ?? null,
    repository: repository.full_name,
    installationId: installation?.id ?? null,
    name: job.name ?? "",
    workflowName: job.workflow_name ?? null,
    labels: (job.labels ?? []).map((label) => labelText(label) ?? "").filter((label) => label.trim() !== ""),
    url: job.html_url ?? null,
    headBranch: job.head_branch ?? null,
    headSha: job.head_sha ?? null,
    pullRequestNumber: firstPullRequest(job.pull_requests),
    status,
    conclusion: job.conclusion ?? null,
    runnerName: job.runner_name ?? null,
    runnerId: job.runner_id ?? null,
    ...times,
    observedAt: observedTime(times)
  })
  return Result.succeed({ _tag: "WorkflowJob", action, facts })
}

const isRunAction = Schema.is(Schema.Literals(["requested", "in_progress", "completed"]))

/** An event of type workflow_run from its parsed body. */
export const decodeWorkflowRunEvent = (
  payload: unknown
): Result.Result<WorkflowRunEvent | IgnoredEvent, InvalidPayload> => {
  const known = decodeAction(payload)
  if (Result.isFailure(known)) return Result.fail(invalid(known.failure))
  const { action } = known.success
  if (!isRunAction(action)) return Result.succeed({ _tag: "Ignored", action, reason: "action" })
  const decoded = decodeRun(payload)
  if (Result.isFailure(decoded)) return Result.fail(invalid(decoded.failure))
  const { installation, repository, workflow_run: run } = decoded.success
  return Result.succeed({
    _tag: "WorkflowRun",
    action,
    runId: run.id,
    runAttempt: run.run_attempt ?? null,
    repository: repository.full_name,
    installationId: installation?.id ?? null,
    name: run.name ?? null,
    status: run.status ?? null,
    conclusion: run.conclusion ?? null,
    headBranch: run.head_branch ?? null,
    headSha: run.head_sha ?? null,
    pullRequestNumber: firstPullRequest(run.pull_requests),
    createdAt: millis(run.created_at),
    updatedAt: millis(run.updated_at)
  })
}

const parseJson = (body: string): Result.Result<unknown, InvalidPayload> =>
  Result.try({
    try: (): unknown => JSON.parse(body),
    // The parser's own message quotes the text.
    catch: () => new InvalidPayload({ field: "", expected: "valid JSON" })
  })

/** A delivery: the `X-GitHub-Event` header and the body. Bodies of events that are not ours are not even parsed. */
export const decodeWebhook = (event: string, body: string): Result.Result<WebhookEvent, InvalidPayload> => {
  if (event === "workflow_job") return Result.flatMap(parseJson(body), decodeWorkflowJobEvent)
  if (event === "workflow_run") return Result.flatMap(parseJson(body), decodeWorkflowRunEvent)
  return Result.succeed({ _tag: "Ignored", action: null, reason: "event" })
}
