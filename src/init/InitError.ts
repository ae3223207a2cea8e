// Why `runnerd init` wrote nothing.
import * as Data from "effect/Data"

/** All that is wrong, a line each. `exitCode`: 2 what was asked for is wrong, or is there already; 1 anything else. */
export class InitError extends Data.TaggedError("InitError")<{
  readonly exitCode: 1 | 2
  readonly problems: ReadonlyArray<string>
}> {}

/** How it ends when somebody gives it up. */
export const givenUp = "given up; nothing was written"

export const refuse = (...problems: ReadonlyArray<string>): InitError => new InitError({ exitCode: 2, problems })
