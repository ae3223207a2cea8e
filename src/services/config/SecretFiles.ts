// A secret written in the configuration file, or kept in a file of its own that the configuration names.
//
// Answers for: exactly one of the two, reading the file, and what a secret must be to be sent. Not for which secrets
// there are. Gotcha: no message holds the secret nor the path, because secrets do get pasted where a path belongs.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { ConfigReport } from "./ConfigReport.ts"

/** Far above any key or token; keeps a wrong path to something huge from filling the memory. */
const largestBytes = 1024 * 1024

interface SecretSource {
  /** The full name of the key, such as `admin.token`; its twin is `<name>_file`. */
  readonly name: string
  readonly inline: Redacted.Redacted | undefined
  readonly file: string | undefined
}

export const secretIsMentioned = (source: SecretSource, report: ConfigReport): boolean =>
  source.inline !== undefined ||
  source.file !== undefined ||
  report.isWrong(source.name) ||
  report.isWrong(`${source.name}_file`)

const readSecretFile = Effect.fnUntraced(function* (file: string, folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const resolved = path.resolve(folder, file)
  const info = yield* Effect.result(fs.stat(resolved))
  if (Result.isFailure(info)) {
    const missing = info.failure.reason._tag === "NotFound"
    return yield* Effect.fail(
      `the file it names ${missing ? "does not exist" : "cannot be read"}; expected a readable file, ` +
        `by its absolute path or relative to ${folder}`
    )
  }
  if (info.success.type !== "File")
    return yield* Effect.fail("names something that is no file; expected a readable file")
  if (info.success.size > BigInt(largestBytes)) {
    return yield* Effect.fail("the file it names is larger than 1 MiB; expected a file with the secret alone")
  }
  const content = yield* Effect.mapError(
    fs.readFileString(resolved),
    () => "the file it names cannot be read; check who may read it"
  )
  const value = content.replace(/[\r\n]+$/, "")
  if (value.trim() === "") return yield* Effect.fail("the file it names is empty; expected the secret in it")
  return Redacted.make(value)
})

/**
 * The secret from wherever it is given. Undefined when it is absent, or wrong in a way that has been reported.
 * Line breaks at the end of a file are no part of the secret.
 */
export const readSecret = Effect.fnUntraced(function* (source: SecretSource, folder: string, report: ConfigReport) {
  const fileKey = `${source.name}_file`
  if (source.inline !== undefined && source.file !== undefined) {
    report.add(source.name, `is given together with ${fileKey}; expected one of the two`)
  }
  if (source.file === undefined) return source.inline
  const read = yield* Effect.result(readSecretFile(source.file, folder))
  if (Result.isSuccess(read)) return source.inline === undefined ? read.success : undefined
  report.add(fileKey, read.failure)
  return undefined
})

/** As `readSecret`, for one that runnerd cannot do without. */
export const requireSecret = Effect.fnUntraced(function* (source: SecretSource, folder: string, report: ConfigReport) {
  if (!secretIsMentioned(source, report)) {
    report.add(source.name, `is missing; expected a text, or a file that holds it in ${source.name}_file`)
  }
  return yield* readSecret(source, folder, report)
})

/** For secrets that travel in an HTTP header: anything but visible ASCII would fail at the first call, or be cut. */
export const requireHeaderSafe = (
  name: string,
  value: Redacted.Redacted | undefined,
  report: ConfigReport
): Redacted.Redacted | undefined => {
  if (value === undefined || /^[\x21-\x7e]+$/.test(Redacted.value(value))) return value
  report.add(name, "holds a space, a line break or a character outside ASCII; expected visible ASCII characters only")
  return undefined
}
