// The words of admission: codes, refusal messages and the step-by-step reasoning.
//
// Answers for: saying what was considered, in a stable order and in sentences of bounded length. Not for deciding:
// Admission.ts decides and hands over what it looked at.
// Gotcha: nothing here runs on the hot path; messages and steps are built when someone reads them.
import * as Schema from "effect/Schema"
import type { RepositoryPolicy } from "./RepositoryPolicy.ts"
import type { RunnerGroup } from "./RunnerGroup.ts"
import type { RunnerSpec } from "./RunnerSpec.ts"
import { counted } from "./Sentence.ts"

/**
 * Why nothing was admitted. `spec_not_found` and `spec_disabled` come from `admitExplicit` only.
 *
 * - `repository_not_allowed`: outside `github.allowed_repositories`, or no repository name at all
 * - `no_labels`: a job without labels matches nothing
 * - `spec_not_allowed`: no enabled spec (or not the one asked for) is available to the repository
 * - `spec_labels_not_matched`: no available spec has all labels asked for
 */
export const RefusalCode = Schema.Literals([
  "repository_not_allowed",
  "no_labels",
  "spec_not_allowed",
  "spec_labels_not_matched",
  "spec_not_found",
  "spec_disabled"
])
export type RefusalCode = typeof RefusalCode.Type

/** What one step of the reasoning established. */
export const ReasoningCode = Schema.Literals([
  "repository_allowed",
  "repository_not_allowed",
  "no_labels",
  "policy_grants_spec",
  "policy_grants_group",
  "policy_disabled",
  "policy_spec_missing",
  "policy_group_missing",
  "policy_group_disabled",
  "group_spec_missing",
  "spec_not_found",
  "spec_disabled",
  "spec_not_granted",
  "spec_labels_not_matched",
  "spec_outranked",
  "spec_chosen"
])
export type ReasoningCode = typeof ReasoningCode.Type

/** One step: a code for programs, a sentence for people, and what it is about (null where it is not about that). */
export const ReasoningStep = Schema.Struct({
  code: ReasoningCode,
  sentence: Schema.String,
  specName: Schema.NullOr(Schema.String),
  groupName: Schema.NullOr(Schema.String),
  policyId: Schema.NullOr(Schema.Int)
})
export interface ReasoningStep extends Schema.Schema.Type<typeof ReasoningStep> {}

/** A spec as admission sees it for one repository and one set of labels. */
export interface ConsideredSpec {
  readonly spec: RunnerSpec
  readonly granted: boolean
  /** The labels asked for that the spec lacks, normalised. */
  readonly missing: ReadonlyArray<string>
}

/** What admission looked at. Lists are in the order in which they are told. */
export interface Considered {
  readonly repository: string
  /** Null when the repository is not allowed. */
  readonly allowedBy: "everything" | "pattern" | null
  readonly labels: ReadonlyArray<string>
  /** The policies whose pattern selects the repository, by id. */
  readonly policies: ReadonlyArray<RepositoryPolicy>
  readonly groups: ReadonlyMap<string, RunnerGroup>
  readonly hasSpec: (name: string) => boolean
  readonly specs: ReadonlyArray<ConsideredSpec>
  readonly chosen: RunnerSpec | null
  /** The spec that the caller named, when it named one. */
  readonly asked: string | null
}

const shorten = (text: string, length = 100): string => (text.length <= length ? text : `${text.slice(0, length)}…`)

const list = (texts: ReadonlyArray<string>): string => {
  const shown = texts.slice(0, 8).map((text) => shorten(text, 60))
  return `${shown.join(", ")}${texts.length > shown.length ? ` and ${texts.length - shown.length} more` : ""}`
}

const quote = (name: string): string => `"${shorten(name)}"`

const step = (code: ReasoningCode, sentence: string, about: Partial<ReasoningStep> = {}): ReasoningStep => ({
  code,
  sentence,
  specName: about.specName ?? null,
  groupName: about.groupName ?? null,
  policyId: about.policyId ?? null
})

const repositoryStep = (considered: Considered): ReasoningStep => {
  const repository = shorten(considered.repository, 210)
  if (considered.allowedBy === null) {
    return step("repository_not_allowed", `Repository ${repository} is not in github.allowed_repositories.`)
  }
  return considered.allowedBy === "everything"
    ? step("repository_allowed", `Repository ${repository} is allowed: github.allowed_repositories is empty.`)
    : step("repository_allowed", `Repository ${repository} is in github.allowed_repositories.`)
}

const noLabels =
  "The job asks for no labels (runs-on names only a group, for example), so it matches no runner spec; give it labels."

