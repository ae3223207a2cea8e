// Runner specs: the contract.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { LabelList } from "../../domain/Labels.ts"
import { BadGateway, BadRequest, Conflict, NotFound, PreconditionFailed, Unavailable } from "./ApiErrors.ts"
import { Authorization, RequiredRole } from "./Authorization.ts"
import { AddressableName, ifUnused, Moment, Name, OptionalName, sent, shown, WholeNumber } from "./CatalogFields.ts"
import { paged, wholeOrPageQuery } from "./Paging.ts"
import { ifMatch, ifNoneMatch, tagged } from "./Preconditions.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const said = {
  name: "What the spec is called; cannot change.",
  labels: "The labels its runners register with. A job fits when all its labels are among them.",
  template_id: "E2B template, by alias or id.",
  runner_group: "GitHub runner group. Set: organisation runners in that group. Null or blank: repository runners.",
  max_concurrency: "Sandboxes of this spec at once; 0 or less is unlimited.",
  min_idle: "Runners kept ready before a job waits. Only 0 so far: more is not supported yet.",
  priority: "Of two specs that fit a job the higher priority wins.",
  enabled: "A disabled spec matches nothing.",
  default_available: "Every allowed repository may use it without a policy."
}

const fields = {
  name: sent(AddressableName, `${said.name} Neither \`.\` nor \`..\`, which no address can hold.`),
  labels: sent(LabelList, said.labels),
  template_id: sent(Name, said.template_id).annotateKey({ messageMissingKey: "template_id is required" }),
  runner_group: sent(OptionalName, said.runner_group),
  max_concurrency: shown(WholeNumber, said.max_concurrency),
  min_idle: shown(WholeNumber, said.min_idle),
  priority: shown(WholeNumber, said.priority),
  enabled: shown(Schema.Boolean, said.enabled),
  default_available: shown(Schema.Boolean, said.default_available)
}

export const RunnerSpecView = Schema.Struct({
  name: shown(Schema.String, said.name),
  labels: shown(Schema.Array(Schema.String), said.labels),
  template_id: shown(Schema.String, said.template_id),
  runner_group: shown(Schema.NullOr(Schema.String), said.runner_group),
  max_concurrency: shown(Schema.Int, said.max_concurrency),
  min_idle: shown(Schema.Int, said.min_idle),
  priority: shown(Schema.Int, said.priority),
  enabled: shown(Schema.Boolean, said.enabled),
  default_available: shown(Schema.Boolean, said.default_available),
  created_at: shown(Moment, "When it was created."),
  updated_at: shown(Moment, "When it was changed last.")
}).annotate({ identifier: "RunnerSpec" })
export type RunnerSpecView = typeof RunnerSpecView.Type

const CreateRunnerSpec = Schema.Struct({
  name: fields.name,
  labels: fields.labels,
  template_id: fields.template_id,
  runner_group: Schema.optionalKey(fields.runner_group),
  max_concurrency: Schema.optionalKey(fields.max_concurrency),
  min_idle: Schema.optionalKey(fields.min_idle),
  priority: Schema.optionalKey(fields.priority),
  enabled: Schema.optionalKey(fields.enabled),
  default_available: Schema.optionalKey(fields.default_available)
}).annotate({ identifier: "CreateRunnerSpec" })

export const PatchRunnerSpec = Schema.Struct({
  name: Schema.optionalKey(fields.name),
  labels: Schema.optionalKey(fields.labels),
  template_id: Schema.optionalKey(fields.template_id),
  runner_group: Schema.optionalKey(fields.runner_group),
  max_concurrency: Schema.optionalKey(fields.max_concurrency),
  min_idle: Schema.optionalKey(fields.min_idle),
  priority: Schema.optionalKey(fields.priority),
  enabled: Schema.optionalKey(fields.enabled),
  default_available: Schema.optionalKey(fields.default_available)
}).annotate({ identifier: "PatchRunnerSpec" })
export type PatchRunnerSpec = typeof PatchRunnerSpec.Type

const DeletedSpec = Schema.Struct({
  status: shown(Schema.Literal("deleted"), "Also of what was not there."),
  failed_requests: Schema.Int.annotate({ description: "How many requests waited for it and have failed now." }),
  runner_groups: Schema.Array(Schema.String).annotate({ description: "The runner groups it was taken out of." }),
  runner_policies: Schema.Array(Schema.Int).annotate({
    description: "The policies that name it: they stay, and grant nothing until there is a spec of that name again."
  })
}).annotate({ identifier: "DeletedSpec" })

const ResumedSpec = Schema.Struct({
  resumed: shown(Schema.Boolean, "False: there was nothing to forget, it was not paused.")
}).annotate({ identifier: "ResumedSpec" })

const name = { name: Schema.String.annotate({ description: "The spec's name." }) }

export class SpecsApi extends HttpApiGroup.make("runnerSpecs")
  .add(
    HttpApiEndpoint.get("list", "/runner_specs", {
      query: wholeOrPageQuery,
      success: paged(RunnerSpecView),
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List specs",
        description: "All specs, by priority, highest first, then by name."
      })
    ),
    HttpApiEndpoint.post("create", "/runner_specs", {
      headers: ifNoneMatch,
      payload: CreateRunnerSpec,
      success: tagged(RunnerSpecView.pipe(HttpApiSchema.status(201))),
      error: [BadRequest, PreconditionFailed, BadGateway, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Create or replace a spec",
        description:
          "Creates a spec, or replaces the one of that name, whose creation time stays. E2B is asked first whether the template is usable; if not, nothing is stored."
      })
    ),
    HttpApiEndpoint.get("get", "/runner_specs/:name", {
      params: name,
      success: tagged(RunnerSpecView),
      error: [NotFound, Unavailable]
    }).annotateMerge(OpenApi.annotations({ summary: "Read a spec", description: "One spec." })),
    HttpApiEndpoint.patch("update", "/runner_specs/:name", {
      params: name,
      headers: ifMatch,
      payload: PatchRunnerSpec,
      success: tagged(RunnerSpecView),
      error: [BadRequest, NotFound, PreconditionFailed, BadGateway, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Change a spec",
        description:
          "Changes the fields that are given and leaves the others. A template is checked at E2B as on creation."
      })
    ),
    HttpApiEndpoint.post("resume", "/runner_specs/:name/resume", {
      params: name,
      success: ResumedSpec,
      error: [NotFound, Unavailable]
    })
      .annotate(RequiredRole, "operator")
      .annotateMerge(
        OpenApi.annotations({
          summary: "Resume a spec",
          description:
            "Ends the pause of a spec whose sandboxes died one after the other, once the cause is mended: their deaths are forgotten, and what waits is provisioned at once. Another template_id does the same."
        })
      ),
    HttpApiEndpoint.delete("delete", "/runner_specs/:name", {
      params: name,
      headers: ifMatch,
      query: ifUnused("requests need it, a runner group has it or a policy names it"),
      success: DeletedSpec,
      error: [Conflict, PreconditionFailed, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Delete a spec",
        description:
          "Deletes a spec. The requests that wait for it fail with that reason; runners that run are left alone. Deleting what is not there succeeds."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Runner specs", description: "Labels, template and limits of runners." })
  ) {}
