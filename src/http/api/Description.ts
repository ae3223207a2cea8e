// What the contracts alone make of the description of the API, put as OpenAPI's readers expect it.
//
// Answers for: the description of a parameter or header where OpenAPI has it, numbers in addresses and headers as numbers,
// fields that nobody knows as allowed (they are ignored in bodies, and answers may gain some), errors by their names, what
// the router refuses by itself (middleware/RefusalBodies.ts). Not for what routes, fields and errors mean: that is said
// where they are declared; nor for roles (RoleDescriptions.ts).
// Gotcha: what a field is described with beside its schema arrives as one more element of `allOf`.
import * as Schema from "effect/Schema"

type Node = Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value)

const mapValues = (node: Node, f: (value: unknown, key: string) => unknown): Node =>
  Object.fromEntries(Object.entries(node).map(([key, value]) => [key, f(value, key)]))

/** Every node of the document, the innermost first. */
const everywhere = (f: (node: Node) => Node) => {
  const walk = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(walk) : isNode(value) ? f(mapValues(value, walk)) : value
  return (document: Node): Node => walk(document) as Node
}

/** `{ allOf: [{ $ref }, { description }] }` and the like, without the detour. */
const withoutDetour = (node: Node): Node => {
  const { allOf, ...rest } = node
  if (!Array.isArray(allOf)) return node
  const plain = allOf.filter(
    (each) => isNode(each) && Object.keys(each).every((key) => key === "description" || key === "$ref")
  )
  return plain.length === allOf.length ? Object.assign({}, rest, ...plain) : node
}

const open = (node: Node): Node => {
  if (node["additionalProperties"] !== false) return node
  const { additionalProperties: _closed, ...rest } = node
  return rest
}

/** How effect's own clients are told of the failure of a stream, which ours are not. */
const withoutStreamInternals = (node: Node): Node => {
  const { "x-effect-stream": _internals, ...rest } = node
  return rest
}

const told = (node: Node): Node =>
  node["contentMediaType"] === "application/json" && node["description"] === undefined
    ? { ...node, description: "A text of JSON, as `contentSchema` describes it." }
    : node

const { schema: numberInText } = Schema.toJsonSchemaDocument(Schema.toCodecStringTree(Schema.Finite))

const asNumber = (schema: Node): Node =>
  schema["type"] === "string" && (schema["pattern"] === numberInText["pattern"] || schema["format"] === "int64")
    ? { type: "integer" }
    : schema

/** A parameter, or a header of an answer. */
const parameter = (node: Node): Node => {
  if (!isNode(node["schema"]) || typeof node["required"] !== "boolean") return node
  const { description, ...schema } = node["schema"]
  return { ...node, ...(description === undefined ? {} : { description }), schema: asNumber(schema) }
}

const suffix = /Encoded$/

/** Errors are called by their own names; where a resource and its text in an event need one each, the text is `…Text`. */
const withoutSuffix = (document: Node): Node => {
  const { components } = document
  const schemas = isNode(components) && isNode(components["schemas"]) ? components["schemas"] : {}
  const known = new Set(Object.keys(schemas))
  const short = (name: string) => name.replace(suffix, known.has(name.replace(suffix, "")) ? "Text" : "")
  const prefix = "#/components/schemas/"
  const renamed = everywhere((node) =>
    typeof node["$ref"] === "string" && node["$ref"].startsWith(prefix)
      ? { ...node, $ref: `${prefix}${short(node["$ref"].slice(prefix.length))}` }
      : node
  )(document)
  const named = Object.fromEntries(
    Object.entries(((renamed["components"] as Node)["schemas"] as Node) ?? {}).map(([name, schema]) => [
      short(name),
      schema
    ])
  )
  return { ...renamed, components: { ...(renamed["components"] as Node), schemas: named } }
}

const refusal = (description: string, code: string) => ({
  description,
  content: {
    "application/json": {
      schema: {
        type: "object",
        properties: {
          error: { type: "string", description: "What is wrong, in a sentence for people." },
          code: { type: "string", enum: [code], description: "What is wrong, for programs." }
        },
        required: ["error", "code"]
      }
    }
  }
})

const ofBodies = {
  "413": refusal("The body is larger than 1 MiB.", "body_too_large"),
  "415": refusal("The body is not JSON, by its Content-Type.", "unsupported_media_type")
}

const operation = (node: Node): Node =>
  isNode(node["requestBody"]) && isNode(node["responses"])
    ? { ...node, responses: { ...node["responses"], ...ofBodies } }
    : node

/** For `OpenApi.Transform`. */
export const asReadersExpect = (document: Record<string, unknown>): Record<string, unknown> =>
  withoutSuffix(
    everywhere((node) => operation(parameter(told(open(withoutStreamInternals(withoutDetour(node)))))))(document)
  )
