// E2B's control API: sandboxes and templates.
//
// Answers for: routes, query and body forms, and success answers, each typed by the `paths` that the `e2b` package
// exports, so that a wrong status or body does not compile. Both generations of create, connect and list are served.
// Not for the rules (SandboxFleet) nor for what an envd answers (EnvdRoutes).
// Gotcha: an unknown route is a JSON 404 with `code`, like any other refusal.
import type { components, paths } from "e2b"
import { badRequest } from "./ControlFailure.ts"
import type { Operation } from "./Operations.ts"
import { parseJson } from "./HttpAnswer.ts"
import type { Answer, Call } from "./HttpAnswer.ts"
import type { SandboxFleet } from "./SandboxFleet.ts"
import { matchingSandboxes, sandboxPage } from "./SandboxListing.ts"
import { asListedSandbox, asSandbox, asSandboxDetail } from "./SandboxRecord.ts"
import type { Template, TemplateCatalog } from "./TemplateCatalog.ts"

export interface ControlContext {
  readonly fleet: SandboxFleet
  readonly templates: TemplateCatalog
  /** Resolves when everything that ran in the sandbox is gone. */
  readonly torndown: (sandboxID: string) => Promise<void>
}

interface ControlCall extends Call {
  /** The path's only parameter, or "". */
  readonly id: string
}

export interface ControlRoute {
  readonly operation: Operation
  readonly handle: (context: ControlContext, call: ControlCall) => Promise<Answer>
}

/** The success answers that the published contract allows for one operation. */
type AnswerOf<O> = O extends { responses: infer R }
  ? {
      [S in keyof R & (200 | 201 | 204)]: R[S] extends { content: { "application/json": infer B } }
        ? { status: S; body: B; headers?: Record<string, string> }
        : { status: S; headers?: Record<string, string> }
    }[keyof R & (200 | 201 | 204)]
  : never

const routes: Array<ControlRoute & { method: string; pattern: RegExp }> = []

