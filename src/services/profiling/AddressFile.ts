// The file that says where this process's profiling listener is, and holds the key to it.
//
// Answers for: two lines, `127.0.0.1:41234` and the key, readable by this user alone; there from the listener's first moment
// to its end. Not for the listener, nor for who reads the file.
// Gotchas: who reads it sees an old file or a new one, never a part: it is written elsewhere and renamed. A killed process
// leaves its file behind; the key in it is then nobody's. At the end, a file that another process has put there stays.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"

export interface Announcement {
  /** Host and port, as a URL has them. */
  readonly address: string
  readonly key: Redacted.Redacted
}

const textOf = ({ address, key }: Announcement) => `${address}\n${Redacted.value(key)}\n`

const write = Effect.fnUntraced(function* (file: string, text: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.dirname(file)
  // The last part alone: a recursive mkdir of Node.js never ends where the kernel makes none, as below /proc.
  yield* fs.makeDirectory(folder, { mode: 0o700 }).pipe(
    Effect.catchIf(
      ({ reason }) => reason._tag === "AlreadyExists",
      () => Effect.void
    )
  )
  // Beside it, because renaming is atomic within one file system only; in a folder that nobody else may enter.
  const fresh = yield* fs.makeTempFileScoped({ directory: folder, prefix: `${path.basename(file)}.` })
  yield* fs.chmod(fresh, 0o600)
  yield* fs.writeFileString(fresh, text)
  yield* fs.rename(fresh, file)
}, Effect.scoped)

const remove = Effect.fnUntraced(function* (file: string, text: string) {
  const fs = yield* FileSystem.FileSystem
  if ((yield* fs.readFileString(file)) === text) yield* fs.remove(file)
})

/** Makes the file, in place of whatever was there, and removes it when the scope closes. Fails when it cannot be made. */
export const announce = (file: string, announcement: Announcement) =>
  Effect.acquireRelease(Effect.as(write(file, textOf(announcement)), textOf(announcement)), (text) =>
    Effect.ignore(remove(file, text))
  )

/** What a file says; none when it is not such a file. Fails when it cannot be read. */
export const read = Effect.fnUntraced(function* (file: string) {
  const fs = yield* FileSystem.FileSystem
  const [, address, key] = /^(\S+:\d+)\n(\S+)\n$/.exec(yield* fs.readFileString(file)) ?? []
  return address === undefined || key === undefined
    ? Option.none<Announcement>()
    : Option.some<Announcement>({ address, key: Redacted.make(key) })
})
