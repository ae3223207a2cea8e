// `template.lock.json`: which base image and which downloads a template is built of, with checksums.
//
// Answers for: its form, reading and writing it, and what speaks against building with it. Written by LockCommand.ts.
// Gotcha: an entry without a checksum from its maker says so (`verified: false`, no sha256). Nothing fills it in but the
// maker's own list, and nothing is built with it.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type { TemplateFolder } from "./TemplateFolder.ts"
import { TemplateProblem } from "./TemplateProblem.ts"

const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

const agrees = Schema.makeFilter(
  ({ sha256, verified }: { readonly sha256: string | null; readonly verified: boolean }) =>
    verified === (sha256 !== null) || "an entry is verified when it has a sha256, and only then"
)

const LockedDownload = Schema.Struct({
  version: Schema.NonEmptyString,
  /** Null while only the maker's index knows it. */
  url: Schema.NullOr(Schema.String),
  sha256: Schema.NullOr(Sha256),
  verified: Schema.Boolean,
  /** Where the maker publishes the checksum. */
  source: Schema.String,
  /** When the release was published, where that is told. */
  published: Schema.optionalKey(Schema.String)
}).check(agrees)
export type LockedDownload = typeof LockedDownload.Type

const LockedImage = Schema.Struct({
  image: Schema.String,
  /** Of the image's index, for all architectures. */
  sha256: Schema.NullOr(Sha256),
  verified: Schema.Boolean,
  source: Schema.String
}).check(agrees)
export type LockedImage = typeof LockedImage.Type

const TemplateLock = Schema.Struct({
  base: LockedImage,
  downloads: Schema.Record(Schema.String, LockedDownload)
})
export type TemplateLock = typeof TemplateLock.Type

const decodeLock = Schema.decodeUnknownEffect(Schema.fromJsonString(TemplateLock))

export const lockCommand = (id: string): string => `npm run template:lock -- ${id}`

const fileOf = Effect.fnUntraced(function* ({ root, id }: TemplateFolder) {
  const path = yield* Path.Path
  return path.join(root, id, "template.lock.json")
})

/** Undefined when there is none. */
export const readLock = Effect.fnUntraced(function* (template: TemplateFolder) {
  const fs = yield* FileSystem.FileSystem
  const file = yield* fileOf(template)
  if (!(yield* fs.exists(file))) return undefined
  return yield* Effect.flatMap(fs.readFileString(file), (text) =>
    decodeLock(text, { errors: "all", onExcessProperty: "error" })
  ).pipe(
    Effect.mapError(
      ({ message }) =>
        new TemplateProblem({ message: `${file}: ${message}\nWrite it anew: ${lockCommand(template.id)}` })
    )
  )
})

export const writeLock = Effect.fnUntraced(function* (template: TemplateFolder, lock: TemplateLock) {
  const fs = yield* FileSystem.FileSystem
  yield* fs.writeFileString(yield* fileOf(template), `${JSON.stringify(lock, null, 2)}\n`)
})

/** What speaks against a build, a line each. */
export const lockProblems = (template: TemplateFolder, lock: TemplateLock | undefined): ReadonlyArray<string> => {
  if (lock === undefined) return ["there is no template.lock.json"]
  const image =
    lock.base.image === template.base ? [] : [`the base is ${template.base}, and ${lock.base.image} is locked`]
  const unknown = Object.keys(lock.downloads).filter((name) => !(name in template.downloads))
  const downloads = Object.entries(template.downloads).flatMap(([name, { version }]) => {
    const locked = lock.downloads[name]
    if (locked === undefined) return [`${name} ${version} is not locked`]
    if (locked.version !== version) return [`${name} is to be ${version}, and ${locked.version} is locked`]
    return locked.verified ? [] : [`the checksum of ${name} ${version} is not verified`]
  })
  return [
    ...image,
    ...(lock.base.verified ? [] : [`the digest of the image ${lock.base.image} is not verified`]),
    ...downloads,
    ...unknown.map((name) => `${name} is locked, and no download any more`)
  ]
}

/** The lock when everything may be built with it. */
export const requireLock = Effect.fnUntraced(function* (template: TemplateFolder) {
  const lock = yield* readLock(template)
  const problems = lockProblems(template, lock)
  if (lock !== undefined && problems.length === 0) return lock
  return yield* new TemplateProblem({
    message: [
      `${template.id} is not built with what nobody vouches for:`,
      ...problems.map((problem) => `  ${problem}`),
      `Where the makers' sites can be reached, run: ${lockCommand(template.id)}`
    ].join("\n")
  })
})
