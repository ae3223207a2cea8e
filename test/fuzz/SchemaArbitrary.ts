// Values for a schema of the document: such as fit it and mean something here, such as fit it, and such as do not.
import * as fc from "fast-check"
import { type JsonSchema, type Parameter, resolved } from "./ApiDocument.ts"

/** What is there (Scene.ts) or could be, by the field or parameter that it is for. */
const meaningful: Readonly<Record<string, ReadonlyArray<string>>> = {
  id: ["101", "102", "103", "104", "105", "by-hand", "by-hand-2", "by-hand-3", "another"],
  name: ["small", "large", "everyone", "another"],
  labels: ["self-hosted", "e2b", "large"],
  template_id: ["runner"],
  repository_full_name: ["acme/web", "acme/api", "acme/*"],
  repository: ["acme/web", "ACME/api"],
  runner_spec_name: ["small", "large"],
  runner_group_name: ["everyone"],
  spec_names: ["small", "large"],
  guid: ["guid-101"],
  event: ["workflow_job"]
}
const meaningfulTexts = Object.values(meaningful).flat()

const meaningfulNumbers: Readonly<Record<string, ReadonlyArray<number>>> = {
  id: Array.from({ length: 20 }, (_, index) => index + 1),
  min_idle: [0],
  workflow_job_id: [101, 102]
}

const hostileTexts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom(
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "%",
    "%00",
    "..",
    "../../etc/passwd",
    "'; DROP TABLE nodes; --",
    "__proto__",
    "constructor",
    "1e999",
    "NaN",
    "-1",
    "9007199254740993",
    "2026-02-30T25:61:61Z",
    "+275760-09-13T00:00:00Z",
    'W/"x", *',
    "x".repeat(300),
    "é".repeat(5_000)
  )
)

const texts = ({ enum: known, format }: JsonSchema, name: string) =>
  known !== undefined
    ? fc.constantFrom(...known)
    : format === "date-time"
      ? fc
          .date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true })
          .map((date) => date.toISOString())
      : fc.oneof(
          { weight: 12, arbitrary: fc.constantFrom(...(meaningful[name] ?? meaningfulTexts)) },
          { weight: 2, arbitrary: fc.constantFrom(...meaningfulTexts) },
          { weight: 1, arbitrary: fc.string() }
        )

const whole = ({ maximum = 2 ** 40, minimum = -(2 ** 40) }: JsonSchema, name: string) =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom(...(meaningfulNumbers[name] ?? [0, 1, 2, 10, 100]))
    },
    { weight: 1, arbitrary: fc.maxSafeInteger().filter((n) => n >= minimum && n <= maximum) },
    { weight: 1, arbitrary: fc.integer({ min: -100, max: 1_000 }) }
  )

const objects = ({ properties = {}, required = [] }: JsonSchema): fc.Arbitrary<unknown> => {
  const optional = Object.keys(properties).filter((key) => !required.includes(key))
  return fc
    .tuple(
      fc.record(Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, valuesOf(each, key)]))),
      fc.oneof(fc.subarray(optional), fc.subarray(optional, { minLength: Math.max(0, optional.length - 2) }))
    )
    .map(([all, left]) => Object.fromEntries(Object.entries(all).filter(([key]) => !left.includes(key))))
}

/** Fits the schema, as far as the document tells. `name`: the field or parameter that has it. */
export const valuesOf = (schema: JsonSchema, name = ""): fc.Arbitrary<unknown> => {
  const known = resolved(schema)
  if (known.anyOf !== undefined) return fc.oneof(...known.anyOf.map((each) => valuesOf(each, name)))
  switch (known.type) {
    case "string":
      return texts(known, name)
    case "integer":
    case "number":
      return whole(known, name)
    case "boolean":
      return fc.boolean()
    case "null":
      return fc.constant(null)
    case "array":
      return fc.array(valuesOf(known.items ?? {}, name), { maxLength: 3 })
    case "object":
      return objects(known)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

const anything = fc.oneof(
  hostileTexts,
  fc.jsonValue({ maxDepth: 3 }),
  fc.maxSafeInteger(),
  fc.constantFrom<unknown>(null, true, 0.5, -1, 1e300, [], {}, [[]], [null], { name: null })
)

/** An object of this schema with one of its fields, or one that it does not have, replaced by anything. */
const bent = (schema: JsonSchema): fc.Arbitrary<unknown> => {
  const names = Object.keys(resolved(schema).properties ?? {})
  return fc
    .tuple(valuesOf(schema), fc.constantFrom(...names, "unknown_field", "__proto__"), anything)
    .map(([value, name, other]) => Object.assign(Object.create(null) as object, value, { [name]: other }))
}

/** A body for this schema; a text is sent as it is. */
export const bodiesOf = (schema: JsonSchema): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 9, arbitrary: valuesOf(schema).map((value) => JSON.stringify(value)) },
    { weight: 6, arbitrary: bent(schema).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: anything.map((value) => JSON.stringify(value)) },
    {
      weight: 1,
      arbitrary: fc.tuple(bent(schema), fc.nat(30)).map(([value, end]) => JSON.stringify(value).slice(0, end))
    },
    { weight: 1, arbitrary: fc.constantFrom("", "{", "null", "[".repeat(5_000), '{"name":"a","name":"b"}', "\ufeff{}") }
  )

/** A value of a parameter, as text. */
export const parametersOf = ({
  name,
  schema
}: Pick<Parameter, "name" | "schema">): fc.Arbitrary<ReadonlyArray<string>> => {
  const known = resolved(schema)
  const fitting =
    known.type === "array"
      ? fc.array(valuesOf(known.items ?? {}, name), { minLength: 1, maxLength: 2 })
      : valuesOf(known, name).map((value) => [value])
  return fc.oneof(
    { weight: 8, arbitrary: fitting.map((values) => values.map(String)) },
    { weight: 1, arbitrary: hostileTexts.map((text) => [text]) },
    { weight: 1, arbitrary: fc.tuple(hostileTexts, hostileTexts) }
  )
}
