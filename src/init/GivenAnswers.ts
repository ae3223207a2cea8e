// What flags and files that are there say, before anybody is asked.
//
// Answers for: checking each flag, which of them exclude or need each other, and secrets of an earlier start (deploy/README.md
// has people make them by hand): they are used as they are. Not for what is still missing (Questions.ts).
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Given, GitHubAnswer } from "./Answers.ts"
import * as Checks from "./Checks.ts"
import type { InitOptions } from "./InitFlags.ts"
import { existingSecret, type SecretName } from "./SecretFolder.ts"

type Files = FileSystem.FileSystem | Path.Path

export const usualAppName = (organization: string | undefined): string =>
  organization === undefined ? "runnerd" : `runnerd-${organization}`.slice(0, 34)

interface Read {
  readonly given: Given
  readonly problems: ReadonlyArray<string>
}

/** `folder`: where the configuration file shall be. */
export const readGiven = Effect.fnUntraced(function* (
  options: InitOptions,
  folder: string
): Effect.fn.Return<Read, never, Files> {
  const problems: Array<string> = []

  const noted = Effect.fnUntraced(function* <A>(name: string, check: Effect.Effect<A, string, Files>) {
    const result = yield* Effect.result(check)
    if (Result.isSuccess(result)) return result.success
    problems.push(`${name}: ${result.failure}`)
    return undefined
  })
  const flag = <A>(name: string, value: Option.Option<string>, check: Checks.Check<A, Files>) =>
    Option.isNone(value) ? Effect.succeed(undefined) : noted(`--${name}`, check(value.value))

  /** As the flag says; else what is in the secrets' folder. */
  const secret = Effect.fnUntraced(function* (
    name: string,
    value: Option.Option<string>,
    check: Checks.Check<Redacted.Redacted, Files>,
    own: SecretName
  ) {
    if (Option.isSome(value)) return yield* flag(name, value, check)
    return yield* noted(`secrets/${own}`, existingSecret(folder, own, check))
  })

  const { appId, appKeyFile, gitHubApp, gitHubTokenFile } = options
  const exists = Option.isSome(appId) || Option.isSome(appKeyFile)
  const ways = [gitHubApp, exists, Option.isSome(gitHubTokenFile)].filter((way) => way).length
  if (ways > 1) {
    problems.push("--github-app, --app-id with --app-key-file, --github-token-file: exclude each other; expected one")
  }
  for (const name of ["appName", "organization"] as const) {
    if (Option.isSome(options[name]) && !gitHubApp) {
      problems.push(`--${name === "appName" ? "app-name" : name}: goes with --github-app`)
    }
  }
  if (gitHubApp && Option.isSome(options.webhookSecretFile)) {
    problems.push("--webhook-secret-file: does not go with --github-app; GitHub makes the secret then")
  }

  const readGitHub = Effect.gen(function* (): Effect.fn.Return<GitHubAnswer | undefined, never, Files> {
    if (gitHubApp) {
      const organization = yield* flag("organization", options.organization, Checks.organization)
      const name = yield* flag("app-name", options.appName, Checks.appName)
      return { _tag: "NewApp", organization, name: name ?? usualAppName(organization), port: options.pagePort }
    }
    if (exists) {
      const id = yield* flag("app-id", appId, Checks.appId)
      const privateKey = yield* secret("app-key-file", appKeyFile, Checks.privateKeyInFile, "github-app-key")
      if (Option.isNone(appId)) problems.push("--app-key-file: goes with --app-id")
      else if (Option.isNone(appKeyFile) && privateKey === undefined) {
        problems.push("--app-id: goes with --app-key-file")
      }
      return id === undefined || privateKey === undefined ? undefined : { _tag: "App", id, privateKey }
    }
    const token = yield* flag("github-token-file", gitHubTokenFile, Checks.headerSafeInFile)
    return token && { _tag: "Token", token }
  })

  const gitHub = yield* readGitHub
  const database = yield* flag("database", options.database, Checks.database)
  const password = options.databasePasswordFile
  const given: Given = {
    gitHub,
    gitHubApiUrl: yield* flag("github-api-url", options.gitHubApiUrl, Checks.gitHubApiUrl),
    webhookSecret: gitHubApp
      ? undefined
      : yield* secret("webhook-secret-file", options.webhookSecretFile, Checks.secretInFile, "webhook-secret"),
    publicUrl: yield* flag("public-url", options.publicUrl, Checks.publicUrl),
    repositories: yield* flag("allow", options.allow, Checks.repositories),
    e2bKey: yield* secret("e2b-key-file", options.e2bKeyFile, Checks.headerSafeInFile, "e2b-api-key"),
    e2bApiUrl: yield* flag("e2b-api-url", options.e2bApiUrl, Checks.e2bApiUrl),
    database,
    databasePassword:
      database?.backend === "postgres" || Option.isSome(password)
        ? yield* secret("database-password-file", password, Checks.secretInFile, "database-password")
        : undefined,
    listen: yield* flag("listen", options.listen, Checks.listenAddress)
  }
  return { given, problems }
})
