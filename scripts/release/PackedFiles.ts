// Which files the package holds: exactly these, so that neither a forgotten file nor a stray one is released.
//
// Answers for: the list. What the build makes of src/ follows from src/; the console's files have the names of their
// content, so they are known by pattern.
import { readdirSync } from "node:fs"
import { join, relative } from "node:path"

/** By name. */
const single = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "npm-shrinkwrap.json",
  "package.json",
  "runnerd.schema.json",
  "runnerd.yaml.example"
]

/** Of dist/console. Beside each stands what scripts/compress-console.mjs made of it, where that is smaller. */
const consoleFiles = [
  /^index\.html$/,
  /^icon\.svg$/,
  /^theme\.js$/,
  /^licenses\.txt$/,
  /^assets\/[\w.-]+-[\w-]{8}\.(js|css)$/
]
const consoleNeeds = ["index.html", "icon.svg", "theme.js", "licenses.txt"]

/** The files below a folder, as paths from the root. */
export const below = (root: string, folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

/** What the build makes of a file below src/; undefined for what it leaves behind (scripts/copy-assets.mjs). */
const built = (source: string): string | undefined => {
  const path = source.replace(/^src/, "dist")
  return path.endsWith(".md") ? undefined : path.replace(/\.ts$/, ".js")
}

export interface Differences {
  readonly missing: ReadonlyArray<string>
  readonly unexpected: ReadonlyArray<string>
}

/** `root`: the checkout. `packed`: paths inside the package. */
export const packedDifferences = (root: string, packed: ReadonlyArray<string>): Differences => {
  const inConsole = (path: string) => path.startsWith("dist/console/")
  const wanted = new Set([
    ...single,
    ...below(root, "scenarios"),
    ...below(root, "src").flatMap((source) => built(source) ?? []),
    ...consoleNeeds.map((name) => `dist/console/${name}`)
  ])
  const isConsoleFile = (path: string) => {
    const name = path.slice("dist/console/".length).replace(/\.(br|gz)$/, "")
    return consoleFiles.some((pattern) => pattern.test(name))
  }
  return {
    missing: [...wanted].filter((path) => !packed.includes(path)),
    unexpected: packed.filter((path) => (inConsole(path) ? !isConsoleFile(path) : !wanted.has(path)))
  }
}
