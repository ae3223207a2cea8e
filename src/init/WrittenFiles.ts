// Puts files where they belong: all of them, or none.
//
// Answers for: each file appears whole and readable by this user alone; nothing that was there is lost, even when it is
// replaced; and when one cannot be written, or the command is stopped in between, all is as before.
// Gotcha: a hard link, unlike a rename, fails where somebody was faster.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import { rmdir } from "node:fs/promises"
import { InitError, refuse } from "./InitError.ts"

export interface WantedFile {
  readonly path: string
  /** With the line break at its end. */
  readonly content: Redacted.Redacted
}

type Present = "absent" | "same" | "other"

/** Line breaks at the end are no part of what a file says. */
const said = (text: string) => text.replace(/[\r\n]+$/, "")

const presence = Effect.fnUntraced(function* ({ content, path }: WantedFile) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.readFileString(path).pipe(
    Effect.map((there): Present => (said(there) === said(Redacted.value(content)) ? "same" : "other")),
    Effect.catch((error) =>
      // A link that leads nowhere is there, too.
      error.reason._tag === "NotFound" ? fs.readLink(path).pipe(Effect.as<Present>("other")) : Effect.fail(error)
    ),
    Effect.catch((error) => Effect.succeed<Present>(error.reason._tag === "NotFound" ? "absent" : "other"))
  )
})

export const alreadyThere = (path: string): string =>
  `${path}: is there already and stays as it is; expected another place, or --force, which keeps a copy`

const cannotWrite = (path: string) => (error: PlatformError.PlatformError) =>
  error.reason._tag === "AlreadyExists"
    ? refuse(alreadyThere(path))
    : new InitError({ exitCode: 1, problems: [`${path}: cannot be written (${error.message}); nothing was`] })

/** Runs `undo` when the whole does not succeed. */
const undoneUnless = <R>(undo: Effect.Effect<void, unknown, R>) =>
  Effect.addFinalizer((exit) => (Exit.isSuccess(exit) ? Effect.void : Effect.ignore(undo)))

/** Whether it was absent. */
const makeFolder = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  return yield* fs.makeDirectory(folder, { mode: 0o700 }).pipe(
    Effect.as(true),
    Effect.catchIf(
      ({ reason }) => reason._tag === "AlreadyExists",
      () => Effect.succeed(false)
    )
  )
})

/** Only when nothing is in it. */
const removeFolder = (folder: string) => Effect.tryPromise(() => rmdir(folder))

/** The whole content on the disk, beside its place: renaming and linking are atomic within one file system only. */
const stage = Effect.fnUntraced(function* ({ content, path: target }: WantedFile) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const staged = yield* fs.makeTempFileScoped({ directory: path.dirname(target), prefix: `.${path.basename(target)}.` })
  yield* fs.chmod(staged, 0o600)
  const write = Effect.gen(function* () {
    const file = yield* fs.open(staged, { flag: "w" })
    yield* file.writeAll(new TextEncoder().encode(Redacted.value(content)))
    yield* file.sync
  })
  yield* Effect.scoped(write)
  return staged
})

const publish = Effect.fnUntraced(function* (staged: string, { path }: WantedFile, present: Present, copy: string) {
  const fs = yield* FileSystem.FileSystem
  if (present === "absent") {
    yield* fs.link(staged, path)
    return yield* undoneUnless(fs.remove(path))
  }
  yield* fs.link(path, copy)
  // Renaming does nothing when both are the same file still.
  yield* undoneUnless(Effect.andThen(fs.rename(copy, path), fs.remove(copy, { force: true })))
  yield* fs.rename(staged, path)
})

/** Which of them are there and say something else. */
export const conflicts = Effect.fnUntraced(function* (files: ReadonlyArray<WantedFile>) {
  const there = yield* Effect.forEach(files, (file) => Effect.map(presence(file), (is) => ({ ...file, is })))
  return there.filter(({ is }) => is === "other").map(({ path }) => path)
})

/**
 * Fails as `writeAll` would, and leaves nothing: for whoever must know before that all can be written. Only the places can
 * tell: whether they let this user in, have room, and know hard links.
 */
export const tryOut = Effect.fnUntraced(
  function* (files: ReadonlyArray<WantedFile>) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    for (const file of files) {
      const attempt = Effect.gen(function* () {
        const present = yield* presence(file)
        if (present === "same") return
        const folder = path.dirname(file.path)
        if (yield* makeFolder(folder)) yield* Effect.addFinalizer(() => Effect.ignore(removeFolder(folder)))
        const staged = yield* stage(file)
        const linked = `${path.dirname(staged)}.linked`
        yield* fs.link(present === "absent" ? staged : file.path, linked)
        yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(linked)))
      })
      yield* attempt.pipe(Effect.mapError(cannotWrite(file.path)))
    }
  },
  Effect.scoped,
  Effect.uninterruptible
)

/** A file that was there and said the same: it is not touched. */
export interface UsedFile {
  readonly path: string
  readonly othersCanRead: boolean
}

/** Fails with everything as it was. */
export const writeAll = Effect.fnUntraced(
  function* (files: ReadonlyArray<WantedFile>, force: boolean) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const there = yield* conflicts(files)
    if (there.length > 0 && !force) return yield* refuse(...there.map(alreadyThere))
    const now = DateTime.formatIso(yield* DateTime.now).replaceAll(/[:.]/g, "-")
    const copies: Array<string> = []
    const used: Array<UsedFile> = []
    for (const file of files) {
      const write = Effect.gen(function* () {
        const present = yield* presence(file)
        if (present === "same") {
          const { mode } = yield* fs.stat(file.path)
          used.push({ path: file.path, othersCanRead: (mode & 0o007) !== 0 })
          return
        }
        const folder = path.dirname(file.path)
        if (yield* makeFolder(folder)) yield* undoneUnless(removeFolder(folder))
        const copy = `${file.path}.before-${now}`
        yield* publish(yield* stage(file), file, present, copy)
        if (present === "other") copies.push(copy)
      })
      yield* write.pipe(Effect.mapError(cannotWrite(file.path)))
    }
    return { copies, used }
  },
  Effect.scoped,
  Effect.uninterruptible
)
