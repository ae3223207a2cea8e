// GitHub's published description of itself, as a judge.
//
// Answers for: saying what is wrong with an answer or a webhook body, by path. The description is a subset of
// @octokit/openapi (scripts/github-openapi.mjs).
// Gotchas: statuses that GitHub gives anywhere without listing them per operation have GitHub's general error body; the
// routes by number (`/repositories/{id}/…`) are not described, and are judged as those by name. Octokit's own requests for
// tokens are judged too: they go through the same fetch.
import { Ajv } from "ajv"
import type { ValidateFunction } from "ajv"
import formats from "ajv-formats"
import description from "./github-openapi.json" with { type: "json" }

export interface Operation {
  readonly method: string
  readonly path: string
  readonly responses: Readonly<Record<string, object | null>>
}

/** By the operation's id. */
export const operations = description.operations as unknown as Readonly<Record<string, Operation>>
/** By event and action, with hyphens. */
export const webhooks = description.webhooks as unknown as Readonly<Record<string, object>>

const ajv = new Ajv({ strict: false, allErrors: true })
// ajv-formats is CommonJS: its default export is the plugin, or holds it, depending on who loads it.
const plugin = formats as unknown as { default?: (ajv: Ajv) => void } & ((ajv: Ajv) => void)
;(plugin.default ?? plugin)(ajv)
ajv.addSchema({ components: { schemas: description.schemas } }, "github")

const schema = (value: object): object =>
  JSON.parse(JSON.stringify(value).replaceAll('"#/components/', '"github#/components/')) as object

const compiled = new Map<string, ValidateFunction>()
const validator = (name: string, value: object): ValidateFunction => {
  const known = compiled.get(name) ?? ajv.compile(schema(value))
  compiled.set(name, known)
  return known
}

const faults = (name: string, value: object, data: unknown): ReadonlyArray<string> => {
  const validate = validator(name, value)
  if (validate(data)) return []
  return (validate.errors ?? []).map((error) => `${name} ${error.instancePath} ${error.message}`)
}

const pattern = (path: string) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`)
const routes = Object.entries(operations).map(([id, operation]) => ({
  id,
  ...operation,
  pattern: pattern(operation.path)
}))

/** Not described per operation: conditional requests, moves, and refusals that any call may meet. */
const anywhere = new Set([301, 304, 307, 400, 401, 403, 404, 413, 415, 422, 429])

const generalError = { $ref: "#/components/schemas/basic-error" }

export interface SeenAnswer {
  readonly method: string
  /** Without origin and query. */
  readonly path: string
  readonly status: number
  /** The parsed JSON; undefined when there was no body. */
  readonly body: unknown
}

/** What is wrong with an answer, nothing when all is well. Server errors are not judged: faults make them. */
export const faultsOfAnswer = ({ method, path, status, body }: SeenAnswer): ReadonlyArray<string> => {
  if (status >= 500) return []
  const byName = path.replace(/^\/repositories\/\d+/, "/repos/owner/name")
  const route = routes.find((each) => each.method === method && each.pattern.test(byName))
  const where = `${method} ${path} ${status}`
  if (route === undefined) return status === 404 ? [] : [`${where}: GitHub describes no such operation`]
  const described = route.responses[String(status)]
  if (described === undefined && !anywhere.has(status)) return [`${where}: ${route.id} describes no such status`]
  const name = `${route.id} ${status}`
  if (body === undefined) return described ? [`${name} has no body`] : []
  if (described) return faults(name, described, body)
  return status < 300 ? [`${name} has a body that is not described`] : faults(name, generalError, body)
}

/** What is wrong with the body of a webhook. */
export const faultsOfWebhook = (event: string, body: { readonly action?: unknown }): ReadonlyArray<string> => {
  const action = typeof body.action === "string" ? `-${body.action}` : ""
  const name = `${event}${action}`.replaceAll("_", "-")
  const described = webhooks[name]
  return described === undefined ? [`${name}: GitHub describes no such webhook`] : faults(name, described, body)
}

/** Passes everything on to `fetch`, and notes what is wrong with the answers of the server at `origin`. */
export const judgingFetch =
  (origin: string, found: (fault: string) => void): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    const url = new URL(input instanceof Request ? input.url : input)
    const aside = url.origin !== origin || url.pathname.startsWith("/_") || response.redirected
    if (aside) return response
    const text = await response.clone().text()
    const json = response.headers.get("content-type")?.includes("json") === true
    const seen = { method: init?.method ?? "GET", path: url.pathname, status: response.status }
    let body: unknown
    try {
      body = json && text !== "" ? JSON.parse(text) : undefined
    } catch {
      // Broken off on purpose.
      return response
    }
    for (const fault of faultsOfAnswer({ ...seen, body })) found(fault)
    return response
  }
