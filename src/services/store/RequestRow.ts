// A row of runner_requests as the database gives it, and the columns an insert needs.
import * as Schema from "effect/Schema"
import type { RequestPatch } from "../../domain/RequestDecision.ts"
import { RunnerRequest } from "../../domain/RunnerRequest.ts"
import type { JobFacts } from "../../domain/WorkflowJob.ts"

/** A JSON array of strings in a text column. */
export const StringList = Schema.fromJsonString(Schema.Array(Schema.String))

export const RequestRow = Schema.Struct({
  ...RunnerRequest.fields,
  requestedLabels: StringList,
  labels: StringList,
  sandboxMayExist: Schema.BooleanFromBit
})

export const decodeRequests = Schema.decodeUnknownEffect(Schema.Array(RequestRow))

/** A patch as the database takes it. */
export const columnsOf = ({ labels, sandboxMayExist, ...patch }: RequestPatch) => ({
  ...patch,
  ...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
  ...(sandboxMayExist === undefined ? {} : { sandboxMayExist: sandboxMayExist ? 1 : 0 })
})

/** What lists look for of the job that caused a request. It is kept with the request, because an index spans one table. */
type SearchedJob = Pick<JobFacts, "name" | "workflowName">

/** The columns in which a new row differs from the table's defaults; few, because a burst inserts thousands. */
export const insertColumns = (request: RunnerRequest, turn: number, job: SearchedJob | undefined) => ({
  turn,
  jobName: job?.name ?? null,
  workflowName: job?.workflowName ?? null,
  id: request.id,
  source: request.source,
  jobId: request.jobId,
  repository: request.repository,
  specName: request.specName,
  pool: request.pool,
  requestedLabels: JSON.stringify(request.requestedLabels),
  labels: JSON.stringify(request.labels),
  runnerGroup: request.runnerGroup,
  status: request.status,
  lastErrorClass: request.lastErrorClass,
  lastErrorCode: request.lastErrorCode,
  lastErrorMessage: request.lastErrorMessage,
  lastErrorStage: request.lastErrorStage,
  failureStage: request.failureStage,
  failureReason: request.failureReason,
  error: request.error,
  traceContext: request.traceContext,
  queuedAt: request.queuedAt,
  failedAt: request.failedAt,
  updatedAt: request.updatedAt
})
