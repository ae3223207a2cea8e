// Handlers of the runner specs. A spec is stored only when E2B says that its template can be used.
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { ofSandboxError } from "../../domain/Disposition.ts"
import type { RunnerSpec } from "../../domain/RunnerSpec.ts"
import { Sandboxes } from "../../services/sandbox/Sandboxes.ts"
import { CatalogStore } from "../../services/store/CatalogStore.ts"
import { Wakeup } from "../../services/Wakeup.ts"
import { Api } from "../api/Api.ts"
import { BadGateway, BadRequest } from "../api/ApiErrors.ts"
import { RunnerSpecView } from "../api/SpecsApi.ts"
import { orUnavailable } from "./StoreFailures.ts"

const defaults = { maxConcurrency: 10, minIdle: 0, priority: 0, enabled: true, defaultAvailable: false }

const specView = (spec: RunnerSpec): RunnerSpecView =>
  new RunnerSpecView({
    name: spec.name,
    labels: spec.labels,
    template_id: spec.templateId,
    runner_group: spec.runnerGroup,
    max_concurrency: spec.maxConcurrency,
    min_idle: spec.minIdle,
    priority: spec.priority,
    enabled: spec.enabled,
    default_available: spec.defaultAvailable,
    created_at: spec.createdAt,
    updated_at: spec.updatedAt
  })

const blankToNull = (text: string | null | undefined) => (text === undefined || text?.trim() === "" ? null : text)

export const layer = HttpApiBuilder.group(
  Api,
  "runnerSpecs",
  Effect.fnUntraced(function* (handlers) {
    const catalog = yield* CatalogStore
    const sandboxes = yield* Sandboxes
    const wakeup = yield* Wakeup

    const checkTemplate = Effect.fnUntraced(function* (template: string) {
      const status = yield* sandboxes.templateStatus(template).pipe(
        Effect.catchTag("SandboxError", (error): Effect.Effect<never, BadRequest | BadGateway> => {
          const { message } = ofSandboxError(error)
          switch (error.reason._tag) {
            case "TemplateUnusable":
              return Effect.fail(
                new BadRequest({ error: `template_id not found: ${message}`, code: "invalid_template" })
              )
            // E2B refuses ids that cannot be any template's, such as ones with a slash.
            case "BadRequest":
              return Effect.fail(
                new BadRequest({ error: `template_id not accepted: ${message}`, code: "invalid_template" })
              )
            default:
              return Effect.fail(new BadGateway({ error: `validate template_id: ${message}`, code: "upstream_failed" }))
          }
        })
      )
      if (!status.usable) {
        return yield* new BadRequest({
          error: `template_id has no usable build: ${status.detail}`,
          code: "invalid_template"
        })
      }
    })

    return handlers.handleAll({
      list: () =>
        catalog.listSpecs.pipe(
          Effect.map((specs) => specs.map(specView)),
          orUnavailable
        ),
      create: Effect.fnUntraced(function* ({ payload }) {
        yield* checkTemplate(payload.template_id)
        const saved = yield* catalog.saveSpec({
          name: payload.name,
          labels: payload.labels,
          templateId: payload.template_id,
          runnerGroup: blankToNull(payload.runner_group) ?? null,
          maxConcurrency: payload.max_concurrency ?? defaults.maxConcurrency,
          minIdle: payload.min_idle ?? defaults.minIdle,
          priority: payload.priority ?? defaults.priority,
          enabled: payload.enabled ?? defaults.enabled,
          defaultAvailable: payload.default_available ?? defaults.defaultAvailable
        })
        // A cap that was raised takes effect now, not when somebody looks next.
        yield* wakeup.notify({ requestIds: [], newRequests: true })
        return specView(saved)
      }, orUnavailable)
    })
  })
)
