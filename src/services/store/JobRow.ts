// A row of workflow_jobs: the facts, and what runnerd knows beside them.
import * as Schema from "effect/Schema"
import { JobStatus } from "../../domain/WorkflowJob.ts"
import { StringList } from "./RequestRow.ts"

/** By which path runnerd learnt of a job first. */
export const IntakePath = Schema.Literals(["webhook", "workflow_run", "redelivery", "reconcile"])
export type IntakePath = typeof IntakePath.Type

const JobRow = Schema.Struct({
  jobId: Schema.Int,
  runId: Schema.NullOr(Schema.Int),
  runAttempt: Schema.NullOr(Schema.Int),
  repository: Schema.String,
  installationId: Schema.NullOr(Schema.Int),
  name: Schema.String,
  workflowName: Schema.NullOr(Schema.String),
  labels: StringList,
  url: Schema.NullOr(Schema.String),
  headBranch: Schema.NullOr(Schema.String),
  headSha: Schema.NullOr(Schema.String),
  pullRequestNumber: Schema.NullOr(Schema.Int),
  status: JobStatus,
  conclusion: Schema.NullOr(Schema.String),
  runnerName: Schema.NullOr(Schema.String),
  runnerId: Schema.NullOr(Schema.Int),
  createdAt: Schema.NullOr(Schema.Int),
  startedAt: Schema.NullOr(Schema.Int),
  completedAt: Schema.NullOr(Schema.Int),
  observedAt: Schema.Int,
  path: IntakePath,
  /** When a webhook told that it waits; null: none has, so without another path it would have been lost. */
  announcedAt: Schema.NullOr(Schema.Finite),
  pool: Schema.NullOr(Schema.String)
})
export type JobRow = typeof JobRow.Type

export const decodeJobs = Schema.decodeUnknownEffect(Schema.Array(JobRow))
