// Turns a request that does not fit its contract into 400 with a sentence, and with the field that is at fault.
//
// Gotcha: an answer of ours that does not fit its contract comes this way, too. That is no fault of the caller's: it stays
// a 500 and is reported.
import * as Effect from "effect/Effect"
import * as SchemaIssue from "effect/SchemaIssue"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import { BadRequest, type ErrorDetail } from "../api/ApiErrors.ts"
import { SchemaErrors } from "../api/SchemaErrors.ts"

const maxLength = 1000

const findings = SchemaIssue.makeFormatterStandardSchemaV1()

/** `labels[0]` for the path of the first label. */
const fieldOf = (path: ReadonlyArray<PropertyKey>): string =>
  path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "")

/** The field is empty when the body as a whole is at fault. */
const detailOf = (issue: ReturnType<typeof findings>["issues"][number]): ErrorDetail => ({
  field: fieldOf((issue.path ?? []).map((key) => (typeof key === "object" ? key.key : key))),
  message: issue.message.slice(0, maxLength)
})

const sentenceOf = ({ field, message }: ErrorDetail) => (field === "" ? message : `${field}: ${message}`)

export const layer = HttpApiMiddleware.layerSchemaErrorTransform(SchemaErrors, (error) => {
  if (error.kind === "Body" || error.kind === "ResponseHeaders") return Effect.fail(error)
  const details = findings(error.cause.issue).issues.map(detailOf)
  const named = details.filter(({ field }) => field !== "")
  return Effect.fail(
    new BadRequest({
      error: details.map(sentenceOf).join("; ").slice(0, maxLength),
      code: "invalid_request",
      ...(named.length === 0 ? {} : { details: named })
    })
  )
})
