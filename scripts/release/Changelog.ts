// What the changelog must say for the version in package.json, which is semantic (semver.org): sections `## Unreleased` and
// `## 1.2.3 (2026-01-31)`, newest first.

const heading = /^## (.*)$/gm
const released = /^(\d+)\.(\d+)\.(\d+)(?:-[0-9A-Za-z.-]+)? \(\d{4}-\d{2}-\d{2}\)$/
const unreleased = "Unreleased"

interface Section {
  readonly title: string
  readonly body: string
}

const sectionsOf = (changelog: string): ReadonlyArray<Section> => {
  const headings = [...changelog.matchAll(heading)]
  return headings.map((match, index) => ({
    title: match[1] ?? "",
    body: changelog.slice(match.index + match[0].length, headings[index + 1]?.index).trim()
  }))
}

const versionOf = (title: string): string => title.split(" ")[0] ?? ""

/** Whether `later` comes after `earlier`, what stands behind a hyphen left aside. */
const isAfter = (later: string, earlier: string): boolean => {
  const [a, b] = [later, earlier].map((version) => (version.split("-")[0] ?? "").split(".").map(Number))
  for (const place of [0, 1, 2]) {
    const difference = (a?.[place] ?? 0) - (b?.[place] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return false
}

/**
 * What is wrong. `tag`: that of the release that is made; without one, a version that is still being worked on is right, too.
 */
export const changelogProblems = (version: string, changelog: string, tag?: string): ReadonlyArray<string> => {
  const sections = sectionsOf(changelog)
  const [newest] = sections
  if (newest === undefined) return ["CHANGELOG.md has no section."]
  const problems = sections
    .filter(({ title }) => title !== unreleased && !released.test(title))
    .map(({ title }) => `CHANGELOG.md: "## ${title}" is neither "## ${unreleased}" nor "## VERSION (YYYY-MM-DD)".`)
  if (newest.body === "") problems.push(`CHANGELOG.md says nothing under "## ${newest.title}".`)
  if (sections.slice(1).some(({ title }) => title === unreleased)) {
    problems.push(`CHANGELOG.md: "## ${unreleased}" belongs above what is released.`)
  }
  if (tag !== undefined && tag !== `v${version}`) {
    problems.push(`The tag is ${tag}; package.json says ${version}, whose tag is v${version}.`)
  }
  if (newest.title === unreleased) {
    if (tag !== undefined) problems.push(`CHANGELOG.md: "## ${unreleased}" is to become "## ${version} (YYYY-MM-DD)".`)
    const last = sections[1]
    if (last !== undefined && !isAfter(version, versionOf(last.title))) {
      problems.push(`package.json says ${version}, which is not after the last release, ${versionOf(last.title)}.`)
    }
  } else if (versionOf(newest.title) !== version) {
    problems.push(`package.json says ${version}; the newest section of CHANGELOG.md is "## ${newest.title}".`)
  }
  return problems
}

/** What the changelog says of a version, for the notes of its release; the newest section when it is not released yet. */
export const releaseNotes = (version: string, changelog: string): string => {
  const sections = sectionsOf(changelog)
  return (sections.find(({ title }) => versionOf(title) === version) ?? sections[0])?.body ?? ""
}
