// Configuration files that exist in memory only, and a document that decodes.
//
// Answers for: loading a document as if it stood at /etc/runnerd/runnerd.yaml, beside other files.
import { generateKeyPairSync } from "node:crypto"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as PlatformError from "effect/PlatformError"
import { plannedFile } from "../../src/init/CheckedPlan.ts"
import { loadConfig } from "../../src/services/config/Config.ts"

export const folder = "/etc/runnerd"
export const configFile = `${folder}/runnerd.yaml`

const notFound = (method: string, path: string) =>
  Effect.fail(PlatformError.systemError({ _tag: "NotFound", module: "FileSystem", method, pathOrDescriptor: path }))

/** A file system that holds these files (absolute path to content) and nothing else. */
export const filesLayer = (files: Readonly<Record<string, string>>) =>
  Layer.merge(
    FileSystem.layerNoop({
      readFileString: (path) => {
        const content = files[path]
        return content === undefined ? notFound("readFileString", path) : Effect.succeed(content)
      },
      stat: (path) => {
        const content = files[path]
        if (content === undefined) return notFound("stat", path)
        return Effect.succeed(plannedFile(content))
      }
    }),
    Path.layer
  )

/** A document with only what is required. */
export const minimal = {
  admin: { token: "admin-secret" },
  e2b: { api_key: "e2b-secret", api_url: "https://api.e2b.app" },
  github: { webhook_secret: "webhook-secret", token: "github-secret" }
}

type Tree = { readonly [key: string]: unknown }

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value)

/** `changes` laid over `base`; an undefined value takes a key away. */
export const withChanges = (base: Tree, changes: Tree): Tree => {
  const result: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(changes)) {
    const below = base[key]
    if (value === undefined) delete result[key]
    else result[key] = isTree(below) && isTree(value) ? withChanges(below, value) : value
  }
  return result
}

/** Loads YAML text. */
export const loadText = (text: string, files: Readonly<Record<string, string>> = {}) =>
  loadConfig(configFile).pipe(Effect.provide(filesLayer({ ...files, [configFile]: text })))

/** Loads the minimal document with changes; JSON on one line is YAML. */
export const load = (changes: Tree = {}, files: Readonly<Record<string, string>> = {}) =>
  loadText(JSON.stringify(withChanges(minimal, changes)), files)

/** The problems of the minimal document with changes, one line each; none when it loads. */
export const problems = (changes: Tree, files: Readonly<Record<string, string>> = {}) =>
  load(changes, files).pipe(
    Effect.as<ReadonlyArray<string>>([]),
    Effect.catchTag("ConfigError", (error) => Effect.succeed(error.format().split("\n")))
  )

/** The lines that the text of a file leads to. */
export const problemsOfText = (text: string) =>
  loadText(text).pipe(
    Effect.as<ReadonlyArray<string>>([]),
    Effect.catchTag("ConfigError", (error) => Effect.succeed(error.format().split("\n")))
  )

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey

export const pem = {
  pkcs1: rsa.export({ type: "pkcs1", format: "pem" }).toString(),
  pkcs8: rsa.export({ type: "pkcs8", format: "pem" }).toString(),
  elliptic: elliptic.export({ type: "pkcs8", format: "pem" }).toString(),
  encrypted: rsa.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString()
}
