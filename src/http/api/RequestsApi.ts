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
import { Moment, OptionalName, sent, shown } from "./CatalogFields.ts"
import { ReasonView } from "./ExplanationsApi.ts"
import { pagedOfMany, pageQuery } from "./Paging.ts"
import { ifMatch, tagged } from "./Preconditions.ts"
import { filterQuery, sortQuery, totalQuery } from "./RequestListQuery.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

// A string on both sides: a page of 500 requests would otherwise make and print thousands of date objects.
const time = (description: string) => shown(Moment, description)

/** What is shown, or null where it is absent. */
const nullable = <S extends Schema.Top>(schema: S, description: string) => shown(Schema.NullOr(schema), description)
const text = (description: string) => nullable(Schema.String, description)
const count = (description: string) => nullable(Schema.Int, description)
const timeOrNull = (description: string) => nullable(Moment, description)

export const RunnerRequestView = Schema.Struct({
  id: shown(Schema.String, "The workflow job's id, or a manual id."),
  status: shown(
    RequestStatus,
    "`queued`: waits for its turn or next attempt. `creating`: its sandbox and runner are being made. `running`: the runner was started. `stopping`: what is outside is being removed. `completed` and `failed`: over."
  ),
  stage: nullable(Stage, "What runnerd is doing for it."),
  repository_full_name: shown(Schema.String, "`owner/repo` that the runner is for."),
  requested_labels: shown(Schema.Array(Schema.String), "The labels the job asks for."),
  runner_spec_name: text("The spec that was matched; null for a refused job."),
  runner_group: text("GitHub runner group, if any."),
  runner_name: text("The runner's name at GitHub; new for every attempt."),
  sandbox_id: text("E2B's id of this attempt's sandbox, also when that is gone."),
  process_pid: count("The runner's process in the sandbox."),
  workflow_job_id: count("The job that caused the request; null for one that was asked for by hand."),
  workflow_run_id: count("The workflow run of that job."),
  workflow_name: text("The workflow of that job."),
  job_name: text("The name of that job."),
  github_job_url: text("That job's page at GitHub."),
  pull_request_number: count("The pull request that job is for."),
  intake_path: text("By which path runnerd learnt of the job: webhook, workflow_run, redelivery, reconcile."),
  assigned_job_id: count("The job the runner took, which GitHub chooses."),
  assigned_job_name: text("The name of that job."),
  error: text("Why the request failed."),
  failure_stage: nullable(Stage, "What was being done when it failed."),
  failure_reason: text("The code of why it failed."),
  last_error_code: text("The code of why the last attempt failed or was put off."),
  last_error_message: text("The same in a sentence."),
  last_error_retryable: nullable(Schema.Boolean, "Whether that is worth another attempt."),
  retry_count: shown(Schema.Int, "Attempts spent; deferrals spend none."),
  created_at: time("When it was queued."),
  updated_at: time("When anything about it was written last."),
  last_attempt_at: timeOrNull("When the last attempt began."),
  next_retry_at: timeOrNull("Before this neither an attempt begins nor a clean-up is tried again."),
  creating_at: timeOrNull("When this attempt began to make its runner."),
  running_at: timeOrNull("When this attempt's runner was started."),
  ready_at: timeOrNull("When this runner began to listen for jobs."),
  assigned_at: timeOrNull("When this runner took a job."),
  stopping_at: timeOrNull("When what is outside began to be removed."),
  completed_at: timeOrNull("When it completed."),
  failed_at: timeOrNull("When it failed."),
  stop_asked_at: timeOrNull("When an operator asked for it to be stopped."),
  stop_asked_by: text("Who asked: the name of the token."),
  stop_reason: text("Why, as the operator said."),
  trace_id: text(
    "The trace of this life of the request: in OpenTelemetry, in the log and in the first line of its timeline."
  ),
  lease_owner: text("The node's incarnation that holds the request."),
  version: shown(Schema.Int, "Goes up each time a node takes the request.")
}).annotate({ identifier: "RunnerRequest" })
export type RunnerRequestView = typeof RunnerRequestView.Type

export const ListedRequestView = Schema.Struct({
  ...RunnerRequestView.fields,
  waiting: nullable(
    ReasonView,
    "What it waits for now, told by the rules that decide: the first reason of its explanation. Null when its runner works on a job, and when it is over."
  )
}).annotate({ identifier: "ListedRequest" })
export type ListedRequestView = typeof ListedRequestView.Type

