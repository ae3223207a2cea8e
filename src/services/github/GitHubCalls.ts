// Calls on behalf of a repository, with the credentials that speak for it.
//
// Answers for: choosing the credentials and, in App mode, repeating a call once with renewed ones when
// GitHub's refusal may be about the ones we hold; for walking through pages, of which those that are asked for again and
// again are remembered with their ETag; for knowing how much is left of the hourly limit; and for
// making no call while a limit holds.
// Gotcha: a 404 may mean that the App was installed anew or the repository moved, but far more often that a
// thing is just gone, so the installation is looked up again only when what we know of it is a minute old.
import type { Octokit } from "@octokit/core"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type GitHubError, Rejected } from "../../domain/GitHubError.ts"
import { type Client, type GitHubClients, notInstalled, type Repository } from "./GitHubClients.ts"
import { isTokenExchange } from "./GitHubFailure.ts"
import type { Caller, CallLimits } from "./GitHubTypes.ts"
import { withinLimits } from "./WithinLimits.ts"
import type { Answer, CallSpec, GitHubTransport, Refusal } from "./GitHubTransport.ts"
import type { PageOf, RememberedPages } from "./RememberedPages.ts"

const staleAfterMillis = 60_000
const pageSize = 100

/** Whether a Link header (RFC 8288) names a next page. */
const hasNextPage = (link: unknown): boolean =>
  typeof link === "string" && link.split(",").some((part) => /<[^>]*>\s*;.*\brel="?next"?(\s*;|\s*$)/.test(part))

/** Where the App is installed. `login`: the account's; whatever name will do when there is only one installation. */
export interface Installation {
  readonly id: number
  readonly login: string
}

type ItemsOf<A> = (data: unknown) => Effect.Effect<ReadonlyArray<A>, GitHubError>

export const makeGitHubCalls = (transport: GitHubTransport, clients: GitHubClients, limits?: CallLimits) => {
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

  const askOnce = Effect.fnUntraced(function* (repository: Repository, spec: CallSpec) {
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

  const call = Effect.fnUntraced(function* (
    repository: Repository,
    spec: CallSpec
  ): Effect.fn.Return<Answer, GitHubError> {
    if (repository.owner === "" || repository.name === "" || repository.name.includes("/")) {
      const detail = `"${repository.owner}/${repository.name}" does not name a repository; GitHub was not asked`
      return yield* transport.fail(spec.operation, new Rejected({ status: 0, detail }))
    }
    return yield* withinLimits(limits, { _tag: "Account", login: repository.owner }, spec, askOnce(repository, spec))
  })

  /** All pages of a list, each by `ask`; `itemsOf` decodes one page. */
  const pagesBy = Effect.fnUntraced(function* <A, E>(
    ask: (spec: CallSpec) => Effect.Effect<PageOf<A>, E>,
    spec: CallSpec,
    maxPages: number = Number.POSITIVE_INFINITY
  ): Effect.fn.Return<ReadonlyArray<A>, E> {
    const all: Array<A> = []
    for (let page = 1; ; page++) {
      const found: PageOf<A> = yield* ask({ ...spec, parameters: { ...spec.parameters, per_page: pageSize, page } })
      all.push(...found.items)
      if (found.items.length === 0 || !found.hasNext || page >= maxPages) return all
    }
  })

  const pageOf = <A>(answer: Answer, itemsOf: ItemsOf<A>): Effect.Effect<PageOf<A>, GitHubError> =>
    Effect.map(itemsOf(answer.data), (items) => ({ items, hasNext: hasNextPage(answer.headers["link"]) }))

  const pages = <A>(repository: Repository, spec: CallSpec, itemsOf: ItemsOf<A>) =>
    pagesBy((page) => Effect.flatMap(call(repository, page), (answer) => pageOf(answer, itemsOf)), spec)

  /** Like `pages`, for a list that is asked for again and again: a page that has not changed costs nothing. */
  const watchedPages = <A>(
    repository: Repository,
    spec: CallSpec,
    remembered: RememberedPages<A>,
    itemsOf: ItemsOf<A>,
    maxPages?: number
  ) =>
    pagesBy(
      Effect.fnUntraced(function* (page: CallSpec) {
        const key = JSON.stringify([page.route, page.path, page.parameters])
        const known = remembered.get(key)
        const answer = yield* call(repository, known === undefined ? page : { ...page, etag: known.etag })
        if (answer.status === 304 && known !== undefined) return known.page
        const found = yield* pageOf(answer, itemsOf)
        const etag = answer.headers["etag"]
        if (typeof etag === "string") remembered.set(key, { etag, page: found })
        return found
      }),
      spec,
      maxPages
    )

  /** A call by given credentials, with no second try. */
  const callAs = (caller: Caller, octokit: Octokit, spec: CallSpec): Effect.Effect<Answer, GitHubError> =>
    withinLimits(limits, caller, spec, transport.perform(octokit, spec).pipe(Effect.mapError(({ error }) => error)))

  /** A call in the name of the App itself. */
  const callAsApp = (spec: CallSpec): Effect.Effect<Answer, GitHubError> =>
    clients.app === undefined
      ? Effect.fail(
          transport.fail(spec.operation, new Rejected({ status: 0, detail: "only a GitHub App can ask this" }))
        )
      : callAs({ _tag: "App" }, clients.app, spec)

  const pagesAsApp = <A>(spec: CallSpec, itemsOf: ItemsOf<A>) =>
    pagesBy((page) => Effect.flatMap(callAsApp(page), (answer) => pageOf(answer, itemsOf)), spec)

  /** In the name of the installation on the account with this login. */
  const pagesOfInstallation = Effect.fnUntraced(function* <A>(
    { id, login }: Installation,
    spec: CallSpec,
    itemsOf: ItemsOf<A>
  ) {
    const octokit = yield* clients.ofInstallation(id)
    const ask = (page: CallSpec) => callAs({ _tag: "Account", login }, octokit, page)
    return yield* pagesBy((page) => Effect.flatMap(ask(page), (answer) => pageOf(answer, itemsOf)), spec)
  })

  return {
    call,
    callAsApp,
    pages,
    pagesAsApp,
    pagesOfInstallation,
    watchedPages,
    decode: transport.decode,
    fail: transport.fail
  }
}

export type GitHubCalls = ReturnType<typeof makeGitHubCalls>
