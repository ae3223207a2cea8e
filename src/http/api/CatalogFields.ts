// What may stand in the fields of specs, groups and policies, as people write them: blanks around names are taken off.
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { ResourceName } from "../../domain/RunnerSpec.ts"

/** Of a schema that turns what is sent into something else, the description belongs to what is sent. */
export const sent = <S extends Schema.Top>(schema: S, description: string) =>
  Schema.toEncoded(schema).annotate({ description }).pipe(Schema.decodeTo(schema))

/** A field as it is shown. */
export const shown = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })

/** A whole number that both databases hold. */
export const WholeNumber = Schema.Int.check(
  Schema.isBetween({ minimum: -2_147_483_648, maximum: 2_147_483_647 }, { expected: "a whole number of 32 bits" })
)

/** A name, trimmed. */
export const Name = Schema.String.pipe(Schema.decodeTo(ResourceName, SchemaTransformation.trim()))

/**
 * The name of what has an address of its own, trimmed. Browsers, proxies and clients take `.` and `..` for steps along
 * the path, however they are escaped, so what is called so could never be asked for.
 */
export const AddressableName = Schema.String.pipe(
  Schema.decodeTo(
    ResourceName.check(
      Schema.makeFilter((name: string) => (name !== "." && name !== "..") || "a name other than . and ..", {
        expected: "a name"
      })
    ),
    SchemaTransformation.trim()
  )
)

const blankToNull = SchemaTransformation.transform({
  decode: (text: string | null) => (text === null || text.trim() === "" ? null : text.trim()),
  encode: (text: string | null) => text
})

/** A name, or none: null and a blank text are the same. */
export const OptionalName = Schema.NullOr(Schema.String).pipe(Schema.decodeTo(Schema.NullOr(ResourceName), blankToNull))

const blankToEmpty = SchemaTransformation.transform({
  decode: (text: string | null) => text ?? "",
  encode: (text: string): string | null => text
})

/** Words for people, in lines; null is none. */
export const Words = Schema.NullOr(Schema.String).pipe(
  Schema.decodeTo(
    Schema.String.check(
      Schema.makeFilter(
        (text: string) =>
          (text.length <= 2000 && !text.includes("\0") && text.isWellFormed()) ||
          "at most 2,000 characters of Unicode text",
        { expected: "a text" }
      )
    ),
    blankToEmpty
  )
)

/** Whether a deletion is refused when something depends on what is deleted. */
export const ifUnused = (what: string) => ({
  if_unused: Schema.optionalKey(Schema.Literals(["true", "false"])).annotate({
    description: `\`true\`: 409 instead, if ${what}.`
  })
})

/** What a list says of when a resource was made or changed. */
export const Moment = Schema.String.annotate({ format: "date-time", description: "RFC 3339, UTC." })
