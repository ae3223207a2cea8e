// What may stand in the fields of specs, groups and policies, as people write them: blanks around names are taken off.
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { ResourceName } from "../../domain/RunnerSpec.ts"

/** A whole number that both databases hold. */
export const WholeNumber = Schema.Int.check(
  Schema.isBetween({ minimum: -2_147_483_648, maximum: 2_147_483_647 }, { expected: "a whole number of 32 bits" })
)

/** A name, trimmed. */
export const Name = Schema.String.pipe(Schema.decodeTo(ResourceName, SchemaTransformation.trim()))

const blankToNull = SchemaTransformation.transform({
  decode: (text: string | null) => (text === null || text.trim() === "" ? null : text.trim()),
  encode: (text: string | null) => text
})

/** A name, or none: null and a blank text are the same. */
export const OptionalName = Schema.NullOr(Schema.String).pipe(Schema.decodeTo(Schema.NullOr(ResourceName), blankToNull))

/** What a list says of when a resource was made or changed. */
export const Moment = Schema.String.annotate({ format: "date-time", description: "RFC 3339, UTC." })
