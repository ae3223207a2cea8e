// What `runnerd profile` does: fetches profiles of a running runnerd on this machine into files.
//
// Answers for: finding it by its address file, files that only this user may read, saying how far it is, and what to do when there
// is nothing to fetch from. Not for the profiles (services/profiling/Profiles.ts), nor for arguments (ProfileFlags.ts).
// Gotcha: the key is sent to whoever listens at that address. A file that a killed process left behind holds the key of nobody.
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import type * as PlatformError from "effect/PlatformError"
import { type Announcement, read } from "./services/profiling/AddressFile.ts"
import type { Subject } from "./services/profiling/Bounds.ts"

type Kind = Exclude<Subject, "all">

/** Nothing was fetched, for this reason; it says what to do. */
export class ProfileError extends Data.TaggedError("ProfileError")<{ readonly message: string }> {}

const kinds: Readonly<
  Record<Kind, { readonly path: string; readonly suffix: string; readonly name: string; readonly timed: boolean }>
> = {
  cpu: { path: "/debug/pprof/profile", suffix: "cpuprofile", name: "CPU profile", timed: true },
  allocs: { path: "/debug/pprof/allocs", suffix: "heapprofile", name: "profile of allocations", timed: true },
  heap: { path: "/debug/pprof/heap", suffix: "heapsnapshot", name: "heap snapshot", timed: false },
  counters: { path: "/debug/vars", suffix: "counters.json", name: "counters", timed: false }
}

/** The one with the pause comes last. */
const inOrder: ReadonlyArray<Kind> = ["cpu", "allocs", "counters", "heap"]

const mebibyte = 1024 * 1024
const progressBytes = 64 * mebibyte

const sized = (bytes: number) =>
  bytes < mebibyte ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / mebibyte).toFixed(1)} MiB`

const find = Effect.fnUntraced(function* (file: string) {
  const explained = ({ reason }: PlatformError.PlatformError) =>
    new ProfileError({
      message:
        reason._tag === "NotFound"
          ? `there is no ${file}: either no runnerd runs with this configuration, or profiling.enabled is false, or the file could not be written (the log of the start says so)`
          : `${file} cannot be read (${reason._tag}): only the user that runnerd runs as may`
    })
  const found = yield* Effect.mapError(read(file), explained)
  if (Option.isSome(found)) return found.value
  return yield* new ProfileError({ message: `${file} is no address file of runnerd's profiling listener` })
})

const isRefusal = Schema.is(Schema.Struct({ error: Schema.String }))

const refusalOf = Effect.fnUntraced(function* (
  response: HttpClientResponse.HttpClientResponse,
  file: string,
  { address }: Announcement
) {
  const said = yield* Effect.orElseSucceed(response.json, () => undefined)
  return new ProfileError({
    message:
      response.status === 401 || !isRefusal(said)
        ? `another process listens at ${address}, which ${file} names: the runnerd that wrote it was killed`
        : said.error
  })
})

/** Counts seconds on stderr, in ten steps at most, until it is interrupted. */
const countSeconds = (seconds: number) =>
  Effect.gen(function* () {
    const step = Math.ceil(seconds / 10)
    for (let passed = step; passed < seconds; passed += step) {
      yield* Effect.sleep(`${step} seconds`)
      yield* Console.error(`  ${passed} of ${seconds} s`)
    }
    return yield* Effect.never
  })

const announceBegin = (kind: Kind, seconds: number, address: string) => {
  const { name, timed } = kinds[kind]
  const pause = kind === "heap" ? "; runnerd stands still while it is made" : ""
  return Console.error(`${name} of the runnerd at ${address}${timed ? `, ${seconds} s` : pause}`)
}

/** The bytes, told of on stderr every now and then. */
const withProgress = <E>(bytes: Stream.Stream<Uint8Array, E>) => {
  let received = 0
  return Stream.tap(bytes, (chunk) => {
    const before = Math.floor(received / progressBytes)
    received += chunk.length
    return Math.floor(received / progressBytes) > before ? Console.error(`  ${sized(received)}`) : Effect.void
  })
}

const save = Effect.fnUntraced(function* <E>(bytes: Stream.Stream<Uint8Array, E>, file: string) {
  const fs = yield* FileSystem.FileSystem
  // A file that is there already stays as it is, and is not read by more people than a new one.
  yield* fs.writeFileString(file, "", { flag: "wx", mode: 0o600 })
  yield* Stream.run(withProgress(bytes), fs.sink(file, { flag: "a" })).pipe(
    Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.ignore(fs.remove(file))))
  )
  return Number((yield* fs.stat(file)).size)
})

const fetchOne = Effect.fnUntraced(function* (kind: Kind, seconds: number, addressFile: string, out: string) {
  const announced = yield* find(addressFile)
  const { name, path, timed } = kinds[kind]
  yield* announceBegin(kind, seconds, announced.address)
  const request = HttpClientRequest.get(`http://${announced.address}${path}${timed ? `?seconds=${seconds}` : ""}`).pipe(
    HttpClientRequest.bearerToken(Redacted.value(announced.key))
  )
  const response = yield* HttpClient.execute(request).pipe(
    Effect.raceFirst(countSeconds(timed ? seconds : 0)),
    Effect.mapError(
      () =>
        new ProfileError({
          message: `nothing answers at ${announced.address}, which ${addressFile} names: that runnerd is over, or ended meanwhile`
        })
    )
  )
  if (response.status !== 200) return yield* yield* refusalOf(response, addressFile, announced)
  const size = yield* Effect.mapError(
    save(response.stream, out),
    (error) =>
      new ProfileError({
        message:
          error._tag === "PlatformError" ? `${out} cannot be written: ${error.reason._tag}` : `the ${name} broke off`
      })
  )
  yield* Console.log(`${out}  ${sized(size)}${kind === "heap" ? "; it holds every secret in runnerd's memory" : ""}`)
})

/**
 * Fetches what is asked for. `out`: the file, or the folder for `all`; none: files of their own names in this folder.
 * `seconds`: how long the timed ones take. Fails with `ProfileError`.
 */
export const profile = Effect.fnUntraced(
  function* (options: {
    readonly subject: Subject
    readonly seconds: number
    /** Null: this configuration has none. */
    readonly addressFile: string | null
    readonly out: Option.Option<string>
  }) {
    const { addressFile, out, seconds, subject } = options
    if (addressFile === null)
      return yield* new ProfileError({ message: "profiling.enabled is false in this configuration" })
    const path = yield* Path.Path
    const stamp = DateTime.formatIso(yield* DateTime.now).replaceAll(/[-:]|\.\d+/g, "")
    const nameOf = (kind: Kind) => `runnerd-${stamp}.${kinds[kind].suffix}`
    if (subject !== "all") {
      return yield* fetchOne(
        subject,
        seconds,
        addressFile,
        Option.getOrElse(out, () => nameOf(subject))
      )
    }
    const folder = Option.getOrElse(out, () => ".")
    for (const kind of inOrder) yield* fetchOne(kind, seconds, addressFile, path.join(folder, nameOf(kind)))
  },
  // Not undici, which gives up an answer that has not begun after five minutes.
  Effect.provide(NodeHttpClient.layerNodeHttp)
)
