// Whether a configuration that is not written yet would load.
//
// Answers for: the loader's own judgement, over the files that are there and those that shall be.
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { loadConfig } from "../services/config/Config.ts"
import { refuse } from "./InitError.ts"
import type { WantedFile } from "./WrittenFiles.ts"

const absent = Option.none()

/** What is known of a file that is not written yet. */
export const plannedFile = (content: string): FileSystem.File.Info => ({
  type: "File",
  size: ByteSize.bytes(Buffer.byteLength(content)),
  mode: 0o600,
  dev: 0n,
  mtime: absent,
  atime: absent,
  birthtime: absent,
  ino: absent,
  nlink: absent,
  uid: absent,
  gid: absent,
  rdev: absent,
  blksize: absent,
  blocks: absent
})

/** The file system as it would be. */
const withFiles = (files: ReadonlyArray<WantedFile>) =>
  Effect.map(FileSystem.FileSystem, (fs): FileSystem.FileSystem => {
    const planned = new Map(files.map(({ content, path }) => [path, Redacted.value(content)]))
    return {
      ...fs,
      readFileString: (path, encoding) => {
        const content = planned.get(path)
        return content === undefined ? fs.readFileString(path, encoding) : Effect.succeed(content)
      },
      stat: (path) => {
        const content = planned.get(path)
        return content === undefined ? fs.stat(path) : Effect.succeed(plannedFile(content))
      }
    }
  })

/** Fails with what `runnerd check-config` would say. `file` is one of the files. */
export const checkFiles = Effect.fnUntraced(function* (file: string, files: ReadonlyArray<WantedFile>) {
  return yield* loadConfig(file).pipe(
    Effect.provideServiceEffect(FileSystem.FileSystem, withFiles(files)),
    Effect.mapError((error) => refuse(...error.format().split("\n")))
  )
})
