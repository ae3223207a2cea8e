// Which spec a job gets, or why it gets none.
//
// Answers for: allowlist → grants (default-available specs, policies, groups) → labels → order. Pure. Not for the words
// (AdmissionReasoning.ts), nor for capacity: the first spec in order wins even when it is full.
// Gotchas: runs for every webhook inside a transaction, so normalisation happens once in `compileCatalog`, and messages
// and steps are built only when read. Spec and group names are keys, compared exactly; what comes from GitHub
// (repositories, labels) ignores case.
import {
  type Considered,
  reasoningOf,
  type ReasoningStep,
  type RefusalCode,
  refusalMessage
} from "./AdmissionReasoning.ts"
import { labelKeys } from "./Labels.ts"
import { isRepositoryName, ownerPatternKey, repositoryKey } from "./RepositoryName.ts"
import type { RepositoryPolicy } from "./RepositoryPolicy.ts"
import type { RunnerGroup } from "./RunnerGroup.ts"
import type { RunnerSpec } from "./RunnerSpec.ts"

/** What admission decides by: the configured allowlist (empty = every repository) and all rows, enabled or not. */
export interface Catalog {
  readonly allowedRepositories: ReadonlyArray<string>
  readonly specs: ReadonlyArray<RunnerSpec>
  readonly groups: ReadonlyArray<RunnerGroup>
  readonly policies: ReadonlyArray<RepositoryPolicy>
}

interface CompiledSpec {
  readonly spec: RunnerSpec
  readonly keys: ReadonlySet<string>
}

/** A catalog made ready for many decisions. Build it anew when a spec, group, policy or the allowlist changes. */
export interface CompiledCatalog {
  readonly _tag: "CompiledCatalog"
  readonly source: Catalog
  /** Keys of the allowed patterns. */
  readonly allowed: ReadonlySet<string>
  /** All specs in the order in which they are preferred. */
  readonly specs: ReadonlyArray<CompiledSpec>
  readonly byName: ReadonlyMap<string, CompiledSpec>
  readonly groups: ReadonlyMap<string, RunnerGroup>
  /** Names of the specs available to every repository: enabled and default-available. */
  readonly defaults: ReadonlySet<string>
  /** Names of the enabled specs that policies in force grant, by the policy's pattern key. */
  readonly grants: ReadonlyMap<string, ReadonlySet<string>>
  /** Every label of any spec, enabled or not. */
  readonly knownLabels: ReadonlySet<string>
}

/** The job gets `spec`. Its runner registers with the spec's labels, not the job's. */
export interface Admitted {
  readonly _tag: "Admitted"
  readonly spec: RunnerSpec
  /** Built on each call; does not depend on the order of the catalog's rows. */
  readonly reasoning: () => ReadonlyArray<ReasoningStep>
}

export interface Refused {
  readonly _tag: "Refused"
  readonly code: RefusalCode
  /** One or two sentences for people, of bounded length. */
  readonly message: string
  /** Whether the refusal becomes a visible failed request; otherwise the job is remembered as a fact only. */
  readonly managed: boolean
  /** Built on each call; does not depend on the order of the catalog's rows. */
  readonly reasoning: () => ReadonlyArray<ReasoningStep>
}

export type Admission = Admitted | Refused

// Priority, then more labels, then name (by code unit, the same on every machine).
const compareSpecs = (a: CompiledSpec, b: CompiledSpec): number =>
  b.spec.priority - a.spec.priority ||
  b.keys.size - a.keys.size ||
  (a.spec.name < b.spec.name ? -1 : a.spec.name > b.spec.name ? 1 : 0)

const none: ReadonlySet<string> = new Set()

export const compileCatalog = (catalog: Catalog): CompiledCatalog => {
  const specs = catalog.specs.map((spec) => ({ spec, keys: labelKeys(spec.labels) })).sort(compareSpecs)
  const byName = new Map(specs.map((compiled) => [compiled.spec.name, compiled]))
  const groups = new Map(catalog.groups.map((group) => [group.name, group]))
  const targetOf = ({ target }: RepositoryPolicy): ReadonlyArray<string> => {
    if (target._tag === "Spec") return [target.specName]
    const group = groups.get(target.groupName)
    return group?.enabled === true ? group.specNames : []
  }
  const grants = new Map<string, Set<string>>()
  for (const policy of catalog.policies) {
    if (!policy.enabled) continue
    const key = repositoryKey(policy.repository)
    const names = grants.get(key) ?? new Set<string>()
    for (const name of targetOf(policy)) if (byName.get(name)?.spec.enabled === true) names.add(name)
    grants.set(key, names)
  }
  const defaults = specs.filter(({ spec }) => spec.enabled && spec.defaultAvailable)
  return {
    _tag: "CompiledCatalog",
    source: catalog,
    allowed: new Set(catalog.allowedRepositories.map(repositoryKey)),
    specs,
    byName,
    groups,
    defaults: new Set(defaults.map(({ spec }) => spec.name)),
    grants,
    knownLabels: new Set(specs.flatMap(({ keys }) => [...keys]))
  }
}

const compiled = (catalog: Catalog | CompiledCatalog): CompiledCatalog =>
  "_tag" in catalog ? catalog : compileCatalog(catalog)

const isCovered = (keys: ReadonlySet<string>, wanted: ReadonlySet<string>): boolean => {
  for (const key of wanted) if (!keys.has(key)) return false
  return true
}

