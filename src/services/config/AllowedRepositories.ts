// The repositories that may have runners.
//
// Answers for: wrong entries being reported, and that none is there twice. Not for what an entry may look like, nor for
// matching (domain/RepositoryName.ts).
// Gotcha: GitHub's names are case-insensitive, so `Acme/App` and `acme/app` are one entry, kept as first written.
import * as Schema from "effect/Schema"
import { RepositoryPattern } from "../../domain/RepositoryName.ts"
import { show } from "./ConfigReport.ts"
import type { ConfigReport } from "./ConfigReport.ts"

const isPattern = Schema.is(RepositoryPattern)

/** Entries in their order, repeated ones dropped; undefined when an entry is wrong, which has been reported then. */
export const parseAllowedRepositories = (
  entries: ReadonlyArray<string> | undefined,
  report: ConfigReport
): ReadonlyArray<string> | undefined => {
  if (entries === undefined) return undefined
  const wrong = entries.filter((entry) => !isPattern(entry))
  for (const entry of wrong) {
    report.add("github.allowed_repositories", `${show(entry)} is not accepted; expected owner/repo or owner/*`)
  }
  if (wrong.length > 0) return undefined
  const kept = new Map<string, string>()
  for (const entry of entries) {
    const folded = entry.toLowerCase()
    if (!kept.has(folded)) kept.set(folded, entry)
  }
  return [...kept.values()]
}
