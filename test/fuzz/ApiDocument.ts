// docs/openapi.json as the fuzzed requests and their judge read it.
//
// Gotcha: what of it is not read here is not typed here.
import { readFileSync } from "node:fs"

export interface JsonSchema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: ReadonlyArray<unknown>
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: ReadonlyArray<string>
}

export interface Parameter {
  readonly name: string
  readonly in: "path" | "query" | "header"
  readonly required: boolean
  readonly schema: JsonSchema
}

export interface Answered {
  readonly headers?: Readonly<Record<string, { readonly required: boolean; readonly schema: JsonSchema }>>
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>
}

export interface Operation {
  readonly operationId: string
  readonly parameters: ReadonlyArray<Parameter>
  readonly security: ReadonlyArray<unknown>
  readonly requestBody?: { readonly content: { readonly "application/json": { readonly schema: JsonSchema } } }
  readonly responses: Readonly<Record<string, Answered>>
  /** Whoever may only read may do what asks for no more than `viewer`. */
  readonly "x-required-role"?: string
}

export interface Route {
  readonly method: string
  /** With `{id}` and the like. */
  readonly path: string
  readonly operation: Operation
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

export const document = JSON.parse(
  readFileSync(new URL("../../docs/openapi.json", import.meta.url), "utf8")
) as Document

export const routes: ReadonlyArray<Route> = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation }))
)

export const resolved = (schema: JsonSchema): JsonSchema =>
  schema.$ref === undefined
    ? schema
    : resolved(document.components.schemas[schema.$ref.replace("#/components/schemas/", "")] ?? {})
