// Repository names (`owner/repo`) and the patterns that select them (`owner/repo`, `owner/*`).
//
// Answers for: what is a name, when two are the same repository, when a pattern selects one.
// Not for what a selection permits (Admission.ts).
// Gotcha: GitHub's names are case-insensitive but case-preserving; never compare them with ===, compare their keys.
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * Letters, digits, hyphen, underscore (managed users) for the owner; also dots for the repository, but never `.` or
 * `..`: names become parts of URL paths. More generous than GitHub in length and hyphens, whose rules have changed.
 */
const namePattern = /^[A-Za-z0-9_-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/
const ownerPattern = /^[A-Za-z0-9_-]{1,100}\/\*$/

export interface ParsedRepositoryName {
  readonly owner: string
  readonly repository: string
}

/** Whether the text is a repository's full name. */
export const isRepositoryName = (text: string): boolean => namePattern.test(text)

/** `owner/repo` split at its slash; none for anything else. Does not trim. */
export const parseRepositoryName = (text: string): Option.Option<ParsedRepositoryName> => {
  if (!namePattern.test(text)) return Option.none()
  const slash = text.indexOf("/")
  return Option.some({ owner: text.slice(0, slash), repository: text.slice(slash + 1) })
}

/** Whose repository it is, in the case it is written; the whole text where there is no slash. */
export const ownerOf = (fullName: string): string => fullName.split("/", 1)[0] ?? fullName

/** Equal exactly for names of the same repository (and for equal patterns). Trims. */
export const repositoryKey = (name: string): string => name.trim().toLowerCase()

/** The `owner/*` pattern, as a key, that covers the repository of this key. */
export const ownerPatternKey = (key: string): string => `${key.slice(0, key.indexOf("/") + 1)}*`

/**
 * Whether the pattern selects the repository: the same name, or `owner/*` of its owner, case ignored. Nothing else is
 * a wildcard: `*` and `*` + `/*` select nothing. A text that is no repository name is selected by nothing.
 */
export const matchesPattern = (pattern: string, name: string): boolean => {
  const key = repositoryKey(name)
  if (!namePattern.test(key)) return false
  const patternKey = repositoryKey(pattern)
  return patternKey === key || patternKey === ownerPatternKey(key)
}

/** Whether an allowlist lets the repository in; an empty one lets every repository in. */
export const isAllowed = (patterns: ReadonlyArray<string>, name: string): boolean =>
  patterns.length === 0 || patterns.some((pattern) => matchesPattern(pattern, name))

/** A repository's full name. */
export const RepositoryName = Schema.String.check(
  Schema.makeFilter((text: string) => isRepositoryName(text) || "a repository name like owner/repo", {
    expected: "a repository name like owner/repo"
  })
)

/** `owner/repo` or `owner/*`. Decoding trims nothing: trim where people type. */
export const RepositoryPattern = Schema.String.check(
  Schema.makeFilter(
    (text: string) => isRepositoryName(text) || ownerPattern.test(text) || "a pattern like owner/repo or owner/*",
    { expected: "a pattern like owner/repo or owner/*" }
  )
)
