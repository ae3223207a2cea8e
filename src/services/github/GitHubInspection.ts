// What GitHub says of us: who we are, what we may do, where we are installed, where our webhooks go.
//
// Answers for: asking, for whoever looks into an installation. Nothing is changed, and no limit is remembered: what GitHub
// says now counts. Not for what it should say (services/doctor).
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { makeApp } from "./AppCalls.ts"
import { makeGitHubCalls } from "./GitHubCalls.ts"
import { makeGitHubClients } from "./GitHubClients.ts"
import { makeGitHubTransport } from "./GitHubTransport.ts"
import type { GitHubOptions } from "./GitHubTypes.ts"

const Permissions = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Undefined]))

const AnApp = Schema.Struct({
  id: Schema.Int,
  slug: Schema.optional(Schema.String),
  permissions: Permissions,
  events: Schema.Array(Schema.String)
})

const AnInstallation = Schema.Struct({
  id: Schema.Int,
  account: Schema.optional(Schema.NullOr(Schema.Struct({ login: Schema.optional(Schema.String) }))),
  permissions: Permissions,
  suspended_at: Schema.optional(Schema.NullOr(Schema.String))
})

const Hook = Schema.Struct({
  url: Schema.optional(Schema.String),
  content_type: Schema.optional(Schema.String),
  insecure_ssl: Schema.optional(Schema.Union([Schema.String, Schema.Finite]))
})

const Repositories = Schema.Struct({ repositories: Schema.Array(Schema.Struct({ full_name: Schema.String })) })
const Login = Schema.Struct({ login: Schema.String })

export interface InspectedInstallation {
  readonly id: number
  readonly login: string
  readonly permissions: Readonly<Record<string, string | undefined>>
  readonly suspended: boolean
}

/** Nothing is contacted until a method is called. `app`, `installations`, `repositories`, `hook`, `deliveries`: App only. */
export const makeGitHubInspection = Effect.fnUntraced(function* (options: GitHubOptions) {
  const transport = makeGitHubTransport(options)
  const calls = makeGitHubCalls(transport, yield* makeGitHubClients(options, transport))
  const anywhere = { owner: "runnerd", name: "doctor" }
  const decodeApp = transport.decode("app", AnApp)
  const decodeInstallations = transport.decode("installations", Schema.Array(AnInstallation))
  const decodeRepositories = transport.decode("repositories", Repositories)
  const decodeHook = transport.decode("hook", Hook)
  const decodeLogin = transport.decode("user", Login)

  return {
    app: Effect.gen(function* () {
      const answer = yield* calls.callAsApp({ operation: "app", route: "GET /app", path: {} })
      return yield* decodeApp(answer.data)
    }),
    installations: calls
      .pagesAsApp({ operation: "installations", route: "GET /app/installations", path: {} }, decodeInstallations)
      .pipe(
        Effect.map((all) =>
          all.map(({ account, id, permissions, suspended_at }): InspectedInstallation => ({
            id,
            login: account?.login ?? String(id),
            permissions,
            suspended: suspended_at != null
          }))
        )
      ),
    /** Full names of the repositories that an installation reaches; with a token made for it now. */
    repositories: ({ id, login }: InspectedInstallation) =>
      calls.pagesOfInstallation(
        { id, login },
        { operation: "repositories", route: "GET /installation/repositories", path: {} },
        (data) => Effect.map(decodeRepositories(data), (page) => page.repositories.map((each) => each.full_name))
      ),
    hook: Effect.gen(function* () {
      const answer = yield* calls.callAsApp({ operation: "hook", route: "GET /app/hook/config", path: {} })
      const { content_type, insecure_ssl, url } = yield* decodeHook(answer.data)
      return { url: url ?? "", contentType: content_type ?? "form", verifiesTls: String(insecure_ssl ?? "0") !== "1" }
    }),
    /** The newest hundred attempts. */
    deliveries: Effect.map(makeApp(calls, options).hookDeliveries(undefined), ({ deliveries }) => deliveries),
    /** Whose token or password it is. `scopes`: of a classic token; undefined: GitHub does not say. */
    user: Effect.gen(function* () {
      const answer = yield* calls.call(anywhere, { operation: "user", route: "GET /user", path: {} })
      const scopes = answer.headers["x-oauth-scopes"]
      const { login } = yield* decodeLogin(answer.data)
      return { login, scopes: typeof scopes === "string" ? scopes.split(",").map((scope) => scope.trim()) : undefined }
    })
  }
})

export type GitHubInspection = Effect.Success<ReturnType<typeof makeGitHubInspection>>
