// What a template is: the folder `templates/<name>` with its `template.json`.
//
// Answers for: the form of that file, reading it, and the version of the Actions runner, which all templates have in
// common: it is the one line of `templates/runner-version`, and a download names that file instead of a version.
// Not for checksums (TemplateLock.ts) nor for what E2B is told (Definition.ts).
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { TemplateProblem } from "./TemplateProblem.ts"

/** In a URL, a tag, an asset's name or a command, `{version}` stands for the version. */
const versioned = { version: Schema.NonEmptyString }

/** What is downloaded, and how its maker publishes checksums (Vendors.ts). */
const Download = Schema.Union([
  Schema.Struct({ vendor: Schema.Literal("go"), ...versioned }),
  Schema.Struct({ vendor: Schema.Literal("sums"), ...versioned, url: Schema.String, sums: Schema.String }),
  Schema.Struct({
    vendor: Schema.Literal("github"),
    ...versioned,
    repository: Schema.String,
    tag: Schema.String,
    asset: Schema.String,
    /** An asset with checksums, for releases from before GitHub published them itself (June 2025). */
    sums: Schema.optionalKey(Schema.String)
  }),
  Schema.Struct({
    vendor: Schema.Literal("deb"),
    ...versioned,
    repository: Schema.String,
    index: Schema.String,
    package: Schema.String
  })
])
export type Download = typeof Download.Type

const Stage = Schema.Struct({
  /** Of the template's folder, or of `shared/`. */
  script: Schema.String,
  /** What lies beside the script when it runs. */
  files: Schema.optionalKey(Schema.Array(Schema.String)),
  /** What it is told version, checksum and address of. */
  downloads: Schema.optionalKey(Schema.Array(Schema.String)),
  /** It is told the list of software. */
  software: Schema.optionalKey(Schema.Boolean)
})
export type Stage = typeof Stage.Type

const Software = Schema.Struct({
  name: Schema.String,
  /** A line of bash that says the version, and fails when the program is not there. */
  command: Schema.String,
  /** The download whose version it must say. */
  download: Schema.optionalKey(Schema.String)
})
export type Software = typeof Software.Type

const TemplateFile = Schema.Struct({
  description: Schema.NonEmptyString,
  /** E2B's name of it; the one for trying out has `-dev` behind it. */
  name: Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9-]*$/)),
  /** An official image of Docker Hub, with a tag. */
  base: Schema.String.check(Schema.isPattern(/^[a-z0-9]+:[\w.-]+$/)),
  cpuCount: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 64 })),
  /** MiB. */
  memoryMB: Schema.Int.check(Schema.isBetween({ minimum: 512, maximum: 262_144 })),
  /** MiB that are free on the disk after the build, at least. */
  minFreeDiskMB: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_048_576 })),
  envs: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  stages: Schema.NonEmptyArray(Stage),
  downloads: Schema.Record(Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9.-]*$/)), Download),
  software: Schema.Array(Software),
  /** Whether the JavaScript runtimes that the runner brings along run on this system. */
  javascriptActions: Schema.Boolean
})

export interface TemplateFolder extends Schema.Schema.Type<typeof TemplateFile> {
  /** The name of the folder, by which commands know it. */
  readonly id: string
  /** The absolute path of `templates/`. */
  readonly root: string
}

const decodeFile = Schema.decodeUnknownEffect(Schema.fromJsonString(TemplateFile))

const runnerVersionFile = "runner-version"

/** GitHub registers no older runner: full enforcement on github.com since 2026-09-25. */
export const oldestRunner = "2.329.0"

const numbersOf = (version: string) => version.split(".").map(Number)

export const isOlder = (version: string, other: string): boolean => {
  const [left, right] = [numbersOf(version), numbersOf(other)]
  const at = left.findIndex((number, index) => number !== right[index])
  return at >= 0 && (left[at] ?? 0) < (right[at] ?? 0)
}

const isVersion = /^\d+\.\d+\.\d+$/

/** The runner's version of all templates. */
export const readRunnerVersion = Effect.fnUntraced(function* (root: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(root, runnerVersionFile)
  const text = yield* Effect.mapError(
    fs.readFileString(file),
    () => new TemplateProblem({ message: `${file} cannot be read; it holds the version of the Actions runner` })
  )
  const version = text.trim()
  if (!isVersion.test(version)) {
    return yield* new TemplateProblem({ message: `${file} holds "${version}"; expected a version, as 2.338.2` })
  }
  if (isOlder(version, oldestRunner)) {
    return yield* new TemplateProblem({
      message: `${file} names runner ${version}, and GitHub registers none before ${oldestRunner}`
    })
  }
  return version
})

export const writeRunnerVersion = Effect.fnUntraced(function* (root: string, version: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (!isVersion.test(version) || isOlder(version, oldestRunner)) {
    return yield* new TemplateProblem({
      message: `"${version}" is no version of the runner that GitHub registers; expected ${oldestRunner} or newer`
    })
  }
  yield* fs.writeFileString(path.join(root, runnerVersionFile), `${version}\n`)
})

/** Names that something else in the file refers to, and that are not there. */
const problemsOf = (file: typeof TemplateFile.Type): ReadonlyArray<string> => {
  const known = new Set(Object.keys(file.downloads))
  const used = file.stages.flatMap(({ downloads = [] }) => downloads)
  const asked = file.software.flatMap(({ download }) => (download === undefined ? [] : [download]))
  return [
    ...[...used, ...asked].filter((name) => !known.has(name)).map((name) => `no download is called ${name}`),
    ...[...known].filter((name) => !used.includes(name)).map((name) => `no stage uses the download ${name}`)
  ]
}

/** Names of the templates that are there, in the alphabet's order. */
export const listTemplates = Effect.fnUntraced(function* (root: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const entries = yield* fs.readDirectory(root)
  // Files lie there, too, and nothing can be below a file.
  const isTemplate = (entry: string) =>
    Effect.orElseSucceed(fs.exists(path.join(root, entry, "template.json")), () => false)
  return yield* Effect.filter(entries.toSorted(), isTemplate)
})

export const readTemplate = Effect.fnUntraced(function* (root: string, id: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const known = yield* listTemplates(root)
  if (!known.includes(id)) {
    return yield* new TemplateProblem({ message: `There is no template "${id}". Known: ${known.join(", ")}.` })
  }
  const name = path.join(root, id, "template.json")
  const file = yield* Effect.flatMap(fs.readFileString(name), (text) =>
    decodeFile(text, { errors: "all", onExcessProperty: "error" })
  ).pipe(Effect.mapError(({ message }) => new TemplateProblem({ message: `${name}: ${message}` })))
  const problems = problemsOf(file)
  if (problems.length > 0) return yield* new TemplateProblem({ message: `${name}: ${problems.join("; ")}` })
  const runner = yield* readRunnerVersion(root)
  const downloads = Object.fromEntries(
    Object.entries(file.downloads).map(([key, download]) => [
      key,
      download.version === runnerVersionFile ? { ...download, version: runner } : download
    ])
  )
  return { ...file, downloads, id, root } satisfies TemplateFolder
})

export const withVersion = (text: string, version: string): string => text.replaceAll("{version}", version)
