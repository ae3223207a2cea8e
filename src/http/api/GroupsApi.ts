// Runner groups: the contract. Named sets of specs, for policies; GitHub's runner groups are a field of a spec.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { BadRequest, Conflict, NotFound, PreconditionFailed, Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { AddressableName, ifUnused, Moment, Name, sent, shown, Words } from "./CatalogFields.ts"
import { paged, wholeOrPageQuery } from "./Paging.ts"
import { ifMatch, ifNoneMatch, tagged } from "./Preconditions.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const said = {
  name: "What the group is called; cannot change.",
  description: "What it is for, in words.",
  spec_names: "Names of runner specs, which must exist. The list is the whole membership.",
  enabled: "A disabled group grants nothing."
}

const fields = {
  name: sent(AddressableName, `${said.name} Neither \`.\` nor \`..\`, which no address can hold.`),
  description: sent(Words, `${said.description} Null is none.`),
  spec_names: sent(Schema.Array(Name), said.spec_names),
  enabled: shown(Schema.Boolean, said.enabled)
}

export const RunnerGroupView = Schema.Struct({
  name: shown(Schema.String, said.name),
  description: shown(Schema.String, said.description),
  spec_names: shown(Schema.Array(Schema.String), said.spec_names),
  enabled: shown(Schema.Boolean, said.enabled),
  created_at: shown(Moment, "When it was created."),
  updated_at: shown(Moment, "When it, or its membership, was changed last.")
}).annotate({ identifier: "RunnerGroup" })
export type RunnerGroupView = typeof RunnerGroupView.Type

const CreateRunnerGroup = Schema.Struct({
  name: fields.name,
  description: Schema.optionalKey(fields.description),
  spec_names: Schema.optionalKey(fields.spec_names),
  enabled: Schema.optionalKey(fields.enabled)
}).annotate({ identifier: "CreateRunnerGroup" })

export const PatchRunnerGroup = Schema.Struct({
  name: Schema.optionalKey(fields.name),
  description: Schema.optionalKey(fields.description),
  spec_names: Schema.optionalKey(fields.spec_names),
  enabled: Schema.optionalKey(fields.enabled)
}).annotate({ identifier: "PatchRunnerGroup" })
export type PatchRunnerGroup = typeof PatchRunnerGroup.Type

const DeletedGroup = Schema.Struct({
  status: shown(Schema.Literal("deleted"), "Also of what was not there."),
  runner_policies: Schema.Array(Schema.Int).annotate({
    description: "The policies that name it: they stay, and are disabled now."
  })
}).annotate({ identifier: "DeletedGroup" })

const name = { name: Schema.String.annotate({ description: "The group's name." }) }

export class GroupsApi extends HttpApiGroup.make("runnerGroups")
  .add(
    HttpApiEndpoint.get("list", "/runner_groups", {
      query: wholeOrPageQuery,
      success: paged(RunnerGroupView),
      error: Unavailable
    }).annotateMerge(OpenApi.annotations({ summary: "List groups", description: "All groups, by name." })),
    HttpApiEndpoint.post("create", "/runner_groups", {
      headers: ifNoneMatch,
      payload: CreateRunnerGroup,
      success: tagged(RunnerGroupView.pipe(HttpApiSchema.status(201))),
      error: [BadRequest, PreconditionFailed, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Create or replace a group",
        description: "Creates a group, or replaces the one of that name with all its members."
      })
    ),
    HttpApiEndpoint.get("get", "/runner_groups/:name", {
      params: name,
      success: tagged(RunnerGroupView),
      error: [NotFound, Unavailable]
    }).annotateMerge(OpenApi.annotations({ summary: "Read a group", description: "One group." })),
    HttpApiEndpoint.patch("update", "/runner_groups/:name", {
      params: name,
      headers: ifMatch,
      payload: PatchRunnerGroup,
      success: tagged(RunnerGroupView),
      error: [BadRequest, NotFound, PreconditionFailed, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Change a group",
        description:
          "Changes the fields that are given and leaves the others. An empty `spec_names` takes all members out."
      })
    ),
    HttpApiEndpoint.delete("delete", "/runner_groups/:name", {
      params: name,
      headers: ifMatch,
      query: ifUnused("a policy names it"),
      success: DeletedGroup,
      error: [Conflict, PreconditionFailed, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Delete a group",
        description: "Deletes a group and disables the policies that name it. Deleting what is not there succeeds."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Runner groups", description: "Named sets of specs, to be granted at once." })
  ) {}