const policySteps = (policy: RepositoryPolicy, considered: Considered): ReadonlyArray<ReasoningStep> => {
  const { target } = policy
  const about =
    target._tag === "Spec"
      ? { policyId: policy.id, specName: target.specName }
      : { policyId: policy.id, groupName: target.groupName }
  const subject = `Policy ${policy.id} for ${policy.repository}`
  if (!policy.enabled) return [step("policy_disabled", `${subject} is disabled.`, about)]
  if (target._tag === "Spec") {
    const name = quote(target.specName)
    return considered.hasSpec(target.specName)
      ? [step("policy_grants_spec", `${subject} grants runner spec ${name}.`, about)]
      : [step("policy_spec_missing", `${subject} names runner spec ${name}, which does not exist.`, about)]
  }
  const name = quote(target.groupName)
  const group = considered.groups.get(target.groupName)
  if (group === undefined) {
    return [step("policy_group_missing", `${subject} names runner group ${name}, which does not exist.`, about)]
  }
  if (!group.enabled) {
    return [step("policy_group_disabled", `${subject} names runner group ${name}, which is disabled.`, about)]
  }
  const members = [...new Set(group.specNames)].sort()
  return [
    step(
      "policy_grants_group",
      `${subject} grants runner group ${name}, with ${counted(members.length, "runner spec", "runner specs")}.`,
      about
    ),
    ...members
      .filter((member) => !considered.hasSpec(member))
      .map((member) =>
        step("group_spec_missing", `Runner group ${name} has member ${quote(member)}, which does not exist.`, {
          ...about,
          specName: member
        })
      )
  ]
}

const specStep = ({ granted, missing, spec }: ConsideredSpec, considered: Considered): ReasoningStep => {
  const subject = `Runner spec ${quote(spec.name)}`
  const about = { specName: spec.name }
  if (!spec.enabled) return step("spec_disabled", `${subject} is disabled.`, about)
  if (!granted) {
    return step(
      "spec_not_granted",
      `${subject} is not available by default, and no policy in force grants it to ${shorten(considered.repository, 210)}.`,
      about
    )
  }
  const via = spec.defaultAvailable ? "available by default" : "granted by a policy"
  if (missing.length > 0) {
    return step("spec_labels_not_matched", `${subject} is ${via}, but lacks ${list(missing)}.`, about)
  }
  if (considered.chosen === null || considered.chosen === spec) {
    return step("spec_chosen", `${subject} is ${via} and has every label asked for: chosen.`, about)
  }
  return step(
    "spec_outranked",
    `${subject} is ${via} and has every label asked for, but ${quote(considered.chosen.name)} comes first (priority, then more labels, then name).`,
    about
  )
}

/** Every step, from the allowlist to each spec in order of preference. Ends early where the decision did. */
export const reasoningOf = (considered: Considered): ReadonlyArray<ReasoningStep> => {
  const steps = [repositoryStep(considered)]
  if (considered.allowedBy === null) return steps
  if (considered.asked === null && considered.labels.length === 0) return [...steps, step("no_labels", noLabels)]
  for (const policy of considered.policies) steps.push(...policySteps(policy, considered))
  if (considered.asked !== null && !considered.hasSpec(considered.asked)) {
    const sentence = `Runner spec ${quote(considered.asked)} does not exist.`
    steps.push(step("spec_not_found", sentence, { specName: considered.asked }))
  }
  for (const spec of considered.specs) steps.push(specStep(spec, considered))
  return steps
}

/** What a person could change so that the job is served: grant or enable the spec that fits, or mind the nearest. */
const advice = (considered: Considered): string => {
  const fitting = considered.specs.filter(({ missing }) => missing.length === 0)
  const enabled = fitting.find(({ spec }) => spec.enabled)
  if (enabled !== undefined) {
    return ` Runner spec ${quote(enabled.spec.name)} has these labels; a repository policy can make it available.`
  }
  const disabled = fitting[0]
  if (disabled !== undefined) return ` Runner spec ${quote(disabled.spec.name)} has these labels, but is disabled.`
  const available = considered.specs.filter(({ granted, spec }) => granted && spec.enabled)
  const nearest = available.reduce<ConsideredSpec | undefined>(
    (best, next) => (best === undefined || next.missing.length < best.missing.length ? next : best),
    undefined
  )
  return nearest === undefined ? "" : ` The nearest, ${quote(nearest.spec.name)}, lacks ${list(nearest.missing)}.`
}

/** The refusal in one or two sentences. */
export const refusalMessage = (code: RefusalCode, considered: Considered): string => {
  const repository = shorten(considered.repository, 210)
  const asked = considered.asked === null ? null : quote(considered.asked)
  switch (code) {
    case "repository_not_allowed":
      return repositoryStep(considered).sentence
    case "no_labels":
      return noLabels
    case "spec_not_found":
      return `Runner spec ${asked} does not exist.`
    case "spec_disabled":
      return `Runner spec ${asked} is disabled.`
    case "spec_not_allowed":
      return asked === null
        ? `No runner spec is available to ${repository}.${advice(considered)}`
        : `Runner spec ${asked} is not available to ${repository}: it is not available by default, and no policy in force grants it.`
    case "spec_labels_not_matched":
      return asked === null
        ? `No runner spec available to ${repository} has all of the labels ${list(considered.labels)}.${advice(considered)}`
        : `Runner spec ${asked} lacks ${list(considered.specs[0]?.missing ?? [])}.`
  }
}
