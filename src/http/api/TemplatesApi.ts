// Sandbox templates: the contract. What E2B has of one, as it would be asked before a spec that names it is stored.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { BadGateway, BadRequest, NotFound } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { Moment, shown } from "./CatalogFields.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const Count = Schema.Int
const MaybeCount = Schema.NullOr(Count)

export const SandboxTemplateView = Schema.Struct({
  template_id: shown(Schema.String, "The template's id, whatever name it was asked for by."),
  usable: shown(Schema.Boolean, "Whether sandboxes can be made of it; a spec that names one that is not is refused."),
  message: shown(Schema.String, "Why it is usable, or what it lacks."),
  names: shown(Schema.Array(Schema.String), "The names by which it is found, too."),
  builds: shown(Count, "How many builds E2B lists; 0 also of another team's template, whose builds are not shown."),
  usable_builds: shown(Count, "How many of them can be used."),
  cpu_count: shown(MaybeCount, "CPUs of a sandbox, by the newest build that can be used; null: not told."),
  memory_mb: shown(MaybeCount, "Its memory in MiB."),
  disk_size_mb: shown(MaybeCount, "Its disk in MiB."),
  built_at: shown(Schema.NullOr(Moment), "When that build was finished.")
}).annotate({ identifier: "SandboxTemplate" })
export type SandboxTemplateView = typeof SandboxTemplateView.Type

export class TemplatesApi extends HttpApiGroup.make("sandboxTemplates")
  .add(
    HttpApiEndpoint.get("get", "/sandbox_templates/:template", {
      params: { template: Schema.String.annotate({ description: "The template's alias or id." }) },
      success: SandboxTemplateView,
      error: [BadRequest, NotFound, BadGateway]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Look at a template",
        description:
          "What E2B has of a template: asked as before a spec is stored, at most once in five seconds for each template."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Sandbox templates", description: "What runners' sandboxes are made of, at E2B." })
  ) {}
