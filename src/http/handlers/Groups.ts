// Handlers of the runner groups.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { RunnerGroup } from "../../domain/RunnerGroup.ts"
import { GroupStore, type UnknownSpecs } from "../../services/store/GroupStore.ts"
import { Api } from "../api/Api.ts"
import { BadRequest, Conflict } from "../api/ApiErrors.ts"
import type { RunnerGroupView } from "../api/GroupsApi.ts"
import { changeOf, counted, notFound, orPreconditionFailed } from "./CatalogChanges.ts"
import { withEntityTag } from "./EntityTag.ts"
import { wholeOrPage } from "./Paging.ts"
import { orUnavailable } from "./StoreFailures.ts"

const groupView = (group: RunnerGroup): RunnerGroupView => ({
  name: group.name,
  description: group.description,
  spec_names: group.specNames,
  enabled: group.enabled,
  created_at: DateTime.formatIso(group.createdAt),
  updated_at: DateTime.formatIso(group.updatedAt)
})

const checkName = Effect.fnUntraced(function* (name: string, given: string | undefined) {
  if (given === undefined || given === name) return
  const message = "the name of a runner group cannot change"
  return yield* new BadRequest({ error: message, code: "invalid_request", details: [{ field: "name", message }] })
})

/** `given`: the names as they were sent, so that the answer can say which of them. */
const unknownSpecs = ({ names }: UnknownSpecs, given: ReadonlyArray<string> = []) =>
  new BadRequest({
    error: `there is no runner spec ${names.map((name) => `"${name}"`).join(", ")}`.slice(0, 1000),
    code: "unknown_reference",
    details: names.map((name) => ({
      field: `spec_names[${given.indexOf(name)}]`,
      message: `there is no runner spec "${name}"`
    }))
  })

export const layer = HttpApiBuilder.group(
  Api,
  "runnerGroups",
  Effect.fnUntraced(function* (handlers) {
    const groups = yield* GroupStore
    const unknown = notFound("runner group not found")

    return handlers.handleAll({
      list: ({ query, request }) =>
        groups.list.pipe(
          Effect.map((all) => wholeOrPage(request, query, all.map(groupView))),
          orUnavailable
        ),
      create: Effect.fnUntraced(
        function* ({ headers, payload }) {
          const group = {
            name: payload.name,
            description: payload.description ?? "",
            specNames: payload.spec_names ?? [],
            enabled: payload.enabled ?? true
          }
          const saved = yield* groups
            .save(group, yield* changeOf(headers, groupView))
            .pipe(Effect.catchTag("UnknownSpecs", (error) => Effect.fail(unknownSpecs(error, payload.spec_names))))
          return withEntityTag(groupView(saved))
        },
        orPreconditionFailed,
        orUnavailable
      ),
      get: Effect.fnUntraced(function* ({ params }) {
        const group = yield* groups.get(params.name)
        return Option.isSome(group) ? withEntityTag(groupView(group.value)) : yield* unknown
      }, orUnavailable),
      update: Effect.fnUntraced(
        function* ({ headers, params, payload }) {
          yield* checkName(params.name, payload.name)
          const { description, enabled, spec_names: specNames } = payload
          const group = yield* groups
            .update(params.name, { description, specNames, enabled }, yield* changeOf(headers, groupView))
            .pipe(Effect.catchTag("UnknownSpecs", (error) => Effect.fail(unknownSpecs(error, specNames))))
          return group === null ? yield* unknown : withEntityTag(groupView(group))
        },
        orPreconditionFailed,
        orUnavailable
      ),
      delete: Effect.fnUntraced(
        function* ({ headers, params, query }) {
          const change = yield* changeOf(headers, groupView)
          const deletion = yield* groups.remove(params.name, query.if_unused === "true", change)
          if (deletion._tag === "Deleted") {
            return { status: "deleted" as const, runner_policies: deletion.policies }
          }
          return yield* new Conflict({
            error: `runner group "${params.name}" is in use: ${counted(deletion.policies.length, "policy", "policies")}`,
            code: "in_use",
            details: deletion.policies.map((id) => ({ field: "runner_policies", message: `policy ${id} names it` }))
          })
        },
        orPreconditionFailed,
        orUnavailable
      )
    })
  })
)