export const TimelineEntryView = Schema.Struct({
  at: time("When it was written."),
  code: shown(TimelineCode, "What happened, for programs: docs/operations.md lists them."),
  message: shown(Schema.String, "The same in a sentence."),
  stage: nullable(Stage, "What was being done.")
}).annotate({ identifier: "TimelineEntry" })
export type TimelineEntryView = typeof TimelineEntryView.Type

const repositoryRequired = "repository_full_name is required for manual runner creation"

export const CreateRunnerRequest = Schema.Struct({
  id: Schema.optionalKey(ManualId).annotateKey({
    description:
      "At most 40 lower-case letters, digits, '.', '_' and '-', but not like a job's (`123`, `123-2`). Absent: a random one. The same id again makes no second request."
  }),
  repository_full_name: Schema.String.check(
    Schema.makeFilter((text: string) =>
      text.trim() === "" || text.includes("*")
        ? repositoryRequired
        : isRepositoryName(text) || "a repository name like owner/repo"
    )
  ).annotateKey({
    description: "The repository, `owner/repo`, that the runner is for.",
    messageMissingKey: repositoryRequired
  }),
  runner_spec_name: Schema.optionalKey(
    sent(OptionalName, "The runner spec. Absent, null or blank: the one that the labels match, as for a job.")
  ),
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

export const tailQuery = {
  tail: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: longestTail }))).annotateKey({
    description: `How many characters from the end at most, up to ${longestTail}; default 262144.`
  })
}

const logQuery = {
  ...tailQuery,
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
      success: pagedOfMany(ListedRequestView),
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List requests",
        description:
          "Requests, newest first unless another order is asked for. Above some thousands X-Total-Count may be what is there at least."
      })
    ),
    HttpApiEndpoint.post("create", "/runner_requests", {
      payload: CreateRunnerRequest,
      success: [tagged(RunnerRequestView.pipe(HttpApiSchema.status(202))), tagged(RunnerRequestView)],
      error: [BadRequest, Forbidden, Conflict, Unavailable]
    })
      .annotate(RequiredRole, "operator")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Ask for a runner",
          description:
            "Asks for a runner that no job caused: 202 with the new request, 200 with the one of the given id that there was already. Its runner takes any job that fits, and goes when none comes."
        })
      ),
    HttpApiEndpoint.get("get", "/runner_requests/:id", {
      params: id,
      success: tagged(RunnerRequestView),
      error: [NotFound, Unavailable]
    }).annotateMerge(OpenApi.annotations({ summary: "Read a request", description: "One request." })),
    HttpApiEndpoint.delete("stop", "/runner_requests/:id", {
      params: id,
      headers: ifMatch,
      query: { reason: Schema.optionalKey(Reason) },
      success: tagged(RunnerRequestView.pipe(HttpApiSchema.status(202))),
      error: [NotFound, PreconditionFailed, Unavailable]
    })
      .annotate(RequiredRole, "operator")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Stop a request",
          description:
            "Stops a request, also one whose runner runs a job. Answered once that is stored; the node that holds the request then removes what is outside. One that has ended stays as it is."
        })
      ),
    HttpApiEndpoint.post("retry", "/runner_requests/:id/retry", {
      params: id,
      headers: ifMatch,
      success: tagged(RunnerRequestView.pipe(HttpApiSchema.status(202))),
      error: [NotFound, Conflict, PreconditionFailed, Unavailable]
    })
      .annotate(RequiredRole, "operator")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Retry a request",
          description:
            "Puts a request that failed, or that waits for its next attempt, back in line at once, admitted anew and with all its attempts."
        })
      ),
    HttpApiEndpoint.get("events", "/runner_requests/:id/events", {
      params: id,
      success: Schema.Array(TimelineEntryView),
      error: [NotFound, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({ summary: "Read a timeline", description: "The request's timeline, oldest first." })
    ),
    HttpApiEndpoint.get("logs", "/runner_requests/:id/logs/:name", {
      params: { ...id, name: LogName },
      query: logQuery,
      success: HttpApiSchema.WithHeaders(Schema.String.pipe(HttpApiSchema.asText()), {
        "cache-control": Schema.String.annotate({ description: "`no-store`" }),
        "content-disposition": Schema.optionalKey(Schema.String).annotate({
          description: "The file's name, when it is to be saved."
        })
      }),
      error: [NotFound, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Read a log",
        description: "The end of a log, 256 KiB unless `tail` asks for more; empty when there is nothing yet."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Runner requests", description: "One wanted runner each." })) {}
