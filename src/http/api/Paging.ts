// Lists by pages: the contract, the same for every list.
import * as Schema from "effect/Schema"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"

/** `limit` above this is taken as this, as the original does. */
export const maxPage = 500
export const defaultPage = 100

const Limit = Schema.Int.check(Schema.makeFilter((value: number) => value > 0 || "limit must be a positive integer"))
const Offset = Schema.optionalKey(
  Schema.Int.check(Schema.makeFilter((value: number) => value >= 0 || "offset must be a non-negative integer"))
).annotateKey({ description: "How many to skip; default 0." })

/** Of a list that is always given by pages. */
export const pageQuery = {
  limit: Schema.optionalKey(Limit).annotateKey({
    description: `How many at most, up to ${maxPage}; default ${defaultPage}.`
  }),
  offset: Offset
}

/** Of a list that is given whole unless one of these asks for a page. */
export const wholeOrPageQuery = {
  limit: Schema.optionalKey(Limit).annotateKey({
    description: `How many at most, up to ${maxPage}. Without this and \`offset\` the whole list is given.`
  }),
  offset: Offset
}

const pageHeaders = {
  "x-total-count": Schema.Int.annotateKey({ description: "How many there are in all." }),
  "x-limit": Schema.Int.annotateKey({ description: "How many were given at most." }),
  "x-offset": Schema.Int.annotateKey({ description: "How many were skipped." }),
  link: Schema.optionalKey(Schema.String).annotate({
    description: "RFC 8288: `prev` and `next`, with all other parameters kept; absent when there is neither."
  })
}

/** A list, or a page of it, and where the others are. */
export const paged = <S extends Schema.Top>(item: S) => HttpApiSchema.WithHeaders(Schema.Array(item), pageHeaders)

/** A page of a list that may be too long to be counted. */
export const pagedOfMany = <S extends Schema.Top>(item: S) =>
  HttpApiSchema.WithHeaders(Schema.Array(item), {
    ...pageHeaders,
    "x-total-count-exact": Schema.Literals(["true", "false"]).annotate({
      description:
        "Whether X-Total-Count is all there are; else there are as many at least. `Link` is right either way."
    })
  })
