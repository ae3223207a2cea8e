// Conditional requests (RFC 9110 §13): the headers by which two operators do not overwrite each other.
//
// Answers for: the contract. Without these headers a change is made whatever is stored, as in the original.
import * as Schema from "effect/Schema"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"

/** Of a change: it is made only to what the caller has seen. */
export const ifMatch = {
  "if-match": Schema.optionalKey(Schema.String).annotate({
    description:
      "Entity tags; the change is made only if what is stored has one of them, else the answer is 412. `*`: if there is anything."
  })
}

/** Of a creation: nothing is replaced unseen. */
export const ifNoneMatch = {
  ...ifMatch,
  "if-none-match": Schema.optionalKey(Schema.String).annotate({
    description:
      "`*`: only if there is nothing yet, else the answer is 412. Entity tags: if what is stored has none of them."
  })
}

/** A resource together with its entity tag. */
export const tagged = <S extends Schema.Top>(resource: S) =>
  HttpApiSchema.WithHeaders(resource, {
    etag: Schema.String.annotate({ description: "Strong entity tag: another one as soon as anything shown differs." })
  })
