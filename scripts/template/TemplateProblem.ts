// What a template command cannot go on with, told to whoever called it.
import * as Schema from "effect/Schema"

export class TemplateProblem extends Schema.TaggedError<TemplateProblem>()("TemplateProblem", {
  /** Whole lines: what is wrong, and what to do. */
  message: Schema.String
}) {}
