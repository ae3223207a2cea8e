// The secrets that a configuration begun by `runnerd init` names: files of their own in `secrets/` beside it, as
// deploy/README.md has them.
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as Redacted from "effect/Redacted"
import type { Check } from "./Checks.ts"

export type SecretName =
  | "admin-token"
  | "webhook-secret"
  | "e2b-api-key"
  | "github-app-key"
  | "github-token"
  | "database-password"

/** As the configuration names it, from its own folder. */
export const secretPath = (name: SecretName): string => `secrets/${name}`

/** What is there already; undefined when nothing is. Fails when it is not fit for its purpose. */
export const existingSecret = Effect.fnUntraced(function* <R>(
  folder: string,
  name: SecretName,
  check: Check<Redacted.Redacted, R>
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.resolve(folder, secretPath(name))
  if (!(yield* Effect.orElseSucceed(fs.exists(file), () => false))) return undefined
  return yield* check(file)
})
