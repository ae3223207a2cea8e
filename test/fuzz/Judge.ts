// What must hold of any answer, whatever was asked: no fault of the server's, and what the document says of it.
//
// Gotcha: the document leaves objects open, for clients of tomorrow; here they are closed, so that nothing is answered that
// it does not tell.
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js"
import formats from "ajv-formats"
import { type Answered, document, type JsonSchema, routes } from "./ApiDocument.ts"
import type { FuzzedRequest } from "./RequestArbitrary.ts"

export interface SeenAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Undefined for a stream of events. */
  readonly text: string | undefined
}

const ajv = new Ajv2020({ strict: false, allErrors: true })
// ajv-formats is CommonJS: its default export is the plugin, or holds it, depending on who loads it.
const plugin = formats as unknown as { default?: (ajv: Ajv2020) => void } & ((ajv: Ajv2020) => void)
;(plugin.default ?? plugin)(ajv)

const closed = (text: string): unknown =>
  JSON.parse(text, (_key, value: JsonSchema & { additionalProperties?: unknown }) =>
    value?.properties !== undefined && value.type === "object" && value.additionalProperties === undefined
      ? { ...value, additionalProperties: false }
      : value
  )

ajv.addSchema({ components: closed(JSON.stringify(document.components)) as object }, "api")

const compiled = new Map<string, ValidateFunction>()
const faults = (schema: JsonSchema, data: unknown): ReadonlyArray<string> => {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"api#/components/')
  const validate = compiled.get(text) ?? ajv.compile(closed(text) as object)
  compiled.set(text, validate)
  return validate(data) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** What the router and the authorisation refuse by themselves, at any address. */
const refusals: Readonly<Record<number, ReadonlyArray<string>>> = {
  400: ["invalid_path", "unreadable_body"],
  401: ["unauthorized"],
  404: ["not_found"],
  405: ["method_not_allowed"],
  413: ["body_too_large"],
  414: ["address_too_long"],
  415: ["unsupported_media_type"]
}

const refusal = (codes: ReadonlyArray<string>): JsonSchema => ({
  type: "object",
  properties: { error: { type: "string" }, code: { type: "string", enum: codes } },
  required: ["error", "code"]
})

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const mediaType = (header: string | undefined) => (header ?? "").split(";", 1)[0]

const headerFaults = ({ headers = {} }: Answered, seen: SeenAnswer) =>
  Object.entries(headers).flatMap(([name, { required, schema }]) => {
    const value = seen.headers[name]
    if (value === undefined) return required ? [`without its header ${name}`] : []
    return schema.type === "integer" && !/^\d+$/.test(value) ? [`${name} is ${value}`] : []
  })

const contentFaults = ({ content = {} }: Answered, { headers, text }: SeenAnswer): ReadonlyArray<string> => {
  const type = Object.keys(content).find((each) => mediaType(each) === mediaType(headers["content-type"]))
  const described = type === undefined ? undefined : content[type]
  if (described === undefined) return [`its content type is ${headers["content-type"]}`]
  if (mediaType(type) !== "application/json" || text === undefined) return []
  return faults(described.schema, parsed(text))
}

const patterns = routes
  .map((route) => ({ ...route, pattern: new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`) }))
  // What an address says literally wins over a parameter.
  .toSorted((a, b) => a.path.split("{").length - b.path.split("{").length)

/** By another method an address may be that of another operation: a spec may be called `match`. */
const routeOf = ({ address, method }: FuzzedRequest) => {
  const path = address.replace(/\?.*$/s, "")
  return patterns.find((route) => route.method === method && route.pattern.test(path))
}

/** What is wrong with the answer; empty when nothing is. */
export const judge = (request: FuzzedRequest, answer: SeenAnswer): ReadonlyArray<string> => {
  const { headers, status, text } = answer
  if (status >= 500) return [`${status}`]
  if (request.method === "HEAD") return text === "" ? [] : ["a body for HEAD"]
  const wanted = request.straight ? routeOf(request) : undefined
  const described = wanted?.operation.responses[String(status)]
  if (described !== undefined) {
    const asDescribed = [...headerFaults(described, answer), ...contentFaults(described, answer)]
    if (asDescribed.length === 0) return []
    if (refusals[status] === undefined) return asDescribed
  }
  // An address that leaves its route may meet any other.
  if (wanted === undefined && status < 400) return request.straight ? [`${status} for another method`] : []
  const codes = refusals[status]
  if (codes === undefined) return wanted === undefined && !request.straight ? [] : [`${status} is not in the document`]
  if (status === 405 && headers["allow"] === undefined) return ["405 without Allow"]
  if (wanted === undefined && !request.straight)
    return faults({ type: "object", required: ["error", "code"] }, parsed(text ?? ""))
  return faults(refusal(codes), parsed(text ?? ""))
}

/** Whether it must have left everything as it was: it was refused, or it reads, as some do by POST because they ask with a body. */
export const changesNothing = (request: FuzzedRequest, { status }: SeenAnswer): boolean =>
  status >= 400 ||
  ["GET", "HEAD", "OPTIONS", "TRACE"].includes(request.method) ||
  routeOf(request)?.operation["x-required-role"] === "viewer"
