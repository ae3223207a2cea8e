// A runner group: a named set of specs that policies can grant at once. Not GitHub's runner group (RunnerSpec.ts).
//
// Gotcha: members are names; a member whose spec was deleted may dangle and is then skipped by admission.
import * as Schema from "effect/Schema"
import { ResourceName } from "./RunnerSpec.ts"

/** A named set of specs. A disabled group grants nothing. */
export class RunnerGroup extends Schema.Class<RunnerGroup>("RunnerGroup")({
  name: ResourceName,
  description: Schema.String,
  specNames: Schema.Array(ResourceName),
  enabled: Schema.Boolean,
  createdAt: Schema.DateTimeUtc,
  updatedAt: Schema.DateTimeUtc
}) {}
