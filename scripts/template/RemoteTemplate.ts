// What E2B has of a template: its builds, and which one a create would use.
//
// Answers for: telling by tags whether the build in use was made of what is here now. A successful build gets, beside the
// tag `default` that creates use, one with the fingerprint of its contents; both on one ready build mean: unchanged.
// Gotchas: the tag with the fingerprint is given only after success. `default` is moved when a build begins, so that it may
// name one that failed; creates then use the one before it.
import * as Effect from "effect/Effect"
import type { E2bAccess } from "./E2bAccess.ts"
import { TemplateProblem } from "./TemplateProblem.ts"

const contentPrefix = "content-"

export const contentTag = (fingerprint: string): string => `${contentPrefix}${fingerprint}`

export interface RemoteTemplate {
  readonly templateId: string
  /** The build that a create uses; undefined while there is none that is ready. */
  readonly build:
    | {
        readonly buildId: string
        readonly finishedAt: string
        readonly cpuCount: number
        readonly memoryMB: number
        /** Of the contents it was made of; undefined when it was not built by this. */
        readonly fingerprint: string | undefined
      }
    | undefined
}

/** Undefined when E2B has none of that name. */
export const remoteTemplate = Effect.fn("template.remote")(function* (
  { api, call, keyRefused }: E2bAccess,
  name: string
) {
  const what = `${name} cannot be looked up`
  const refused = (status: number, message = "without a reason") =>
    status === 401 ? keyRefused(what) : new TemplateProblem({ message: `${what}: E2B answered ${status} (${message})` })
  const alias = yield* call(what, () => api.GET("/templates/aliases/{alias}", { params: { path: { alias: name } } }))
  if (alias.response.status === 404) return undefined
  if (alias.response.status === 403) {
    return yield* new TemplateProblem({
      message: `The name ${name} belongs to another team at E2B. Choose another "name" in template.json.`
    })
  }
  if (alias.data === undefined) return yield* refused(alias.response.status, alias.error?.message)
  const { templateID } = alias.data
  const params = { path: { templateID } }
  const [template, tags] = yield* Effect.all(
    [
      call(what, () => api.GET("/templates/{templateID}", { params })),
      call(what, () => api.GET("/templates/{templateID}/tags", { params }))
    ],
    { concurrency: "unbounded" }
  )
  if (template.data === undefined) return yield* refused(template.response.status, template.error?.message)
  if (tags.data === undefined) return yield* refused(tags.response.status, tags.error?.message)
  const used = tags.data.find(({ tag }) => tag === "default")
  const ready = template.data.builds.filter(({ status }) => status === "ready")
  const newestFirst = ready.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
  const build = ready.find(({ buildID }) => buildID === used?.buildID) ?? newestFirst[0]
  if (build === undefined) return { templateId: templateID, build: undefined } satisfies RemoteTemplate
  const content = tags.data.find(({ tag, buildID }) => tag.startsWith(contentPrefix) && buildID === build.buildID)
  return {
    templateId: templateID,
    build: {
      buildId: build.buildID,
      finishedAt: build.finishedAt ?? build.updatedAt,
      cpuCount: build.cpuCount,
      memoryMB: build.memoryMB,
      fingerprint: content?.tag.slice(contentPrefix.length)
    }
  } satisfies RemoteTemplate
})