/** Whether the allowlist lets the repository in: empty means every one, but never a text that names none. */
const isAllowed = (catalog: CompiledCatalog, key: string): boolean =>
  isRepositoryName(key) &&
  (catalog.allowed.size === 0 || catalog.allowed.has(key) || catalog.allowed.has(ownerPatternKey(key)))

/**
 * Whether a refused job concerns us: it asks for `self-hosted` or for a label that some spec has. A job without labels
 * does too. GitHub never sends a hosted job with plain `runs-on` without labels, so it is one of
 * `runs-on: {group: …}`, most likely meant for a runner of ours, and its developer would otherwise wait without a word.
 */
const isManaged = (catalog: CompiledCatalog, wanted: ReadonlySet<string>): boolean => {
  if (wanted.size === 0 || wanted.has("self-hosted")) return true
  for (const key of wanted) if (catalog.knownLabels.has(key)) return true
  return false
}

/** The available specs of one repository, as a test of names. */
const availability = (catalog: CompiledCatalog, key: string) => {
  const exact = catalog.grants.get(key) ?? none
  const ofOwner = catalog.grants.get(ownerPatternKey(key)) ?? none
  return {
    isEmpty: catalog.defaults.size === 0 && exact.size === 0 && ofOwner.size === 0,
    has: (name: string) => catalog.defaults.has(name) || exact.has(name) || ofOwner.has(name)
  }
}

interface Question {
  readonly catalog: CompiledCatalog
  readonly repository: string
  readonly key: string
  readonly wanted: ReadonlySet<string>
  readonly asked: string | null
}

/** Gathers, after the decision, what it was made from. */
const consider = ({ asked, catalog, key, repository, wanted }: Question, chosen: RunnerSpec | null): Considered => {
  const available = availability(catalog, key)
  const ownerKey = ownerPatternKey(key)
  return {
    repository,
    allowedBy: !isAllowed(catalog, key) ? null : catalog.allowed.size === 0 ? "everything" : "pattern",
    labels: [...wanted],
    policies: catalog.source.policies
      .filter((policy) => [key, ownerKey].includes(repositoryKey(policy.repository)))
      .sort((a, b) => a.id - b.id),
    groups: catalog.groups,
    hasSpec: (name) => catalog.byName.has(name),
    specs: catalog.specs
      .filter(({ spec }) => asked === null || spec.name === asked)
      .map(({ keys, spec }) => ({
        spec,
        granted: available.has(spec.name),
        missing: [...wanted].filter((label) => !keys.has(label))
      })),
    chosen,
    asked
  }
}

const admitted = (question: Question, spec: RunnerSpec): Admitted => ({
  _tag: "Admitted",
  spec,
  reasoning: () => reasoningOf(consider(question, spec))
})

const refused = (question: Question, code: RefusalCode): Refused => ({
  _tag: "Refused",
  code,
  // A getter: most refusals are hosted jobs, whose message nobody reads.
  get message() {
    return refusalMessage(code, consider(question, null))
  },
  managed: question.asked !== null || isManaged(question.catalog, question.wanted),
  reasoning: () => reasoningOf(consider(question, null))
})

/**
 * The spec for a job of this repository with these labels. Among the available specs that have every label, case
 * ignored, the first by priority (higher first), then number of labels (more first), then name. Total; compiles the
 * catalog first unless it is compiled already.
 */
export const admit = (input: {
  readonly repository: string
  readonly labels: ReadonlyArray<string>
  readonly catalog: Catalog | CompiledCatalog
}): Admission => {
  const catalog = compiled(input.catalog)
  const key = repositoryKey(input.repository)
  const wanted = labelKeys(input.labels)
  const question: Question = { catalog, repository: input.repository, key, wanted, asked: null }
  if (!isAllowed(catalog, key)) return refused(question, "repository_not_allowed")
  if (wanted.size === 0) return refused(question, "no_labels")
  const available = availability(catalog, key)
  if (available.isEmpty) return refused(question, "spec_not_allowed")
  // Most jobs of an organisation are hosted and ask for a label that no spec has: they are spared the walk over all
  // specs (13 µs at 300 of them).
  const conceivable = isCovered(catalog.knownLabels, wanted)
  for (const { keys, spec } of conceivable ? catalog.specs : []) {
    if (available.has(spec.name) && isCovered(keys, wanted)) return admitted(question, spec)
  }
  return refused(question, "spec_labels_not_matched")
}

/**
 * Whether a caller of the API may have this very spec for this repository. The same rules as for a job, but for one
 * spec; labels, when given, must all be the spec's. A refusal is always `managed`: someone asked for it.
 */
export const admitExplicit = (input: {
  readonly repository: string
  readonly specName: string
  readonly labels?: ReadonlyArray<string> | undefined
  readonly catalog: Catalog | CompiledCatalog
}): Admission => {
  const catalog = compiled(input.catalog)
  const key = repositoryKey(input.repository)
  const wanted = labelKeys(input.labels ?? [])
  const question: Question = { catalog, repository: input.repository, key, wanted, asked: input.specName }
  if (!isAllowed(catalog, key)) return refused(question, "repository_not_allowed")
  const found = catalog.byName.get(input.specName)
  if (found === undefined) return refused(question, "spec_not_found")
  if (!found.spec.enabled) return refused(question, "spec_disabled")
  if (!availability(catalog, key).has(input.specName)) return refused(question, "spec_not_allowed")
  return isCovered(found.keys, wanted) ? admitted(question, found.spec) : refused(question, "spec_labels_not_matched")
}
