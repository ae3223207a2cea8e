// The Octokit that may speak for a repository.
//
// Answers for: the three ways to authenticate; in App mode for finding the repository's installation,
// remembering it, and forgetting it when it turned out stale.
// Gotchas: Octokit shares token exchanges that are under way through a map of the whole process, so one
// that hung would hold up every later call: our fetch gives each request without a signal a time limit.
// Octokit repeats a 401 for 3 s after a token was made (replication delay). No throttling and no retry
// plugin: they serialise writes and repeat POSTs.
import { App } from "@octokit/app"
import { Octokit } from "@octokit/core"
import * as Cache from "effect/Cache"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type GitHubError, NotInstalled } from "../../domain/GitHubError.ts"
import { failureOf } from "./GitHubFailure.ts"
import type { GitHubTransport, Refusal } from "./GitHubTransport.ts"
import type { GitHubOptions } from "./GitHubTypes.ts"
import { withinLimits } from "./WithinLimits.ts"

/** `owner/name`, split. */
export interface Repository {
  readonly owner: string
  readonly name: string
}

/** Who speaks for a repository, and how old that knowledge is. */
export interface Client {
  readonly octokit: Octokit
  /** undefined: not an App. */
  readonly installationId: number | undefined
  /** Epoch milliseconds; undefined: the installation was configured, not looked up. */
  readonly resolvedAtMillis: number | undefined
}

export interface GitHubClients {
  readonly clientFor: (repository: Repository) => Effect.Effect<Client, GitHubError>
  /** The next `clientFor` looks the installation up again. */
  readonly forget: (repository: Repository) => Effect.Effect<void>
  /** Speaks for the App itself; undefined: not an App. */
  readonly app: Octokit | undefined
  /** Speaks for that installation of the App. */
  readonly ofInstallation: (installationId: number) => Effect.Effect<Octokit>
  /** Replaces the installation's token. */
  readonly refreshToken: (client: Client, operation: string) => Effect.Effect<void, Refusal>
}

/** The App is not where this repository is. */
export const notInstalled = (repository: Repository) =>
  new NotInstalled({ repository: `${repository.owner}/${repository.name}` })

const ignore = () => undefined
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore }

const baseOctokit = (options: GitHubOptions) => {
  const limit = Duration.toMillis(options.callTimeout)
  const boundedFetch: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(limit) })
  return Octokit.defaults({
    baseUrl: options.baseUrl.replace(/\/+$/, ""),
    userAgent: "runnerd",
    log,
    request: { fetch: boundedFetch }
  })
}

/** Names at GitHub are case-insensitive. */
const keyOf = (repository: Repository) => `${repository.owner}/${repository.name}`.toLowerCase()

const fixedClient = (octokit: Octokit): GitHubClients => {
  const client: Client = { octokit, installationId: undefined, resolvedAtMillis: undefined }
  return {
    clientFor: () => Effect.succeed(client),
    app: undefined,
    ofInstallation: () => Effect.succeed(octokit),
    forget: () => Effect.void,
    refreshToken: () => Effect.void
  }
}

export const makeGitHubClients = Effect.fnUntraced(function* (
  options: GitHubOptions,
  transport: GitHubTransport
): Effect.fn.Return<GitHubClients> {
  const { auth } = options
  const Base = baseOctokit(options)
  if (auth._tag === "Token") return fixedClient(new Base({ auth: Redacted.value(auth.token) }))
  if (auth._tag === "Basic") {
    const octokit = new Base()
    octokit.hook.before("request", (request) => {
      const credentials = Buffer.from(`${auth.username}:${Redacted.value(auth.password)}`).toString("base64")
      request.headers.authorization = `Basic ${credentials}`
    })
    return fixedClient(octokit)
  }

  const app = new App({ appId: auth.appId, privateKey: Redacted.value(auth.privateKey), Octokit: Base, log })
  const octokits = new Map<number, Octokit>()
  const octokitOf = (installationId: number) =>
    Effect.promise(async () => {
      const octokit = octokits.get(installationId) ?? (await app.getInstallationOctokit(installationId))
      octokits.set(installationId, octokit)
      return octokit
    })

  const decodeInstallation = transport.decode("installation", Schema.Struct({ id: Schema.Int }))
  const findInstallation = Effect.fnUntraced(function* (repository: Repository) {
    const operation = "installation"
    const ask = transport
      .perform(app.octokit, {
        operation,
        route: "GET /repos/{owner}/{repo}/installation",
        path: { owner: repository.owner, repo: repository.name }
      })
      .pipe(
        Effect.mapError(({ error, raw }) =>
          raw?.status === 404 ? transport.fail(operation, notInstalled(repository)) : error
        )
      )
    const answer = yield* withinLimits(options.limits, { _tag: "App" }, { operation }, ask)
    return (yield* decodeInstallation(answer.data)).id
  })

  // Concurrent callers share one look-up; failures are not remembered.
  const installations = yield* Cache.makeWith(
    Effect.fnUntraced(function* (key: string) {
      const [owner = "", name = ""] = key.split("/")
      const installationId = yield* findInstallation({ owner, name })
      return { installationId, resolvedAtMillis: yield* Clock.currentTimeMillis }
    }),
    { capacity: 10_000, timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.infinity : Duration.zero) }
  )

  const clientFor = Effect.fnUntraced(function* (repository: Repository): Effect.fn.Return<Client, GitHubError> {
    if (auth.installationId !== undefined) {
      const octokit = yield* octokitOf(auth.installationId)
      return { octokit, installationId: auth.installationId, resolvedAtMillis: undefined }
    }
    const found = yield* Cache.get(installations, keyOf(repository))
    return { octokit: yield* octokitOf(found.installationId), ...found }
  })

  return {
    clientFor,
    app: app.octokit,
    ofInstallation: octokitOf,
    forget: (repository) => Cache.invalidate(installations, keyOf(repository)),
    refreshToken: (client, operation) =>
      Effect.tryPromise({
        try: () => app.octokit.auth({ type: "installation", installationId: client.installationId, refresh: true }),
        catch: (error) => transport.explain(operation, failureOf(error))
      })
  }
})
