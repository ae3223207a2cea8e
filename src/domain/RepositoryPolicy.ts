// A repository policy: grants one spec, or all specs of one group, to the repositories that its pattern selects.
//
// Answers for: the record. Not for what follows from a set of them (Admission.ts).
// Gotcha: a target is a name and may dangle; specs and groups live in separate namespaces, equal names mean nothing.
import * as Schema from "effect/Schema"
import { RepositoryPattern } from "./RepositoryName.ts"
import { ResourceName } from "./RunnerSpec.ts"

export const PolicyTarget = Schema.Union([
  Schema.TaggedStruct("Spec", { specName: ResourceName }),
  Schema.TaggedStruct("Group", { groupName: ResourceName })
])
export type PolicyTarget = typeof PolicyTarget.Type

/** A grant. A disabled policy grants nothing. */
export class RepositoryPolicy extends Schema.Class<RepositoryPolicy>("RepositoryPolicy")({
  id: Schema.Int,
  repository: RepositoryPattern,
  target: PolicyTarget,
  enabled: Schema.Boolean,
  createdAt: Schema.DateTimeUtc
}) {}

/**
 * The target after a change: a name given makes it the target in place of the other, a null takes it away, absent leaves
 * it. Null when none is left.
 */
export const retargeted = (
  target: PolicyTarget,
  change: { readonly specName?: string | null | undefined; readonly groupName?: string | null | undefined }
): PolicyTarget | null => {
  if (typeof change.specName === "string") return { _tag: "Spec", specName: change.specName }
  if (typeof change.groupName === "string") return { _tag: "Group", groupName: change.groupName }
  const taken = target._tag === "Spec" ? change.specName : change.groupName
  return taken === null ? null : target
}
