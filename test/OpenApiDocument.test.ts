// The description of the API is committed, valid, and says something of everything in it.
import { assert, describe, it } from "@effect/vitest"
import { Validator } from "@seriousme/openapi-schema-validator"
import { readFileSync } from "node:fs"
import { openApiDocument } from "../scripts/OpenApiDocument.ts"

interface Described {
  readonly description?: string
  readonly summary?: string
}

interface JsonSchema extends Described {
  readonly type?: string
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: ReadonlyArray<JsonSchema>
  readonly allOf?: ReadonlyArray<JsonSchema>
  readonly oneOf?: ReadonlyArray<JsonSchema>
  readonly additionalProperties?: JsonSchema | boolean
  readonly contentSchema?: JsonSchema
}

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>

interface Operation extends Described {
  readonly parameters: ReadonlyArray<
    Described & { readonly in: string; readonly name: string; readonly schema: unknown }
  >
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<
    Record<
      string,
      Described & {
        readonly headers?: Readonly<Record<string, Described & { readonly schema?: JsonSchema }>>
        readonly content?: Content
      }
    >
  >
}

interface Document {
  readonly info: Described
  readonly tags: ReadonlyArray<Described & { readonly name: string }>
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

const document = JSON.parse(openApiDocument()) as Document

const says = ({ description }: Described) => description !== undefined && description.trim() !== ""

/** By itself, or because what it refers to does. */
const isDescribed = (schema: JsonSchema): boolean => {
  const named = document.components.schemas[schema.$ref?.replace("#/components/schemas/", "") ?? ""]
  return says(schema) || (named !== undefined && says(named))
}

/** The fields below a schema that nothing is said of; what `$ref` names is looked at by itself. */
const silentFields = (schema: JsonSchema, at: string): ReadonlyArray<string> => {
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    ...(isDescribed(field) ? [] : [`${at}.${name}`]),
    ...silentFields(field, `${at}.${name}`)
  ])
  const { additionalProperties } = schema
  const within = [
    ...(schema.anyOf ?? []),
    ...(schema.allOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(schema.contentSchema === undefined ? [] : [schema.contentSchema]),
    ...(typeof additionalProperties === "object" ? [additionalProperties] : [])
  ]
  return [...fields, ...within.flatMap((each) => silentFields(each, at))]
}

const silentContent = (content: Content | undefined, at: string) =>
  Object.values(content ?? {}).flatMap(({ schema }) => silentFields(schema, at))

const silentParts = (operation: Operation, at: string): ReadonlyArray<string> => [
  ...(says(operation) ? [] : [at]),
  ...((operation.summary ?? "") === "" ? [`summary of ${at}`] : []),
  ...operation.parameters.filter((each) => !says(each)).map((each) => `${at} ${each.in} ${each.name}`),
  ...silentContent(operation.requestBody?.content, `${at} body`),
  ...Object.entries(operation.responses).flatMap(([status, response]) => [
    ...(says(response) ? [] : [`${at} ${status}`]),
    ...Object.entries(response.headers ?? {})
      .filter(([, header]) => !says(header))
      .map(([name]) => `${at} ${status} header ${name}`),
    ...silentContent(response.content, `${at} ${status}`)
  ])
]

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ at: `${method.toUpperCase()} ${path}`, operation }))
)

describe("the description of the API", () => {
  it("is what docs/openapi.json holds (npm run docs writes it)", () => {
    assert.strictEqual(readFileSync(new URL("../docs/openapi.json", import.meta.url), "utf8"), openApiDocument())
  })
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator()
    const { errors, valid } = await validator.validate(openApiDocument())
    assert.isTrue(valid, JSON.stringify(errors, null, 1))
    assert.strictEqual(validator.version, "3.1")
  })
  it("says something of every operation, parameter, header, answer and field", () => {
    assert.isAbove(operations.length, 30)
    assert.deepStrictEqual(
      [
        ...(says(document.info) ? [] : ["the API"]),
        ...document.tags.filter((tag) => !says(tag)).map(({ name }) => name),
        ...operations.flatMap(({ at, operation }) => silentParts(operation, at)),
        ...Object.entries(document.components.schemas).flatMap(([name, schema]) => silentFields(schema, name))
      ],
      []
    )
  })
  it("never closes an object: fields that a route does not know are ignored", () => {
    assert.notInclude(openApiDocument(), '"additionalProperties": false')
  })
  it("calls what is a number in an address or a header a number", () => {
    const named = new Set(["limit", "offset", "tail", "before", "hours", "workflow_job_id"])
    const parameters = operations.flatMap(({ operation }) => operation.parameters).filter(({ name }) => named.has(name))
    assert.deepStrictEqual(new Set(parameters.map(({ name }) => name)), named)
    for (const { name, schema } of parameters) assert.deepInclude(schema, { type: "integer" }, name)
    const counts = ["x-total-count", "x-limit", "x-offset"]
    const headers = operations.flatMap(({ operation }) =>
      Object.values(operation.responses).flatMap(({ headers = {} }) =>
        Object.entries(headers).filter(([name]) => counts.includes(name.toLowerCase()))
      )
    )
    assert.isAbove(headers.length, 5)
    for (const [name, { schema }] of headers) assert.deepInclude(schema, { type: "integer" }, name)
  })
})
