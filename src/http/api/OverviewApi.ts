// How things stand at a glance: the contract.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { ReasonCode } from "../../domain/ReasonCode.ts"
import { Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { Moment, shown } from "./CatalogFields.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const Count = Schema.Int
const MaybeMoment = Schema.NullOr(Moment)

const RequestCounts = Schema.Struct({
  queued: shown(Count, "Waiting to be provisioned."),
  creating: shown(Count, "Their runner is being made."),
  running: shown(Count, "Their runner exists."),
  stopping: shown(Count, "What is outside is being removed.")
}).annotate({ identifier: "RequestCounts" })

const RunnerUse = {
  busy: shown(Count, "Runners that have taken a job."),
  idle: shown(Count, "Runners that start, listen for a job, or are being removed without having taken one."),
  pending: shown(Count, "Requests that have no runner yet."),
  sandboxes: shown(Count, "Sandboxes that may exist: what the limits count.")
}

const BreakerView = Schema.Struct({
  state: shown(
    Schema.Literals(["closed", "paused", "probing"]),
    "`closed`: sandboxes are made. `paused`: none until `until`. `probing`: one at a time, until one takes a job."
  ),
  deaths: shown(Count, "Sandboxes that died since one last took a job."),
  last_death_at: shown(Moment, "When the newest of them died."),
  last_death_code: shown(ReasonCode, "Of what, for programs."),
  last_death_message: shown(Schema.String, "Of what, for people."),
  until: shown(MaybeMoment, "When a paused spec is tried again; null in other states.")
}).annotate({ identifier: "SpecBreaker" })

const RunnerVersionView = Schema.Struct({
  version: shown(Schema.String, "The version of actions/runner."),
  accepted_until: shown(
    MaybeMoment,
    "When GitHub stops giving it jobs: 30 days after the first newer release; null: no newer one is known."
  )
}).annotate({ identifier: "RunnerVersion" })

const SpecUseView = Schema.Struct({
  name: shown(Schema.String, "The spec; one that was deleted is told of as long as requests name it."),
  enabled: shown(Schema.Boolean, "Whether it takes new jobs."),
  ...RunnerUse,
  max_concurrency: shown(Schema.NullOr(Count), "Sandboxes that it may have at once; null: no limit of its own."),
  oldest_queued_at: shown(
    MaybeMoment,
    "When the oldest of its requests in line was asked for; one that had failed, when it was last retried."
  ),
  runner: shown(
    Schema.NullOr(RunnerVersionView),
    "The runner in its template, as its newest runner said; null: none has been started yet."
  ),
  breaker: shown(Schema.NullOr(BreakerView), "Its circuit breaker; null: none of its newest sandboxes died.")
}).annotate({ identifier: "SpecUse" })

export const OverviewView = Schema.Struct({
  at: shown(Moment, "The moment that is told of, by the database's clock; a second ago at most."),
  requests: shown(RequestCounts, "Unfinished requests by status."),
  runners: Schema.Struct({
    ...RunnerUse,
    max_concurrent_runners: shown(Schema.NullOr(Count), "The configuration's limit on sandboxes; null: unlimited.")
  }).annotate({ description: "All specs together." }),
  specs: shown(Schema.Array(SpecUseView), "Spec by spec, by name."),
  oldest_queued_at: shown(
    MaybeMoment,
    "When the oldest request in line was asked for; one that had failed, when it was last retried."
  ),
  last_delivery_at: shown(MaybeMoment, "When GitHub's newest delivery came in; null: none is stored.")
}).annotate({ identifier: "Overview" })
export type OverviewView = typeof OverviewView.Type

/** How many slices the time is cut into. */
export const sliceCount = 24

const Seconds = Schema.Finite
const Percentiles = Schema.Struct({
  jobs: shown(Count, "How many jobs were looked at, at most the newest 2,000 of the slice."),
  p50: shown(Seconds, "Seconds that half of them took at most."),
  p95: shown(Seconds, "Seconds that 95 of 100 took at most.")
}).annotate({ identifier: "Percentiles" })

const JobTimesView = Schema.Struct({
  slices: Schema.Array(
    Schema.Struct({
      from: shown(Moment, "The slice's beginning, included."),
      to: shown(Moment, "Its end, excluded. The last slice is not over."),
      queue: shown(
        Schema.NullOr(Percentiles),
        "Of runners that took their job in the slice: the time since runnerd learnt of the job. Null: there was none."
      ),
      run: shown(
        Schema.NullOr(Percentiles),
        "Of runners that ended in the slice: the time since they took their job. Null: there was none."
      )
    })
  ).annotate({ description: `${sliceCount} slices of equal length, the oldest first.` })
}).annotate({ identifier: "JobTimes" })
export type JobTimesView = typeof JobTimesView.Type

const hours = {
  hours: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 168 }, { expected: "1 to 168 hours" }))
  ).annotateKey({ description: "How far back to look, in hours, up to 168; default 6." })
}

export class OverviewApi extends HttpApiGroup.make("overview")
  .add(
    HttpApiEndpoint.get("now", "/overview", { success: OverviewView, error: Unavailable }).annotateMerge(
      OpenApi.annotations({
        summary: "Read how things stand",
        description:
          "What is unfinished, how far each spec is used, and when the last delivery came: small, and cheap to ask every few seconds."
      })
    ),
    HttpApiEndpoint.get("jobTimes", "/overview/job_times", {
      query: hours,
      success: JobTimesView,
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Read how long jobs took",
        description:
          "How long jobs waited for their runner and how long they ran, over the last hours; ten seconds old at most."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(OpenApi.annotations({ title: "Overview", description: "How things stand at a glance." })) {}
