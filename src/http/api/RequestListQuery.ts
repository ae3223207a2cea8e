// The parameters by which requests are filtered and sorted: the contract, the same for the list and its stream.
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { sortKeys } from "../../domain/RequestFilter.ts"
import { RequestStatus } from "../../domain/RunnerRequest.ts"
import { Name } from "./CatalogFields.ts"

// PostgreSQL has no time for every date that JavaScript has.
const Instant = Schema.DateTimeUtcFromString.check(
  Schema.makeFilter((time: DateTime.Utc) => {
    const year = DateTime.getPartUtc(time, "year")
    return (year >= 1970 && year <= 9999) || "a time between the years 1970 and 9999"
  })
)

const described = {
  status: Schema.Array(RequestStatus).annotate({ description: "One of these statuses; repeat it for several." }),
  waiting: Schema.Literals(["true", "false"]).annotate({
    description: "`true`: only what still waits for its runner, which is what is queued or creating."
  }),
  repository: Name.annotate({ description: "Repository, `owner/repo`; case does not matter." }),
  spec: Name.annotate({ description: "Runner spec." }),
  workflow: Name.annotate({ description: "Workflow's name; case does not matter." }),
  job: Name.annotate({ description: "Name of the job that caused the request; case does not matter." }),
  failure_reason: Name.annotate({ description: "The code of why it failed." }),
  q: Name.annotate({
    description: "What id, runner name, sandbox id or job name begins with; case does not matter."
  }),
  created_after: Instant.annotate({ description: "Not before this time (RFC 3339)." }),
  created_before: Instant.annotate({ description: "Before this time (RFC 3339)." })
}

/** All that are given must hold. */
export const filterQuery = {
  status: Schema.optionalKey(described.status),
  waiting: Schema.optionalKey(described.waiting),
  repository: Schema.optionalKey(described.repository),
  spec: Schema.optionalKey(described.spec),
  workflow: Schema.optionalKey(described.workflow),
  job: Schema.optionalKey(described.job),
  failure_reason: Schema.optionalKey(described.failure_reason),
  q: Schema.optionalKey(described.q),
  created_after: Schema.optionalKey(described.created_after),
  created_before: Schema.optionalKey(described.created_before)
}

const filters = Schema.Struct(filterQuery)
export type FilterQuery = typeof filters.Type

export const sortQuery = {
  sort: Schema.optionalKey(Schema.Literals(sortKeys)).annotate({
    description: "Default `created_at`. `finished_at` leaves out what has not finished. Those alike come by id."
  }),
  order: Schema.optionalKey(Schema.Literals(["asc", "desc"])).annotate({
    description: "Default `desc` for times and `asc` for `status`."
  })
}

export const totalQuery = {
  total: Schema.optionalKey(Schema.Literals(["exact"])).annotate({
    description: "`exact`: X-Total-Count says all there are, which takes a second and more for a million requests."
  })
}
