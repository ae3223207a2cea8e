// Webhook deliveries: what arrived and what became of it, and what admission would make of it now.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { JobStatus } from "../../domain/WorkflowJob.ts"
import { Conflict, NotFound, Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { Moment, Name, sent, shown } from "./CatalogFields.ts"
import { MatchAnswer } from "./MatchApi.ts"
import { pageQuery } from "./Paging.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const Text = Schema.NullOr(Schema.String)
const Id = Schema.NullOr(Schema.Int)

export const DeliveryView = Schema.Struct({
  id: Schema.Int.annotate({ description: "Goes up with time." }),
  guid: Text.annotate({ description: "GitHub's id of the delivery; the same when GitHub sends it again." }),
  received_at: shown(Moment, "When it arrived first."),
  times_received: Schema.Int.annotate({ description: "More than once: GitHub sent it again." }),
  path: Schema.String.annotate({
    description:
      "`webhook`: GitHub delivered it. `redelivery`: it failed, and was read from GitHub's log of deliveries."
  }),
  event: Schema.String.annotate({ description: "GitHub's name of the event." }),
  action: Text.annotate({ description: "The event's action." }),
  repository_full_name: Text.annotate({ description: "The repository it is about." }),
  installation_id: Id.annotate({ description: "The App installation it belongs to." }),
  workflow_job_id: Id.annotate({ description: "The job it is about." }),
  outcome: Schema.String.annotate({
    description:
      "What became of it: `Created` a request, `Refused` the job, `Existing` or `Recorded` news of a known one, `RunToCheck`, `Ignored`, or `Foreign`."
  }),
  has_body: Schema.Boolean.annotate({
    description: "Whether its payload is still kept (`retention.delivery_bodies_days`), so that it can be replayed."
  })
}).annotate({ identifier: "Delivery" })
export type DeliveryView = typeof DeliveryView.Type

/** A job as a payload has it. */
const DeliveredJobView = Schema.Struct({
  name: Schema.String.annotate({ description: "The job's name; empty when the payload has none." }),
  workflow_name: Text.annotate({ description: "The workflow's name." }),
  labels: Schema.Array(Schema.String).annotate({ description: "What the job has in `runs-on`." }),
  status: JobStatus.annotate({ description: "GitHub's status of the job at that moment." }),
  conclusion: Text.annotate({ description: "How it ended." }),
  runner_name: Text.annotate({ description: "The runner that took it." }),
  workflow_run_id: Id.annotate({ description: "The workflow run that it is part of." }),
  run_attempt: Id.annotate({ description: "Which attempt of the run." }),
  head_branch: Text.annotate({ description: "The branch it runs for." }),
  head_sha: Text.annotate({ description: "The commit it runs for." }),
  pull_request_number: Id.annotate({ description: "The first of its pull requests." }),
  github_job_url: Text.annotate({ description: "The job's page at GitHub." }),
  created_at: Schema.NullOr(Moment).annotate({ description: "When it was made, by GitHub's clock." }),
  started_at: Schema.NullOr(Moment).annotate({ description: "When a runner took it, by GitHub's clock." }),
  completed_at: Schema.NullOr(Moment).annotate({ description: "When it ended, by GitHub's clock." })
}).annotate({ identifier: "DeliveredJob" })

export const DeliveryDetailView = Schema.Struct({
  ...DeliveryView.fields,
  job: Schema.NullOr(DeliveredJobView).annotate({
    description: "What its payload says of the job; null when it is about none, or kept no more."
  })
}).annotate({ identifier: "DeliveryDetail" })
export type DeliveryDetailView = typeof DeliveryDetailView.Type

const ReplayView = Schema.Struct({
  delivery: DeliveryView.annotateKey({ description: "What arrived." }),
  admission: Schema.NullOr(MatchAnswer).annotate({
    description: "What admission would decide of its job now; null when the delivery is about no job."
  })
}).annotate({ identifier: "Replay" })

const JobId = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))
const only = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.optionalKey(schema).annotateKey({ description })

const id = {
  id: Schema.Int.check(Schema.isGreaterThan(0)).annotateKey({
    description: "The delivery's number."
  })
}

export class DeliveriesApi extends HttpApiGroup.make("webhookDeliveries")
  .add(
    HttpApiEndpoint.get("list", "/webhook_deliveries", {
      query: {
        limit: pageQuery.limit,
        before: Schema.optionalKey(Schema.Int).annotateKey({
          description: "Only deliveries that came before the one of this number: the next page."
        }),
        guid: Schema.optionalKey(Schema.String).annotate({ description: "Only the delivery with GitHub's id." }),
        path: only(Schema.Literals(["webhook", "redelivery"]), "Only those that came by this path."),
        event: only(Schema.String, "Only those of this event."),
        outcome: only(Schema.String, "Only those of which this became."),
        repository: Schema.optionalKey(
          sent(Name, "Only those about this repository, `owner/repo`; case does not matter.")
        ),
        workflow_job_id: only(JobId, "Only those about this job.")
      },
      success: HttpApiSchema.WithHeaders(Schema.Array(DeliveryView), {
        link: Schema.optionalKey(Schema.String).annotateKey({
          description: "RFC 8288: `next`, with all other parameters kept; absent on the last page."
        })
      }),
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List deliveries",
        description:
          "Deliveries, newest first. There may be millions, so pages go by number, and there is no total: `Link` with `rel=next` leads on. With a filter a page may be short, or empty, and still have a next one: 10,000 deliveries are looked through at a time."
      })
    ),
    HttpApiEndpoint.get("get", "/webhook_deliveries/:id", {
      params: id,
      success: DeliveryDetailView,
      error: [NotFound, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Read a delivery",
        description: "One delivery, with what its payload says of its job."
      })
    ),
    HttpApiEndpoint.get("replay", "/webhook_deliveries/:id/replay", {
      params: id,
      success: ReplayView,
      error: [NotFound, Conflict, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Replay a delivery",
        description:
          "What admission would decide of a stored delivery by today's specs, groups and policies, step by step. Stores nothing. 409 when the payload is kept no more."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Webhook deliveries", description: "What arrived, and what became of it." })
  ) {}
