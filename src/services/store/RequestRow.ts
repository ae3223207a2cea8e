// A row of runner_requests as the database gives it, and the columns an insert needs.
import * as Schema from "effect/Schema"
import { RunnerRequest } from "../../domain/RunnerRequest.ts"

/** A JSON array of strings in a text column. */
export const StringList = Schema.fromJsonString(Schema.Array(Schema.String))

export const RequestRow = Schema.Struct({
  ...RunnerRequest.fields,
  requestedLabels: StringList,
  labels: StringList,
  sandboxMayExist: Schema.BooleanFromBit
})

export const decodeRequests = Schema.decodeUnknownEffect(Schema.Array(RequestRow))
export const encodeRequest = Schema.encodeSync(RequestRow)
