// Handler of the sandbox templates.
//
// Gotcha: each look calls E2B, so that many consoles share one.
import * as Cache from "effect/Cache"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { Sandboxes } from "../../services/sandbox/Sandboxes.ts"
import type { TemplateStatus } from "../../services/sandbox/SandboxTypes.ts"
import { Api } from "../api/Api.ts"
import { NotFound } from "../api/ApiErrors.ts"
import type { SandboxTemplateView } from "../api/TemplatesApi.ts"
import { refusalOf } from "./TemplateCheck.ts"

const view = ({ detail, facts, templateId, usable }: TemplateStatus): SandboxTemplateView => {
  const { cpuCount = null, diskSizeMb = null, finishedAt = null, memoryMb = null } = facts.newest ?? {}
  return {
    template_id: templateId,
    usable,
    message: detail,
    names: facts.names,
    builds: facts.builds,
    usable_builds: facts.usableBuilds,
    cpu_count: cpuCount,
    memory_mb: memoryMb,
    disk_size_mb: diskSizeMb,
    built_at: finishedAt === null ? null : DateTime.formatIso(finishedAt)
  }
}

export const layer = HttpApiBuilder.group(
  Api,
  "sandboxTemplates",
  Effect.fnUntraced(function* (handlers) {
    const sandboxes = yield* Sandboxes
    const looks = yield* Cache.makeWith((template: string) => sandboxes.templateStatus(template), {
      capacity: 64,
      timeToLive: (exit) => (Exit.isSuccess(exit) ? "5 seconds" : 0)
    })
    return handlers.handleAll({
      get: ({ params }) =>
        Cache.get(looks, params.template.trim()).pipe(
          Effect.map(view),
          Effect.mapError((error) =>
            error.reason._tag === "TemplateUnusable"
              ? new NotFound({ error: error.reason.detail, code: "not_found" })
              : refusalOf(error)
          )
        )
    })
  })
)