const route = <P extends keyof paths, M extends "get" | "post" | "delete">(
  method: M,
  path: P,
  operation: Operation,
  handle: (context: ControlContext, call: ControlCall) => AnswerOf<paths[P][M]> | Promise<AnswerOf<paths[P][M]>>
): void => {
  const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "([^/]+)")}$`)
  routes.push({
    method: method.toUpperCase(),
    pattern,
    operation,
    handle: async (context, call) => handle(context, call)
  })
}

export const controlRoute = (method: string, path: string): { route: ControlRoute; id: string } | undefined => {
  for (const candidate of routes) {
    if (candidate.method !== method) continue
    const match = candidate.pattern.exec(path)
    if (match !== null) return { route: candidate, id: decodeURIComponent(match[1] ?? "") }
  }
  return undefined
}

const fields = (body: Buffer): Record<string, unknown> => {
  const json = parseJson(body)
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw badRequest("request body must be an object")
  }
  return json as Record<string, unknown>
}

const isStringMap = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.values(value).every((item) => typeof item === "string")

const newSandbox = (body: Record<string, unknown>): components["schemas"]["NewSandbox"] => {
  if (typeof body["templateID"] !== "string")
    throw badRequest('request body has an error: property "templateID" is missing')
  if (body["timeout"] !== undefined && !Number.isInteger(body["timeout"]))
    throw badRequest('"timeout" must be an integer')
  for (const name of ["metadata", "envVars"]) {
    if (body[name] !== undefined && !isStringMap(body[name])) throw badRequest(`"${name}" must map strings to strings`)
  }
  return body as components["schemas"]["NewSandbox"]
}

const timeoutOf = (body: Buffer, missing: number | undefined): number => {
  const { timeout = missing } = fields(body)
  if (!Number.isInteger(timeout)) throw badRequest('"timeout" must be an integer')
  return Number(timeout)
}

route("post", "/v2/sandboxes", "sandbox.create", ({ fleet }, { body }) => ({
  status: 201,
  body: asSandbox(fleet.create(newSandbox(fields(body)), { defaultTimeout: 300, secured: true }))
}))

route("post", "/sandboxes", "sandbox.create", ({ fleet }, { body }) => {
  const wanted = newSandbox(fields(body))
  const options = { defaultTimeout: 15, secured: wanted.secure === true }
  return { status: 201, body: asSandbox(fleet.create(wanted, options)) }
})

route("post", "/v2/sandboxes/{sandboxID}/connect", "sandbox.connect", ({ fleet }, { body, id }) => ({
  status: 200,
  body: asSandbox(fleet.extend(id, timeoutOf(body, 300)))
}))

route("post", "/sandboxes/{sandboxID}/connect", "sandbox.connect", ({ fleet }, { body, id }) => ({
  status: 200,
  body: asSandbox(fleet.extend(id, timeoutOf(body, undefined)))
}))

route("get", "/v2/sandboxes", "sandbox.list", ({ fleet }, { query }) => {
  const page = sandboxPage(fleet.live(), query)
  return {
    status: 200,
    body: page.sandboxes.map(asListedSandbox),
    headers: {
      "X-Total-Running": String(page.totalRunning),
      ...(page.nextToken === undefined ? {} : { "X-Next-Token": page.nextToken })
    }
  }
})

route("get", "/sandboxes", "sandbox.list", ({ fleet }, { query }) => ({
  status: 200,
  body: matchingSandboxes(fleet.live(), query)
    .filter((record) => record.state === "running")
    .map(asListedSandbox)
}))

route("get", "/sandboxes/{sandboxID}", "sandbox.get", ({ fleet }, { id }) => ({
  status: 200,
  body: asSandboxDetail(fleet.get(id))
}))

route("delete", "/sandboxes/{sandboxID}", "sandbox.kill", async ({ fleet, torndown }, { id }) => {
  fleet.kill(id)
  await torndown(id)
  return { status: 204 }
})

route("post", "/sandboxes/{sandboxID}/timeout", "sandbox.timeout", ({ fleet }, { body, id }) => {
  fleet.setTimeout(id, timeoutOf(body, undefined))
  return { status: 204 }
})

const instant = (millis: number) => new Date(millis).toISOString()

const shared = (template: Template) => ({
  templateID: template.templateID,
  aliases: [...template.aliases],
  names: [...template.aliases],
  public: false,
  createdAt: instant(template.createdAt),
  updatedAt: instant(template.createdAt),
  lastSpawnedAt: template.lastSpawnedAt === undefined ? null : instant(template.lastSpawnedAt),
  spawnCount: template.spawnCount
})

route("get", "/templates", "template.list", ({ fleet, templates }) => ({
  status: 200,
  body: templates.all().map((template) => ({
    ...shared(template),
    buildID: template.buildID,
    buildCount: 1,
    buildStatus: template.buildStatus,
    cpuCount: template.cpuCount,
    memoryMB: template.memoryMB,
    diskSizeMB: template.diskSizeMB,
    envdVersion: fleet.envdVersion,
    createdBy: null
  }))
}))

route("get", "/templates/aliases/{alias}", "template.alias", ({ templates }, { id }) => ({
  status: 200,
  body: { templateID: templates.byAlias(id).templateID, public: false }
}))

route("get", "/templates/{templateID}", "template.get", ({ fleet, templates }, { id }) => {
  const template = templates.byName(id)
  const finished = template.buildStatus === "ready" || template.buildStatus === "error"
  return {
    status: 200,
    body: {
      ...shared(template),
      builds: [
        {
          buildID: template.buildID,
          status: template.buildStatus,
          cpuCount: template.cpuCount,
          memoryMB: template.memoryMB,
          createdAt: instant(template.createdAt),
          updatedAt: instant(template.createdAt),
          ...(finished ? { finishedAt: instant(template.createdAt) } : {}),
          ...(template.buildStatus === "ready"
            ? { diskSizeMB: template.diskSizeMB, envdVersion: fleet.envdVersion }
            : {})
        }
      ]
    }
  }
})
