// Runner specs: the contract.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { LabelList } from "../../domain/Labels.ts"
import { ResourceName } from "../../domain/RunnerSpec.ts"
import { BadGateway, BadRequest, Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const described = {
  name: ResourceName.annotate({ description: "What the spec is called; cannot change." }),
  labels: LabelList.annotate({
    description: "The labels its runners register with. A job fits when all its labels are among them."
  }),
  template_id: ResourceName.annotate({ description: "E2B template, by alias or id." }),
  runner_group: Schema.NullOr(Schema.String).annotate({
    description: "GitHub runner group. Set: organisation runners in that group. Null: repository runners."
  }),
  max_concurrency: Schema.Int.annotate({ description: "Sandboxes of this spec at once; 0 or less is unlimited." }),
  min_idle: Schema.Int.annotate({ description: "Kept for the original's scripts; nothing acts on it." }),
  priority: Schema.Int.annotate({ description: "Of two specs that fit a job the higher priority wins." }),
  enabled: Schema.Boolean.annotate({ description: "A disabled spec matches nothing." }),
  default_available: Schema.Boolean.annotate({ description: "Every allowed repository may use it without a policy." })
}

export class RunnerSpecView extends Schema.Class<RunnerSpecView>("RunnerSpec")({
  ...described,
  created_at: Schema.DateTimeUtcFromString,
  updated_at: Schema.DateTimeUtcFromString
}) {}

const orElse = <S extends Schema.Top>(schema: S) => Schema.optionalKey(schema)

class CreateRunnerSpec extends Schema.Class<CreateRunnerSpec>("CreateRunnerSpec")({
  name: described.name,
  labels: described.labels,
  template_id: described.template_id,
  runner_group: orElse(described.runner_group),
  max_concurrency: orElse(described.max_concurrency),
  min_idle: orElse(described.min_idle),
  priority: orElse(described.priority),
  enabled: orElse(described.enabled),
  default_available: orElse(described.default_available)
}) {}

export class SpecsApi extends HttpApiGroup.make("runnerSpecs")
  .add(
    HttpApiEndpoint.get("list", "/runner_specs", {
      success: Schema.Array(RunnerSpecView),
      error: Unavailable
    }).annotate(OpenApi.Description, "All specs, by priority, highest first, then by name."),
    HttpApiEndpoint.post("create", "/runner_specs", {
      payload: CreateRunnerSpec,
      success: RunnerSpecView.pipe(HttpApiSchema.status(201)),
      error: [BadRequest, BadGateway, Unavailable]
    }).annotate(
      OpenApi.Description,
      "Creates a spec, or replaces the one of that name. E2B is asked first whether the template is usable; if not, nothing is stored."
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Runner specs", description: "Labels, template and limits of runners." })
  ) {}
