// Ids that callers of the API may give to requests which no job caused.
//
// Gotchas: `123` and `123-2` are the ids of jobs' requests, so that a manual one can never stand in a job's way. An id
// becomes part of a runner's name, which GitHub compares without case and takes up to 64 characters.
import * as Schema from "effect/Schema"

const pattern = /^[a-z0-9][a-z0-9._-]{0,39}$/
const ofJob = /^\d+(-\d+)?$/

const problem = (id: string): string | undefined => {
  if (!pattern.test(id))
    return "an id of 1 to 40 lower-case letters, digits, '.', '_' and '-', the first a letter or a digit"
  return ofJob.test(id) ? "an id unlike 123 and 123-2: those belong to workflow jobs" : undefined
}

/** The id of a manual request. */
export const ManualId = Schema.String.check(
  Schema.makeFilter((id: string) => problem(id), { expected: "the id of a manual request" })
)
