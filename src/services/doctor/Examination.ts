// How a check is run, whatever it looks at.
//
// Answers for: each check having an end in time, and a result: one that fails, breaks or hangs is a failed line of its own
// and hides no other. How one broke is in the log: what it says may be more than a caller of the API should read.
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ofGitHubError, ofSandboxError } from "../../domain/Disposition.ts"
import { type CheckName, fail, type Finding, type Line, warn } from "../../domain/Finding.ts"
import { GitHubError } from "../../domain/GitHubError.ts"
import { SandboxError } from "../../domain/SandboxError.ts"
import type { DatabaseContents, DatabaseFacts } from "./DatabaseFacts.ts"

/** One that takes longer is told as failed: an operator waits for the answer. */
const limit = Duration.seconds(30)

export interface Check {
  readonly name: CheckName
  readonly run: Effect.Effect<ReadonlyArray<Line>, unknown>
}

/** What an operator can act on; failures of the outside as requests tell them. */
export const sentenceOf = (error: unknown): string => {
  if (error instanceof GitHubError) return ofGitHubError(error).message
  if (error instanceof SandboxError) return ofSandboxError(error).message
  return error instanceof Error ? error.message : "it broke"
}

const broken = (cause: Cause.Cause<unknown>): Line =>
  Option.match(Cause.findErrorOption(cause), {
    onNone: () =>
      fail(
        "The check itself broke; the log says how.",
        "Report this as a mistake of runnerd's, with what the log says."
      ),
    onSome: (error) => fail(`It could not be looked at: ${sentenceOf(error)}.`, "See to that first, then look again.")
  })

export const examined = ({ name, run }: Check): Effect.Effect<ReadonlyArray<Finding>> =>
  run.pipe(
    Effect.timeoutOrElse({
      duration: limit,
      orElse: () =>
        Effect.succeed([
          fail(
            `There was no result within ${Duration.format(limit)}.`,
            "See whether what it asks can be reached from here."
          )
        ])
    }),
    Effect.catchCause((cause) => {
      const level = Cause.hasFails(cause) ? "Debug" : "Error"
      return Effect.as(Effect.logWithLevel(level)("A check of the doctor broke", cause), [broken(cause)])
    }),
    Effect.annotateLogs({ check: name }),
    Effect.map((lines) => lines.map((line): Finding => ({ check: name, ...line })))
  )

/** What a line that depends on another says when that one failed. */
export const unknownBecauseOf = (what: string, check: CheckName): Line =>
  fail(`${what} is not known.`, `See to ${check} first.`)

/** Lines about what the database holds. `what` they are about is not known where it cannot be read, or not yet, for its schema. */
export const ofContents = (
  facts: Effect.Effect<DatabaseFacts, unknown>,
  what: string,
  lines: (contents: DatabaseContents) => Effect.Effect<ReadonlyArray<Line>, unknown>
): Effect.Effect<ReadonlyArray<Line>> =>
  facts.pipe(
    Effect.flatMap(({ contents }) =>
      contents === null
        ? Effect.succeed([
            warn(`${what} is not known: another version of runnerd has made the database.`, "See to database first.")
          ])
        : lines(contents)
    ),
    Effect.catchCause(() => Effect.succeed([unknownBecauseOf(what, "database")]))
  )
