// Handlers of the repository policies.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { RepositoryPolicy } from "../../domain/RepositoryPolicy.ts"
import { type DuplicatePolicy, PolicyStore, type UnknownTarget } from "../../services/store/PolicyStore.ts"
import { Api } from "../api/Api.ts"
import { BadRequest, Conflict } from "../api/ApiErrors.ts"
import type { RepositoryPolicyView } from "../api/PoliciesApi.ts"
import { changeOf, notFound, orPreconditionFailed } from "./CatalogChanges.ts"
import { withEntityTag } from "./EntityTag.ts"
import { wholeOrPage } from "./Paging.ts"
import { orUnavailable } from "./StoreFailures.ts"

const policyView = ({ createdAt, enabled, id, repository, target }: RepositoryPolicy): RepositoryPolicyView => ({
  id,
  repository_full_name: repository,
  runner_spec_name: target._tag === "Spec" ? target.specName : null,
  runner_group_name: target._tag === "Group" ? target.groupName : null,
  enabled,
  created_at: DateTime.formatIso(createdAt)
})

const targets = ["runner_spec_name", "runner_group_name"]

const oneTarget = (message: string) =>
  new BadRequest({
    error: message,
    code: "invalid_request",
    details: targets.map((field) => ({ field, message }))
  })

const noTarget = oneTarget("a policy needs runner_spec_name or runner_group_name")
const twoTargets = oneTarget("a policy has runner_spec_name or runner_group_name, not both")

const unknownTarget = ({ target }: UnknownTarget) => {
  const [field, message] =
    target._tag === "Spec"
      ? ["runner_spec_name", `there is no runner spec "${target.specName}"`]
      : ["runner_group_name", `there is no runner group "${target.groupName}"`]
  return new BadRequest({ error: message, code: "unknown_reference", details: [{ field, message }] })
}

const duplicate = ({ id }: DuplicatePolicy) =>
  new Conflict({
    error: `policy ${id} grants the same to the same repositories`,
    code: "already_exists",
    details: [{ field: "runner_policies", message: `policy ${id}` }]
  })

interface Named {
  readonly runner_spec_name?: string | null | undefined
  readonly runner_group_name?: string | null | undefined
}

const namesBoth = (given: Named) =>
  typeof given.runner_spec_name === "string" && typeof given.runner_group_name === "string"

const targetOf = ({ runner_group_name: groupName, runner_spec_name: specName }: Named) => {
  if (typeof specName === "string") return Effect.succeed({ _tag: "Spec", specName } as const)
  if (typeof groupName === "string") return Effect.succeed({ _tag: "Group", groupName } as const)
  return Effect.fail(noTarget)
}

export const layer = HttpApiBuilder.group(
  Api,
  "runnerPolicies",
  Effect.fnUntraced(function* (handlers) {
    const policies = yield* PolicyStore
    const unknown = notFound("repository policy not found")

    return handlers.handleAll({
      list: ({ query, request }) =>
        policies.list.pipe(
          Effect.map((all) => wholeOrPage(request, query, all.map(policyView))),
          orUnavailable
        ),
      create: Effect.fnUntraced(
        function* ({ headers, payload }) {
          if (namesBoth(payload)) return yield* twoTargets
          const policy = {
            repository: payload.repository_full_name,
            target: yield* targetOf(payload),
            enabled: payload.enabled ?? true
          }
          const saved = yield* policies
            .save(policy, yield* changeOf(headers, policyView))
            .pipe(Effect.catchTag("UnknownTarget", (error) => Effect.fail(unknownTarget(error))))
          return withEntityTag(policyView(saved))
        },
        orPreconditionFailed,
        orUnavailable
      ),
      get: Effect.fnUntraced(function* ({ params }) {
        const policy = yield* policies.get(params.id)
        return Option.isSome(policy) ? withEntityTag(policyView(policy.value)) : yield* unknown
      }, orUnavailable),
      update: Effect.fnUntraced(
        function* ({ headers, params, payload }) {
          if (namesBoth(payload)) return yield* twoTargets
          const patch = {
            repository: payload.repository_full_name,
            specName: payload.runner_spec_name,
            groupName: payload.runner_group_name,
            enabled: payload.enabled
          }
          const policy = yield* policies.update(params.id, patch, yield* changeOf(headers, policyView)).pipe(
            Effect.catchTags({
              UnknownTarget: (error) => Effect.fail(unknownTarget(error)),
              NoTarget: () => Effect.fail(noTarget),
              DuplicatePolicy: (error) => Effect.fail(duplicate(error))
            })
          )
          return policy === null ? yield* unknown : withEntityTag(policyView(policy))
        },
        orPreconditionFailed,
        orUnavailable
      ),
      delete: Effect.fnUntraced(
        function* ({ headers, params }) {
          yield* policies.remove(params.id, yield* changeOf(headers, policyView))
          return { status: "deleted" as const }
        },
        orPreconditionFailed,
        orUnavailable
      )
    })
  })
)
