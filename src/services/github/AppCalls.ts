// What only a GitHub App can ask: where it is installed, and what became of its webhooks.
//
// Gotchas: the log of deliveries goes by an opaque cursor in the Link header, not by pages, and has one entry per attempt.
// A suspended installation gives no tokens, and one account's limit or list of allowed addresses says nothing of the others.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { GitHubCalls, Installation } from "./GitHubCalls.ts"
import type { GitHubOptions, HookDelivery } from "./GitHubTypes.ts"

const pageSize = 100

const Delivery = Schema.Struct({
  id: Schema.Int,
  guid: Schema.String,
  delivered_at: Schema.DateTimeUtcFromString,
  status_code: Schema.Finite,
  event: Schema.String,
  action: Schema.NullOr(Schema.String),
  installation_id: Schema.optional(Schema.NullOr(Schema.Int))
})

const deliveryOf = (delivery: typeof Delivery.Type): HookDelivery => ({
  id: delivery.id,
  guid: delivery.guid,
  deliveredAt: delivery.delivered_at,
  succeeded: delivery.status_code >= 200 && delivery.status_code < 300,
  statusCode: delivery.status_code,
  event: delivery.event,
  action: delivery.action,
  installationId: delivery.installation_id ?? null
})

// An enterprise's account has no login.
const AnInstallation = Schema.Struct({
  id: Schema.Int,
  account: Schema.optional(Schema.NullOr(Schema.Struct({ login: Schema.optional(Schema.String) }))),
  suspended_at: Schema.optional(Schema.NullOr(Schema.String))
})
const Repositories = Schema.Struct({ repositories: Schema.Array(Schema.Struct({ full_name: Schema.String })) })
const Detail = Schema.Struct({ request: Schema.Struct({ payload: Schema.Unknown }) })

/** The cursor of the next page in a Link header. */
const nextCursor = (link: unknown): string | undefined => {
  const next = typeof link === "string" ? /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link)?.[1] : undefined
  return next === undefined ? undefined : (new URL(next).searchParams.get("cursor") ?? undefined)
}

export const makeApp = (calls: GitHubCalls, { auth }: GitHubOptions) => {
  const decodeDeliveries = calls.decode("hookDeliveries", Schema.Array(Delivery))
  const decodeDetail = calls.decode("hookDeliveryBody", Detail)
  const decodeInstallations = calls.decode("installedRepositories", Schema.Array(AnInstallation))
  const decodeRepositories = calls.decode("installedRepositories", Repositories)

  const hookDeliveries = Effect.fn("GitHub.hookDeliveries")(function* (cursor: string | undefined) {
    const answer = yield* calls.callAsApp({
      operation: "hookDeliveries",
      route: "GET /app/hook/deliveries",
      path: {},
      parameters: { per_page: pageSize, ...(cursor === undefined ? {} : { cursor }) }
    })
    const deliveries = (yield* decodeDeliveries(answer.data)).map(deliveryOf)
    return { deliveries, next: nextCursor(answer.headers["link"]) }
  })

  const hookDeliveryBody = Effect.fn("GitHub.hookDeliveryBody")(function* (deliveryId: number) {
    const answer = yield* calls.callAsApp({
      operation: "hookDeliveryBody",
      route: "GET /app/hook/deliveries/{delivery_id}",
      path: { delivery_id: deliveryId }
    })
    const { payload } = (yield* decodeDetail(answer.data)).request
    // Octokit reads integers beyond 2^53 as BigInt, which JSON has no word for; as numbers they are refused like any wrong id.
    return JSON.stringify(payload, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value))
  })

  const installations = Effect.gen(function* () {
    if (auth._tag !== "App") return []
    if (auth.installationId !== undefined) return [{ id: auth.installationId, login: "" }]
    const all = yield* calls.pagesAsApp(
      { operation: "installedRepositories", route: "GET /app/installations", path: {} },
      decodeInstallations
    )
    return all.flatMap(({ account, id, suspended_at }): ReadonlyArray<Installation> =>
      suspended_at == null ? [{ id, login: account?.login ?? "" }] : []
    )
  })

  const installedRepositories = Effect.fn("GitHub.installedRepositories")(function* () {
    const all: Array<string> = []
    for (const installation of yield* installations) {
      const asked = calls.pagesOfInstallation(
        installation,
        { operation: "installedRepositories", route: "GET /installation/repositories", path: {} },
        (data) => Effect.map(decodeRepositories(data), (page) => page.repositories.map((each) => each.full_name))
      )
      all.push(
        ...(yield* Effect.catchIf(
          asked,
          ({ reason }) => reason._tag !== "Unauthorized",
          (error) =>
            Effect.as(
              Effect.logWarning(
                "The repositories of an account could not be listed; they are left out for now",
                error.message
              ).pipe(Effect.annotateLogs({ account: installation.login })),
              []
            )
        ))
      )
    }
    return all
  })

  return { hookDeliveries, hookDeliveryBody, installedRepositories }
}
