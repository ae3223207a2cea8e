// Runner requests: the contract. Times are RFC 3339 in UTC; what is absent is null.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { maxLabelLength, maxSpecLabels } from "../../domain/Labels.ts"
import { ManualId } from "../../domain/ManualId.ts"
import { isRepositoryName } from "../../domain/RepositoryName.ts"
import { RequestStatus, Stage } from "../../domain/RunnerRequest.ts"
import { TimelineCode } from "../../domain/Timeline.ts"
import { BadRequest, Conflict, Forbidden, NotFound, PreconditionFailed, Unavailable } from "./ApiErrors.ts"
import { Authorization, RequiredRole } from "./Authorization.ts"
import { OptionalName } from "./CatalogFields.ts"
import { pagedOfMany, pageQuery } from "./Paging.ts"
import { ifMatch, tagged } from "./Preconditions.ts"
import { filterQuery, sortQuery, totalQuery } from "./RequestListQuery.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const Text = Schema.NullOr(Schema.String)
const Count = Schema.NullOr(Schema.Finite)
// A string on both sides: a page of 500 requests would otherwise make and print thousands of date objects.
const Moment = Schema.String.annotate({ format: "date-time", description: "RFC 3339, UTC." })
const Time = Schema.NullOr(Moment)

export const RunnerRequestView = Schema.Struct({
  id: Schema.String.annotate({ description: "The workflow job's id, or a manual id." }),
  status: RequestStatus,
  stage: Schema.NullOr(Stage).annotate({ description: "What runnerd is doing for it." }),
  repository_full_name: Schema.String,
  requested_labels: Schema.Array(Schema.String).annotate({ description: "The labels the job asks for." }),
  runner_spec_name: Text.annotate({ description: "The spec that was matched; null for a refused job." }),
  runner_group: Text.annotate({ description: "GitHub runner group, if any." }),
  runner_name: Text.annotate({ description: "The runner's name at GitHub; new for every attempt." }),
  sandbox_id: Text,
  process_pid: Count,
  workflow_job_id: Count,
  workflow_run_id: Count,
  workflow_name: Text,
  job_name: Text,
  github_job_url: Text,
  pull_request_number: Count,
  intake_path: Text.annotate({
    description: "By which path runnerd learnt of the job: webhook, workflow_run, redelivery, reconcile."
  }),
  assigned_job_id: Count.annotate({ description: "The job the runner took, which GitHub chooses." }),
  assigned_job_name: Text,
  error: Text.annotate({ description: "Why the request failed." }),
  failure_stage: Schema.NullOr(Stage),
  failure_reason: Text,
  last_error_code: Text,
  last_error_message: Text,
  last_error_retryable: Schema.NullOr(Schema.Boolean),
  retry_count: Schema.Int.annotate({ description: "Attempts spent; deferrals spend none." }),
  created_at: Moment,
  updated_at: Moment,
  last_attempt_at: Time,
  next_retry_at: Time,
  creating_at: Time,
  running_at: Time,
  ready_at: Time,
  assigned_at: Time,
  stopping_at: Time,
  completed_at: Time,
  failed_at: Time,
  stop_asked_at: Time.annotate({ description: "When an operator asked for it to be stopped." }),
  stop_asked_by: Text,
  stop_reason: Text,
  lease_owner: Text.annotate({ description: "The node's incarnation that holds the request." }),
  version: Schema.Int.annotate({ description: "Goes up each time a node takes the request." })
}).annotate({ identifier: "RunnerRequest" })
export type RunnerRequestView = typeof RunnerRequestView.Type

export const TimelineEntryView = Schema.Struct({
  at: Moment,
  code: TimelineCode,
  message: Schema.String,
  stage: Schema.NullOr(Stage)
}).annotate({ identifier: "TimelineEntry" })
export type TimelineEntryView = typeof TimelineEntryView.Type

const repositoryRequired = "repository_full_name is required for manual runner creation"

export const CreateRunnerRequest = Schema.Struct({
  id: Schema.optionalKey(ManualId).annotate({
    description:
      "At most 40 lower-case letters, digits, '.', '_' and '-', but not like a job's (`123`, `123-2`). Absent: a random one. The same id again makes no second request."
  }),
  repository_full_name: Schema.String.check(
    Schema.makeFilter((text: string) =>
      text.trim() === "" || text.includes("*")
        ? repositoryRequired
        : isRepositoryName(text) || "a repository name like owner/repo"
    )
  )
    .annotate({ description: "The repository, `owner/repo`, that the runner is for." })
    .annotateKey({ messageMissingKey: repositoryRequired }),
  runner_spec_name: Schema.optionalKey(OptionalName).annotate({
    description: "The runner spec. Absent, null or blank: the one that the labels match, as for a job."
  }),
  labels: Schema.optionalKey(
    Schema.Array(Schema.String.check(Schema.isMaxLength(maxLabelLength))).check(Schema.isMaxLength(maxSpecLabels))
  ).annotate({ description: "Labels that the spec must have. Needed when no spec is named." })
}).annotate({ identifier: "CreateRunnerRequest" })

