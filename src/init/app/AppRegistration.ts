// GitHub's manifest flow: a page on this machine sends a browser to GitHub, which sends it back with a code.
//
// Answers for: that only the browser that was sent is believed (by a state that nobody can guess), once, and for an hour; and
// that whoever waits in the browser is told how it ended. Not for what becomes of the App (Init.ts).
// Gotcha: the page's own address cannot be guessed either: others on this machine could otherwise read the state in it.
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Base64Url from "effect/encoding/Base64Url"
import * as HttpServer from "effect/http/HttpServer"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { createServer } from "node:http"
import { givenUp, InitError } from "../InitError.ts"
import { type AppWish, gitHubOrigin, manifestOf, newAppUrl } from "./AppManifest.ts"
import { convert, type MadeApp } from "./Conversion.ts"
import { installPage, messagePage, startPage } from "./LocalPages.ts"

/** As long as GitHub's code counts. */
const patience = Duration.hours(1)

const unguessable = Effect.gen(function* () {
  const { randomBytes } = yield* SecureRandom.SecureRandom
  return Base64Url.encode(yield* randomBytes(24))
})

const failed = (problem: string) => new InitError({ exitCode: 1, problems: [problem] })

interface Visit {
  /** Of this page, from the root. */
  readonly place: string
  readonly state: string
  readonly start: ReturnType<typeof startPage>
  readonly code: Deferred.Deferred<string, InitError>
  readonly outcome: Deferred.Deferred<MadeApp, InitError>
}

const comeBack = Effect.fnUntraced(function* ({ code, outcome, state }: Visit, query: URLSearchParams) {
  if (query.get("state") !== state) {
    yield* Console.error("init: a page that came back with another state was refused; waiting goes on")
    return messagePage(400, "That was not asked for here", "The state is another one than was sent. Nothing was done.")
  }
  const given = query.get("code") ?? ""
  const refusal = query.get("error_description") ?? query.get("error")
  const result =
    given !== ""
      ? Effect.succeed(given)
      : Effect.fail(failed(`GitHub made no App (${refusal ?? "no code came back"}); nothing was written`))
  const isFirst = yield* Deferred.complete(code, result)
  if (!isFirst)
    return messagePage(410, "This has been used", "GitHub's answer counts once. The terminal says how it ended.")
  return yield* Deferred.await(outcome).pipe(
    Effect.map(({ installUrl, name }) => installPage(name, installUrl)),
    Effect.catch(({ problems }) => Effect.succeed(messagePage(502, "No App for runnerd", problems.join(" "))))
  )
})

const answer = Effect.fnUntraced(function* (visit: Visit) {
  const request = yield* HttpServerRequest.HttpServerRequest
  const here = "http://localhost"
  const url = URL.canParse(request.url, here) ? new URL(request.url, here) : undefined
  if (request.method !== "GET") return messagePage(405, "Not here", "Pages are only read here.")
  if (url?.pathname === visit.place) return visit.start
  if (url?.pathname === `${visit.place}/made`) return yield* comeBack(visit, url.searchParams)
  return messagePage(404, "Not here", "The address is in the terminal.")
})

/** Ends with the scope: what is answered by then has a second to go out. */
const listen = Effect.fnUntraced(function* (port: number) {
  const node = createServer()
  const server = yield* NodeHttpServer.make(() => node, {
    host: "127.0.0.1",
    port,
    gracefulShutdownTimeout: "1 second"
  }).pipe(Effect.mapError(() => failed(`127.0.0.1:${port} cannot be listened on; expected another --page-port`)))
  // Browsers hold connections on which they ask nothing: closing would wait for those as long as they like.
  yield* Effect.addFinalizer(() => Effect.sync(() => node.closeAllConnections()))
  return server
})

/** `keep` gets the App and puts it away before the browser is told. A signal does not stop it: nobody gets its key again. */
export const registerApp = Effect.fnUntraced(function* <R>(
  wish: AppWish,
  port: number,
  keep: (conversion: Effect.Effect<MadeApp, InitError>) => Effect.Effect<MadeApp, InitError, R>
) {
  const server = yield* listen(port)
  const place = `/${yield* unguessable}`
  const state = yield* unguessable
  const here = `${HttpServer.formatAddress(server.address)}${place}`
  const code = yield* Deferred.make<string, InitError>()
  const outcome = yield* Deferred.make<MadeApp, InitError>()
  const start = startPage(newAppUrl(wish, state), manifestOf(wish, `${here}/made`))
  yield* server.serve(answer({ place, state, start, code, outcome }))
  // Whoever waits in the browser is told, however this ends: the server waits for what it has begun to answer.
  yield* Effect.addFinalizer(() => Deferred.fail(outcome, failed(givenUp)))
  yield* Console.log(
    [
      `Open this in a browser, which leads through ${gitHubOrigin(wish.gitHubApiUrl)} and back:`,
      `  ${here}`,
      "If the browser is on another machine, first let it reach this one there:",
      `  ssh -L ${new URL(here).port}:127.0.0.1:${new URL(here).port} THIS-MACHINE`,
      "Waiting, for an hour at most; Ctrl-C gives up, and nothing is written."
    ].join("\n")
  )
  const given = Deferred.await(code).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail(failed("no App was made within an hour; nothing was written"))
    })
  )
  yield* Effect.uninterruptibleMask((interruptible) =>
    Effect.gen(function* () {
      const code = yield* interruptible(given)
      yield* Console.log("GitHub has made the App. Its key is fetched and written; Ctrl-C does not stop that.")
      yield* Deferred.completeWith(outcome, yield* Effect.exit(keep(convert(wish.gitHubApiUrl, code))))
      return yield* Deferred.await(outcome)
    })
  )
}, Effect.scoped)
