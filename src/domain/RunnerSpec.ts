// A runner spec: the labels a runner registers with, the sandbox template it runs in, and its limits.
//
// Answers for: the record and what its fields may hold. Not for who may use it (RepositoryPolicy.ts, Admission.ts).
// Gotcha: `runnerGroup` is GitHub's runner group (an organisation's setting); our own groups of specs are RunnerGroup.ts.
import * as Schema from "effect/Schema"
import { hasControlCharacter, LabelList } from "./Labels.ts"

const isNameText = Schema.makeFilter(
  (text: string) =>
    // A lone surrogate has no UTF-8: it can stand neither in a URL nor, unchanged, in a database.
    (text.trim() === text && text !== "" && text.length <= 256 && !hasControlCharacter(text) && text.isWellFormed()) ||
    "1 to 256 characters of Unicode text without spaces around them and without control characters",
  { expected: "a name" }
)

/**
 * What specs and groups are called: 1 to 256 characters, trimmed, no control characters, no lone surrogates. Compared
 * exactly.
 */
export const ResourceName = Schema.String.check(isNameText)

/**
 * A runner spec. `maxConcurrency` ≤ 0 means unlimited. `defaultAvailable`: every allowed repository may use it without
 * a policy. `minIdle` is kept for compatibility with the original's API; nothing acts on it.
 */
export class RunnerSpec extends Schema.Class<RunnerSpec>("RunnerSpec")({
  name: ResourceName,
  labels: LabelList,
  templateId: ResourceName,
  runnerGroup: Schema.NullOr(Schema.String),
  maxConcurrency: Schema.Int,
  minIdle: Schema.Int,
  priority: Schema.Int,
  enabled: Schema.Boolean,
  defaultAvailable: Schema.Boolean,
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
}) {}
