// Calls on behalf of a repository, with the credentials that speak for it.
//
// Answers for: choosing the credentials and, in App mode, repeating a call once with renewed ones when
// GitHub's refusal may be about the ones we hold; and for walking through pages.
// Gotcha: a 404 may mean that the App was installed anew or the repository moved, but far more often that a
// thing is just gone, so the installation is looked up again only when what we know of it is a minute old.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type GitHubError, Rejected } from "../../domain/GitHubError.ts"
import { type Client, type GitHubClients, notInstalled, type Repository } from "./GitHubClients.ts"
import { isTokenExchange } from "./GitHubFailure.ts"
import type { Answer, CallSpec, GitHubTransport, Refusal } from "./GitHubTransport.ts"

const staleAfterMillis = 60_000
const pageSize = 100

/** Whether a Link header (RFC 8288) names a next page. */
const hasNextPage = (link: unknown): boolean =>
  typeof link === "string" && link.split(",").some((part) => /<[^>]*>\s*;.*\brel="?next"?(\s*;|\s*$)/.test(part))

export const makeGitHubCalls = (transport: GitHubTransport, clients: GitHubClients) => {
  /** Credentials for a second try, if there is reason to think that they are better. */
  const renew = Effect.fnUntraced(function* (
    repository: Repository,
    operation: string,
    client: Client,
    refusal: Refusal
  ): Effect.fn.Return<Client | undefined, GitHubError> {
    const { raw } = refusal
    if (client.installationId === undefined || raw === undefined) return undefined
    if (raw.status !== 401 && raw.status !== 404) return undefined
    const exchange = isTokenExchange(raw)
    if (raw.status === 401) {
      // The App's own key was refused: nothing to renew.
      if (exchange) return undefined
      yield* clients.refreshToken(client, operation).pipe(Effect.mapError(({ error }) => error))
    }
    if (client.resolvedAtMillis === undefined) {
      if (exchange) return yield* transport.fail(operation, notInstalled(repository))
      return raw.status === 401 ? client : undefined
    }
    const ageMillis = (yield* Clock.currentTimeMillis) - client.resolvedAtMillis
    if (raw.status === 404 && !exchange && ageMillis < staleAfterMillis) return undefined
    yield* clients.forget(repository)
    const next = yield* clients.clientFor(repository)
    return raw.status === 401 || next.installationId !== client.installationId ? next : undefined
  })

  const call = Effect.fnUntraced(function* (
    repository: Repository,
    spec: CallSpec
  ): Effect.fn.Return<Answer, GitHubError> {
    if (repository.owner === "" || repository.name === "" || repository.name.includes("/")) {
      const detail = `"${repository.owner}/${repository.name}" does not name a repository; GitHub was not asked`
      return yield* transport.fail(spec.operation, new Rejected({ status: 0, detail }))
    }
    const client = yield* clients.clientFor(repository)
    return yield* transport
      .perform(client.octokit, spec)
      .pipe(
        Effect.catch((refusal) =>
          Effect.flatMap(renew(repository, spec.operation, client, refusal), (next) =>
            next === undefined
              ? Effect.fail(refusal.error)
              : transport.perform(next.octokit, spec).pipe(Effect.mapError(({ error }) => error))
          )
        )
      )
  })

  /** All pages of a list; `itemsOf` decodes one page. */
  const pages = Effect.fnUntraced(function* <A>(
    repository: Repository,
    spec: CallSpec,
    itemsOf: (data: unknown) => Effect.Effect<ReadonlyArray<A>, GitHubError>
  ): Effect.fn.Return<ReadonlyArray<A>, GitHubError> {
    const all: Array<A> = []
    for (let page = 1; ; page++) {
      const parameters = { ...spec.parameters, per_page: pageSize, page }
      const answer: Answer = yield* call(repository, { ...spec, parameters })
      const items = yield* itemsOf(answer.data)
      all.push(...items)
      if (items.length === 0 || !hasNextPage(answer.headers["link"])) return all
    }
  })

  return { call, pages, decode: transport.decode, fail: transport.fail }
}

export type GitHubCalls = ReturnType<typeof makeGitHubCalls>
