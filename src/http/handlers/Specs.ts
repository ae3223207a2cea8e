// Handlers of the runner specs. A spec is stored only when E2B says that its template can be used.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { Sandboxes } from "../../services/sandbox/Sandboxes.ts"
import { type SpecPatch, SpecStore, type SpecUses } from "../../services/store/SpecStore.ts"
import { Api } from "../api/Api.ts"
import { BadRequest, Conflict, type ErrorDetail } from "../api/ApiErrors.ts"
import { CurrentActor } from "../api/Authorization.ts"
import type { PatchRunnerSpec } from "../api/SpecsApi.ts"
import { changeOf, counted, notFound, orPreconditionFailed } from "./CatalogChanges.ts"
import { withEntityTag } from "./EntityTag.ts"
import { wholeOrPage } from "./Paging.ts"
import { specView } from "./SpecView.ts"
import { orUnavailable } from "./StoreFailures.ts"
import { checkTemplate } from "./TemplateCheck.ts"

const defaults = { maxConcurrency: 10, minIdle: 0, priority: 0, enabled: true, defaultAvailable: false }

const checkMinIdle = Effect.fnUntraced(function* (minIdle: number | undefined) {
  if (minIdle === undefined || minIdle === 0) return
  const message =
    minIdle < 0
      ? "min_idle must not be negative"
      : "min_idle above 0 is not supported yet: a runner is made when a job waits for it"
  const code = minIdle < 0 ? "invalid_request" : "not_supported"
  return yield* new BadRequest({ error: message, code, details: [{ field: "min_idle", message }] })
})

const checkName = Effect.fnUntraced(function* (name: string, given: string | undefined) {
  if (given === undefined || given === name) return
  const message = "the name of a runner spec cannot change"
  return yield* new BadRequest({ error: message, code: "invalid_request", details: [{ field: "name", message }] })
})

const patchOf = (payload: PatchRunnerSpec): SpecPatch => ({
  labels: payload.labels,
  templateId: payload.template_id,
  runnerGroup: payload.runner_group,
  maxConcurrency: payload.max_concurrency,
  minIdle: payload.min_idle,
  priority: payload.priority,
  enabled: payload.enabled,
  defaultAvailable: payload.default_available
})

const inUse = (name: string, { groups, policies, requests }: SpecUses) => {
  const details: ReadonlyArray<ErrorDetail> = [
    ...(requests === 0
      ? []
      : [{ field: "runner_requests", message: `${counted(requests, "unfinished request")} may need it` }]),
    ...groups.map((group) => ({ field: "runner_groups", message: `runner group "${group}" has it` })),
    ...policies.map((id) => ({ field: "runner_policies", message: `policy ${id} names it` }))
  ]
  const uses = [
    counted(requests, "unfinished request"),
    counted(groups.length, "runner group"),
    counted(policies.length, "policy", "policies")
  ]
  return new Conflict({ error: `runner spec "${name}" is in use: ${uses.join(", ")}`, code: "in_use", details })
}

export const layer = HttpApiBuilder.group(
  Api,
  "runnerSpecs",
  Effect.fnUntraced(function* (handlers) {
    const specs = yield* SpecStore
    const sandboxes = yield* Sandboxes
    const unknown = notFound("runner spec not found")
    const check = (template: string) => Effect.provideService(checkTemplate(template), Sandboxes, sandboxes)

    const find = Effect.fnUntraced(function* (name: string) {
      const spec = yield* specs.get(name)
      return Option.isSome(spec) ? spec.value : yield* unknown
    })

    return handlers.handleAll({
      list: ({ query, request }) =>
        specs.list.pipe(
          Effect.map((all) => wholeOrPage(request, query, all.map(specView))),
          orUnavailable
        ),
      create: Effect.fnUntraced(
        function* ({ headers, payload }) {
          yield* checkMinIdle(payload.min_idle)
          yield* check(payload.template_id)
          const spec = {
            name: payload.name,
            labels: payload.labels,
            templateId: payload.template_id,
            runnerGroup: payload.runner_group ?? null,
            maxConcurrency: payload.max_concurrency ?? defaults.maxConcurrency,
            minIdle: payload.min_idle ?? defaults.minIdle,
            priority: payload.priority ?? defaults.priority,
            enabled: payload.enabled ?? defaults.enabled,
            defaultAvailable: payload.default_available ?? defaults.defaultAvailable
          }
          return withEntityTag(specView(yield* specs.save(spec, yield* changeOf(headers, specView))))
        },
        orPreconditionFailed,
        orUnavailable
      ),
      get: Effect.fnUntraced(function* ({ params }) {
        return withEntityTag(specView(yield* find(params.name)))
      }, orUnavailable),
      update: Effect.fnUntraced(
        function* ({ headers, params, payload }) {
          yield* find(params.name)
          yield* checkName(params.name, payload.name)
          yield* checkMinIdle(payload.min_idle)
          if (payload.template_id !== undefined) yield* check(payload.template_id)
          const spec = yield* specs.update(params.name, patchOf(payload), yield* changeOf(headers, specView))
          if (spec === null) return yield* unknown
          return withEntityTag(specView(spec))
        },
        orPreconditionFailed,
        orUnavailable
      ),
      resume: Effect.fnUntraced(function* ({ params }) {
        const resumed = yield* specs.resume(params.name, (yield* CurrentActor).name)
        return resumed === null ? yield* unknown : { resumed }
      }, orUnavailable),
      delete: Effect.fnUntraced(
        function* ({ headers, params, query }) {
          const deletion = yield* specs.remove(
            params.name,
            query.if_unused === "true",
            yield* changeOf(headers, specView)
          )
          if (deletion._tag === "InUse") return yield* inUse(params.name, deletion.uses)
          const { groups, policies, requests } = deletion.uses
          return {
            status: "deleted" as const,
            failed_requests: requests,
            runner_groups: groups,
            runner_policies: policies
          }
        },
        orPreconditionFailed,
        orUnavailable
      )
    })
  })
)