export const LogName = Schema.Literals(["control.log", "stdout.log", "stderr.log"]).annotate({
  message: "unsupported log name",
  description: "What runnerd did (control), or what the runner printed."
})

/** As much as is kept of a log, and a little more (LogStore.ts). */
const longestTail = 6 * 1024 * 1024

const logQuery = {
  tail: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: longestTail }))).annotate({
    description: `How many characters from the end at most, up to ${longestTail}; default 262144.`
  }),
  download: Schema.optionalKey(Schema.Literals(["true", "false"])).annotate({
    description: "`true`: as a file to be saved."
  })
}

const Reason = Schema.String.check(Schema.isMaxLength(500)).annotate({
  description: "Why, for the timeline; at most 500 characters."
})

const id = { id: Schema.String.annotate({ description: "The request's id." }) }

export class RequestsApi extends HttpApiGroup.make("runnerRequests")
  .add(
    HttpApiEndpoint.get("list", "/runner_requests", {
      query: { ...filterQuery, ...sortQuery, ...totalQuery, ...pageQuery },
      success: pagedOfMany(RunnerRequestView),
      error: Unavailable
    }).annotate(
      OpenApi.Description,
      "Requests, newest first unless another order is asked for. Above some thousands X-Total-Count may be what is there at least."
    ),
    HttpApiEndpoint.post("create", "/runner_requests", {
      payload: CreateRunnerRequest,
      success: [tagged(RunnerRequestView.pipe(HttpApiSchema.status(202))), tagged(RunnerRequestView)],
      error: [BadRequest, Forbidden, Conflict, Unavailable]
    })
      .annotate(RequiredRole, "operator")
      .annotate(
        OpenApi.Description,
        "Asks for a runner that no job caused: 202 with the new request, 200 with the one of the given id that there was already. Its runner takes any job that fits, and goes when none comes."
      ),
    HttpApiEndpoint.get("get", "/runner_requests/:id", {
      params: id,
      success: tagged(RunnerRequestView),
      error: [NotFound, Unavailable]
    }).annotate(OpenApi.Description, "One request."),
    HttpApiEndpoint.delete("stop", "/runner_requests/:id", {
      params: id,
      headers: ifMatch,
      query: { reason: Schema.optionalKey(Reason) },
      success: tagged(RunnerRequestView.pipe(HttpApiSchema.status(202))),
      error: [NotFound, PreconditionFailed, Unavailable]
    })
      .annotate(RequiredRole, "operator")
      .annotate(
        OpenApi.Description,
        "Stops a request, also one whose runner runs a job. Answered once that is stored; the node that holds the request then removes what is outside. One that has ended stays as it is."
      ),
    HttpApiEndpoint.post("retry", "/runner_requests/:id/retry", {
      params: id,
      headers: ifMatch,
      success: tagged(RunnerRequestView.pipe(HttpApiSchema.status(202))),
      error: [NotFound, Conflict, PreconditionFailed, Unavailable]
    })
      .annotate(RequiredRole, "operator")
      .annotate(
        OpenApi.Description,
        "Puts a request that failed, or that waits for its next attempt, back in line at once, admitted anew and with all its attempts."
      ),
    HttpApiEndpoint.get("events", "/runner_requests/:id/events", {
      params: id,
      success: Schema.Array(TimelineEntryView),
      error: [NotFound, Unavailable]
    }).annotate(OpenApi.Description, "The request's timeline, oldest first."),
    HttpApiEndpoint.get("logs", "/runner_requests/:id/logs/:name", {
      params: { ...id, name: LogName },
      query: logQuery,
      success: HttpApiSchema.WithHeaders(Schema.String.pipe(HttpApiSchema.asText()), {
        "cache-control": Schema.String,
        "content-disposition": Schema.optionalKey(Schema.String).annotate({
          description: "The file's name, when it is to be saved."
        })
      }),
      error: [NotFound, Unavailable]
    }).annotate(
      OpenApi.Description,
      "The end of a log, 256 KiB unless `tail` asks for more; empty when there is nothing yet."
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Runner requests", description: "One wanted runner each." })) {}
