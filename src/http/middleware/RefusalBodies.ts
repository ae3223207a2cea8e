// Gives the refusals that the router makes by itself the form of all others: `{"error": sentence, "code": code}`.
//
// Answers for: addresses that are too long, bodies that are too large or of another type, paths that cannot be decoded, routes that do not exist, and
// defects, of which nothing but the log tells more. Not for what handlers refuse (ApiErrors.ts).
// Gotchas: the router takes a path that it cannot decode, and a method that an address does not know, for a route that
// does not exist; it reports a body that it cannot read as a defect.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerError from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { RouteTable } from "../RouteTable.ts"

const refuse = (status: number, code: string, error: string) =>
  HttpServerResponse.jsonUnsafe({ error, code }, { status })

const noSuchRoute = refuse(404, "not_found", "no such route")
const undecodable = refuse(400, "invalid_path", "the path is not valid percent-encoded UTF-8")
const tooLarge = refuse(413, "body_too_large", "the body is larger than 1 MiB")
const unreadable = refuse(400, "unreadable_body", "the body could not be read")
// It is in no name, and PostgreSQL takes none.
const withNul = refuse(400, "invalid_path", "the address holds a NUL")
const tooLong = refuse(414, "address_too_long", "the address is longer than 6 KiB")
const otherType = refuse(415, "unsupported_media_type", "expected a body of type application/json")

const failed = { error: "runnerd failed at this; its log says how", code: "internal" }
const otherMethod = (allowed: ReadonlyArray<string>) =>
  HttpServerResponse.setHeader(
    refuse(405, "method_not_allowed", `this address knows no such method, only ${allowed.join(", ")}`),
    "allow",
    allowed.join(", ")
  )

const holdsNul = (url: string) => /%00/.test(url)
/** The Link of a page has the address twice, and clients take no more than some 16 KiB of headers. */
const longestAddress = 6 * 1024

/** What no route is asked about. */
const refusalOf = (url: string) => (holdsNul(url) ? withNul : url.length > longestAddress ? tooLong : undefined)

const isDecodable = (url: string) => Result.isSuccess(Result.try(() => decodeURI(url.split(/[?;#]/, 1)[0] ?? "")))

const withoutRoute = (url: string, { methodsAt }: RouteTable["Service"]) => {
  if (!isDecodable(url)) return undecodable
  const allowed = methodsAt(url)
  return allowed.length === 0 ? noSuchRoute : otherMethod(allowed)
}

/** The answer to what the router fails with; undefined for anything that is not the caller's doing. */
const answerTo = (error: unknown, routes: RouteTable["Service"]): HttpServerResponse.HttpServerResponse | undefined => {
  if (!HttpServerError.isHttpServerError(error)) return undefined
  switch (error.reason._tag) {
    case "RouteNotFound":
      return withoutRoute(error.request.url, routes)
    case "RequestParseError":
      return error.reason.reason === "BodyTooLarge" ? tooLarge : unreadable
    default:
      return undefined
  }
}

/** A defect is answered behind all middleware, with nothing. */
const tellFailure: HttpEffect.PreResponseHandler = (_request, response) =>
  response.status === 500 && response.body._tag === "Empty"
    ? Effect.succeed(HttpServerResponse.setBody(response, HttpBody.jsonUnsafe(failed)))
    : Effect.succeed(response)

export const layer = HttpRouter.middleware(
  Effect.map(
    RouteTable,
    (routes) => (httpEffect) =>
      HttpServerRequest.HttpServerRequest.pipe(
        Effect.flatMap(({ url }) => {
          const refused = refusalOf(url)
          return refused === undefined ? httpEffect : Effect.succeed(refused)
        }),
        Effect.map((response) => (response.status === 415 ? otherType : response)),
        Effect.catchCause((cause) => {
          const answer = answerTo(Cause.squash(cause), routes)
          return answer === undefined ? Effect.failCause(cause) : Effect.succeed(answer)
        }),
        HttpEffect.withPreResponseHandler(tellFailure)
      )
  ),
  { global: true }
)
