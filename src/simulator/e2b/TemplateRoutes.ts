// The control API's routes for templates, their builds and tags.
//
// Answers for: query and body forms, and how templates are shown. Not for the rules (TemplateCatalog, TemplateBuilds).
// Gotcha: the address for an upload has the origin by which the client reached this server.
import type { components } from "e2b"
import { badRequest, ControlFailure } from "./ControlFailure.ts"
import type { ControlRoute } from "./ControlRoute.ts"
import { fields, instant, numberQuery, route } from "./ControlRoute.ts"
import { shownBuild } from "./TemplateCatalog.ts"
import type { Template, TemplateBuild } from "./TemplateCatalog.ts"

type Schemas = components["schemas"]

const longestLogPage = 100

const shared = (template: Template) => ({
  templateID: template.templateID,
  aliases: [...template.aliases],
  names: [...template.aliases],
  public: false,
  createdAt: instant(template.createdAt),
  updatedAt: instant(template.updatedAt),
  lastSpawnedAt: template.lastSpawnedAt === undefined ? null : instant(template.lastSpawnedAt),
  spawnCount: template.spawnCount
})

const shownWithEnvd = (build: TemplateBuild, envdVersion: string): Schemas["TemplateBuild"] => ({
  buildID: build.buildID,
  status: build.status,
  cpuCount: build.cpuCount,
  memoryMB: build.memoryMB,
  createdAt: instant(build.createdAt),
  updatedAt: instant(build.finishedAt ?? build.createdAt),
  ...(build.finishedAt === undefined ? {} : { finishedAt: instant(build.finishedAt) }),
  ...(build.status === "ready" ? { diskSizeMB: build.diskSizeMB, envdVersion } : {})
})

const texts = (value: unknown, name: string): Array<string> => {
  if (!Array.isArray(value) || value.length === 0 || !value.every((item) => typeof item === "string")) {
    throw badRequest(`"${name}" must be a list of names`)
  }
  return value
}

const text = (value: unknown, name: string): string => {
  if (typeof value !== "string" || value === "") throw badRequest(`"${name}" is missing`)
  return value
}

export const templateRoutes: ReadonlyArray<ControlRoute> = [
  route("get", "/templates", "template.list", ({ fleet, templates }) => ({
    status: 200,
    body: templates.all().map((template) => {
      const build = shownBuild(template)
      return {
        ...shared(template),
        buildID: build.buildID,
        buildCount: template.builds.length,
        buildStatus: build.status,
        cpuCount: build.cpuCount,
        memoryMB: build.memoryMB,
        diskSizeMB: build.diskSizeMB,
        envdVersion: fleet.envdVersion,
        createdBy: null
      }
    })
  })),

  route("get", "/templates/aliases/{alias}", "template.alias", ({ templates }, { id }) => {
    const template = templates.byAlias(id)
    if (template.foreign) throw new ControlFailure(403, `you do not have access to template '${id}'`)
    return { status: 200, body: { templateID: template.templateID, public: false } }
  }),

  route("get", "/templates/{templateID}", "template.get", ({ fleet, templates }, { id }) => {
    const template = templates.byName(id)
    const builds = template.builds.toReversed().map((build) => shownWithEnvd(build, fleet.envdVersion))
    return { status: 200, body: { ...shared(template), builds } }
  }),

  route("delete", "/templates/{templateID}", "template.delete", ({ templates }, { id }) => {
    templates.remove(templates.byName(id))
    return { status: 204 }
  }),

  route("post", "/v3/templates", "template.request", ({ builds }, { body }) => ({
    status: 202,
    body: builds.request(fields(body) as Schemas["TemplateBuildRequestV3"])
  })),

  route("get", "/templates/{templateID}/files/{hash}", "template.files", ({ builds }, { id, second, headers }) => ({
    status: 201,
    body: builds.upload(id, second, `http://${headers.host ?? ""}`)
  })),

  route("post", "/v2/templates/{templateID}/builds/{buildID}", "template.build", ({ builds }, { id, second, body }) => {
    builds.start(id, second, fields(body))
    return { status: 202 }
  }),

  route(
    "get",
    "/templates/{templateID}/builds/{buildID}/status",
    "template.buildStatus",
    ({ builds }, { id, second, query }) => {
      const limit = Math.min(longestLogPage, numberQuery(query, "limit", longestLogPage))
      return { status: 200, body: builds.status(id, second, numberQuery(query, "logsOffset", 0), limit) }
    }
  ),

  route("post", "/templates/tags", "template.assignTags", ({ builds }, { body }) => {
    const { target, tags } = fields(body)
    const request = { target: text(target, "target"), tags: texts(tags, "tags") }
    return { status: 201, body: builds.assignTags(request) }
  }),

  route("delete", "/templates/tags", "template.removeTags", ({ builds }, { body }) => {
    const { name, tags } = fields(body)
    builds.removeTags({ name: text(name, "name"), tags: texts(tags, "tags") })
    return { status: 204 }
  }),

  route("get", "/templates/{templateID}/tags", "template.tags", ({ builds }, { id }) => ({
    status: 200,
    body: builds.tags(id)
  }))
]
