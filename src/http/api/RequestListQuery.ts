// The parameters by which requests are filtered and sorted: the contract, the same for the list and its stream.
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { sortKeys } from "../../domain/RequestFilter.ts"
import { RequestStatus } from "../../domain/RunnerRequest.ts"
import { Name, sent, shown } from "./CatalogFields.ts"

// PostgreSQL has no time for every date that JavaScript has.
const Time = Schema.DateTimeUtcFromString.check(
  Schema.makeFilter((time: DateTime.Utc) => {
    const year = DateTime.getPartUtc(time, "year")
    return (year >= 1970 && year <= 9999) || "a time between the years 1970 and 9999"
  })
)
const Instant = Schema.String.annotate({ format: "date-time" }).pipe(Schema.decodeTo(Time))

/** All that are given must hold. */
export const filterQuery = {
  status: Schema.optionalKey(shown(Schema.Array(RequestStatus), "One of these statuses; repeat it for several.")),
  waiting: Schema.optionalKey(
    shown(
      Schema.Literals(["true", "false"]),
      "`true`: only what still waits for its runner, which is what is queued or creating."
    )
  ),
  repository: Schema.optionalKey(sent(Name, "Repository, `owner/repo`; case does not matter.")),
  spec: Schema.optionalKey(sent(Name, "Runner spec.")),
  workflow: Schema.optionalKey(sent(Name, "Workflow's name; case does not matter.")),
  job: Schema.optionalKey(sent(Name, "Name of the job that caused the request; case does not matter.")),
  failure_reason: Schema.optionalKey(sent(Name, "The code of why it failed.")),
  q: Schema.optionalKey(sent(Name, "What id, runner name, sandbox id or job name begins with; case does not matter.")),
  created_after: Schema.optionalKey(sent(Instant, "Not before this time (RFC 3339).")),
  created_before: Schema.optionalKey(sent(Instant, "Before this time (RFC 3339).")),
  finished_after: Schema.optionalKey(sent(Instant, "Finished, and not before this time (RFC 3339).")),
  finished_before: Schema.optionalKey(sent(Instant, "Finished, and before this time (RFC 3339)."))
}

const filters = Schema.Struct(filterQuery)
export type FilterQuery = typeof filters.Type

export const sortQuery = {
  sort: Schema.optionalKey(
    shown(
      Schema.Literals(sortKeys),
      "Default `created_at`. `finished_at` leaves out what has not finished. Those alike come by id."
    )
  ),
  order: Schema.optionalKey(shown(Schema.Literals(["asc", "desc"]), "Default `desc` for times and `asc` for `status`."))
}

export const totalQuery = {
  total: Schema.optionalKey(
    shown(
      Schema.Literals(["exact"]),
      "`exact`: X-Total-Count says all there are, which takes a second and more for a million requests."
    )
  )
}
