// Why there is no configuration to run with.
//
// Answers for: the error's shape and how it is printed. Secrets never reach it: messages are written without them.
import * as Schema from "effect/Schema"

export const ConfigProblem = Schema.Struct({ path: Schema.String, message: Schema.String })

/** Every problem of one configuration file. Starting again without a change to the file gives the same error. */
export class ConfigError extends Schema.TaggedError<ConfigError>()("ConfigError", {
  /** The file as it was named on the command line. */
  file: Schema.String,
  /** At least one; sorted by path. */
  problems: Schema.Array(ConfigProblem)
}) {
  override get message(): string {
    return this.format()
  }

  /** One line per problem: `path: what is wrong; expected …`. */
  format(): string {
    return this.problems
      .map((problem) => `${problem.path === "" ? this.file : problem.path}: ${problem.message}`)
      .join("\n")
  }
}
