// `npm run template:lock`: asks the makers for checksums and writes `template.lock.json`.
//
// Answers for: what becomes of each answer. A checksum that a maker tells is taken; one that was verified before stays
// when its maker cannot be asked now; one that a maker now tells otherwise for the same version is an alarm and is not
// taken, for a published file must not change; and where there is none, the entry says so.
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Download } from "./TemplateFolder.ts"
import { listTemplates, readRunnerVersion, readTemplate, writeRunnerVersion } from "./TemplateFolder.ts"
import type { LockedDownload, LockedImage } from "./TemplateLock.ts"
import { readLock, writeLock } from "./TemplateLock.ts"
import { TemplateProblem } from "./TemplateProblem.ts"
import { expected, imageSource, makeVendors } from "./Vendors.ts"
import type { VendorFailure, Vendors } from "./Vendors.ts"

export interface LockOptions {
  readonly root: string
  /** None: all of them. */
  readonly ids: ReadonlyArray<string>
  /** Which runner all templates are to have from now on: a version, or `latest`. */
  readonly runner: Option.Option<string>
  /** Takes checksums that differ from what was verified before. */
  readonly acceptChanged: boolean
}

/** GitHub gives no jobs to a runner when this long has passed since a newer one was published. */
const runnerGrace = Duration.days(30)

interface Judged<A> {
  readonly entry: A
  readonly mark: "ok" | "kept" | "CHANGED" | "UNVERIFIED"
  readonly why?: string
}

interface Known {
  readonly sha256: string | null
  readonly source: string
}

/** `earlier`: what was verified before of the same version at the same place. */
const judge = <A extends Known>(
  found: Result.Result<A & { readonly sha256: string }, VendorFailure>,
  earlier: A | undefined,
  unknown: A,
  acceptChanged: boolean
): Judged<A> => {
  if (Result.isFailure(found)) {
    const why = found.failure.message
    return earlier === undefined ? { entry: unknown, mark: "UNVERIFIED", why } : { entry: earlier, mark: "kept", why }
  }
  if (earlier === undefined || earlier.sha256 === found.success.sha256 || acceptChanged) {
    return { entry: found.success, mark: "ok" }
  }
  const why = `${found.success.source} now says sha256 ${found.success.sha256}, and ${earlier.sha256} was verified before`
  return { entry: earlier, mark: "CHANGED", why }
}

const lockDownload = Effect.fnUntraced(function* (
  vendors: Vendors,
  download: Download,
  before: LockedDownload | undefined,
  acceptChanged: boolean
) {
  const { version } = download
  const found = yield* Effect.result(
    Effect.map(vendors.find(download), ({ url, sha256, source, published }) => ({
      version,
      url,
      sha256,
      verified: true,
      source,
      ...(published === undefined ? {} : { published })
    }))
  )
  const guess = expected(download)
  const earlier =
    before?.verified === true && before.version === version && (guess.url === null || before.url === guess.url)
      ? before
      : undefined
  const unknown = { version, url: guess.url, sha256: null, verified: false, source: guess.source }
  return judge<LockedDownload>(found, earlier, unknown, acceptChanged)
})

const lockImage = Effect.fnUntraced(function* (
  vendors: Vendors,
  image: string,
  before: LockedImage | undefined,
  acceptChanged: boolean
) {
  const found = yield* Effect.result(
    Effect.map(vendors.findImage(image), ({ sha256, source }) => ({ image, sha256, verified: true, source }))
  )
  const earlier = before?.verified === true && before.image === image ? before : undefined
  const unknown: LockedImage = { image, sha256: null, verified: false, source: imageSource(image) }
  // A tag of an image is meant to move: 24.04 gets its security updates that way.
  return judge<LockedImage>(found, Result.isSuccess(found) ? undefined : earlier, unknown, acceptChanged)
})

const line = (name: string, version: string, { entry, mark, why }: Judged<Known>): string =>
  `  ${mark.padEnd(10)} ${`${name} ${version}`.padEnd(36)} ${why ?? `sha256 ${entry.sha256?.slice(0, 16)}…`}`

const lockOne = Effect.fnUntraced(function* (vendors: Vendors, id: string, { root, acceptChanged }: LockOptions) {
  const template = yield* readTemplate(root, id)
  const before = yield* Effect.catchTag(readLock(template), "TemplateProblem", () => Effect.undefined)
  yield* Console.log(id)
  const base = yield* lockImage(vendors, template.base, before?.base, acceptChanged)
  yield* Console.log(line("image", template.base, base))
  const judged = yield* Effect.forEach(Object.entries(template.downloads), ([name, download]) =>
    lockDownload(vendors, download, before?.downloads[name], acceptChanged).pipe(
      Effect.tap((each) => Console.log(line(name, download.version, each))),
      Effect.map((each) => [name, each] as const)
    )
  )
  const downloads = Object.fromEntries(judged.map(([name, { entry }]) => [name, entry]))
  yield* writeLock(template, { base: base.entry, downloads })
  return [base, ...judged.map(([, each]) => each)].map(({ mark }) => mark)
})

/** Says when GitHub stops giving jobs to the runner of the templates, if a newer one is out. */
const tellOfRunner = Effect.fnUntraced(function* (vendors: Vendors, version: string) {
  const newest = yield* Effect.result(vendors.newestRunner)
  if (Result.isFailure(newest)) {
    return yield* Console.log(`Whether runner ${version} is the newest is not known: ${newest.failure.message}.`)
  }
  if (newest.success.version === version) return yield* Console.log(`Runner ${version} is the newest.`)
  const end = DateTime.make(newest.success.published).pipe(
    Option.map((published) => DateTime.formatIsoDateUtc(DateTime.addDuration(published, runnerGrace)))
  )
  yield* Console.log(
    `Runner ${newest.success.version} is out, the templates have ${version}. GitHub gives jobs to an older one for 30 days` +
      `${Option.match(end, { onNone: () => "", onSome: (day) => `, that is until ${day}, or less` })}. ` +
      "To bump it: npm run template:lock -- --runner latest"
  )
})

const chooseRunner = Effect.fnUntraced(function* (vendors: Vendors, root: string, wanted: string) {
  const version =
    wanted === "latest"
      ? yield* Effect.map(vendors.newestRunner, (newest) => newest.version).pipe(
          Effect.mapError(
            ({ message }) => new TemplateProblem({ message: `The newest runner is not known: ${message}` })
          )
        )
      : wanted
  yield* writeRunnerVersion(root, version)
})

export const lock = Effect.fn("template.lock")(function* (options: LockOptions) {
  const vendors = yield* makeVendors
  if (Option.isSome(options.runner)) yield* chooseRunner(vendors, options.root, options.runner.value)
  const ids = options.ids.length > 0 ? options.ids : yield* listTemplates(options.root)
  const marks = (yield* Effect.forEach(ids, (id) => lockOne(vendors, id, options))).flat()
  yield* tellOfRunner(vendors, yield* readRunnerVersion(options.root))
  const count = (mark: string) => marks.filter((each) => each === mark).length
  if (count("CHANGED") > 0) {
    return yield* new TemplateProblem({
      message:
        "A published file has another checksum than before. That is a mistake of its maker, or an attack: find out which. " +
        "The old checksum stays; --accept-changed takes the new one."
    })
  }
  if (count("UNVERIFIED") > 0) {
    return yield* new TemplateProblem({
      message:
        `${count("UNVERIFIED")} of ${marks.length} checksums are not known. They are marked so, and no template is built ` +
        "with them: run this again where the makers' sites can be reached."
    })
  }
})
