// Repository policies: the contract. Each grants one spec, or one group of specs, to repositories.
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { RepositoryPattern } from "../../domain/RepositoryName.ts"
import { BadRequest, Conflict, NotFound, PreconditionFailed, Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { Moment, OptionalName, sent, shown } from "./CatalogFields.ts"
import { paged, wholeOrPageQuery } from "./Paging.ts"
import { ifMatch, ifNoneMatch, tagged } from "./Preconditions.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const said = {
  repository_full_name: "`owner/repo`, or `owner/*` for all of an owner's. Case is ignored.",
  runner_spec_name: "The spec that is granted. Exactly one of this and `runner_group_name`.",
  runner_group_name: "The runner group whose specs are granted. Exactly one of this and `runner_spec_name`.",
  enabled: "A disabled policy grants nothing."
}

const Pattern = Schema.String.pipe(Schema.decodeTo(RepositoryPattern, SchemaTransformation.trim()))

const fields = {
  repository_full_name: sent(Pattern, said.repository_full_name),
  runner_spec_name: sent(OptionalName, `${said.runner_spec_name} Null or blank is none.`),
  runner_group_name: sent(OptionalName, `${said.runner_group_name} Null or blank is none.`),
  enabled: shown(Schema.Boolean, said.enabled)
}

export const RepositoryPolicyView = Schema.Struct({
  id: shown(Schema.Int, "The policy's number."),
  repository_full_name: shown(Schema.String, said.repository_full_name),
  runner_spec_name: shown(Schema.NullOr(Schema.String), said.runner_spec_name),
  runner_group_name: shown(Schema.NullOr(Schema.String), said.runner_group_name),
  enabled: shown(Schema.Boolean, said.enabled),
  created_at: shown(Moment, "When it was created.")
}).annotate({ identifier: "RepositoryPolicy" })
export type RepositoryPolicyView = typeof RepositoryPolicyView.Type

export const CreateRepositoryPolicy = Schema.Struct({
  repository_full_name: fields.repository_full_name,
  runner_spec_name: Schema.optionalKey(fields.runner_spec_name),
  runner_group_name: Schema.optionalKey(fields.runner_group_name),
  enabled: Schema.optionalKey(fields.enabled)
}).annotate({ identifier: "CreateRepositoryPolicy" })

const PatchRepositoryPolicy = Schema.Struct({
  repository_full_name: Schema.optionalKey(fields.repository_full_name),
  runner_spec_name: Schema.optionalKey(fields.runner_spec_name),
  runner_group_name: Schema.optionalKey(fields.runner_group_name),
  enabled: Schema.optionalKey(fields.enabled)
}).annotate({ identifier: "PatchRepositoryPolicy" })

const PolicyId = Schema.String.annotate({ format: "int64", description: "The policy's number." })
  .check(
    Schema.makeFilter((text: string) => /^\d{1,15}$/.test(text) || "invalid policy id", {
      expected: "a policy's number"
    })
  )
  .pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: Number, encode: String })))

const id = { id: PolicyId }

export class PoliciesApi extends HttpApiGroup.make("runnerPolicies")
  .add(
    HttpApiEndpoint.get("list", "/runner_policies", {
      query: wholeOrPageQuery,
      success: paged(RepositoryPolicyView),
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({ summary: "List policies", description: "All policies, by repository, spec and group." })
    ),
    HttpApiEndpoint.post("create", "/runner_policies", {
      headers: ifNoneMatch,
      payload: CreateRepositoryPolicy,
      success: tagged(RepositoryPolicyView.pipe(HttpApiSchema.status(201))),
      error: [BadRequest, PreconditionFailed, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Create a policy",
        description:
          "Creates a policy. If one grants the same to the same repositories, its `enabled` is set and it is the answer."
      })
    ),
    HttpApiEndpoint.get("get", "/runner_policies/:id", {
      params: id,
      success: tagged(RepositoryPolicyView),
      error: [NotFound, Unavailable]
    }).annotateMerge(OpenApi.annotations({ summary: "Read a policy", description: "One policy." })),
    HttpApiEndpoint.patch("update", "/runner_policies/:id", {
      params: id,
      headers: ifMatch,
      payload: PatchRepositoryPolicy,
      success: tagged(RepositoryPolicyView),
      error: [BadRequest, NotFound, Conflict, PreconditionFailed, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Change a policy",
        description:
          "Changes the fields that are given and leaves the others. Naming a spec takes the group away, and the other way round."
      })
    ),
    HttpApiEndpoint.delete("delete", "/runner_policies/:id", {
      params: id,
      headers: ifMatch,
      success: Schema.Struct({
        status: shown(Schema.Literal("deleted"), "Also of what was not there.")
      }).annotate({ identifier: "DeletedPolicy" }),
      error: [PreconditionFailed, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Delete a policy",
        description: "Deletes a policy. Deleting what is not there succeeds."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Repository policies", description: "Which repositories may use which specs." })
  ) {}
