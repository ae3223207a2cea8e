// Gives the refusals that the router makes by itself the form of all others: `{"error": sentence, "code": code}`.
//
// Answers for: bodies that are too large or of another type, paths that cannot be decoded, routes that do not exist.
// Not for what handlers refuse (ApiErrors.ts), nor for defects: they stay an empty 500 and reach the log.
// Gotcha: the router takes a path that it cannot decode for one without a route, and reports a body that it cannot read
// as a defect.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerError from "effect/http/HttpServerError"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

const refuse = (status: number, code: string, error: string) =>
  HttpServerResponse.jsonUnsafe({ error, code }, { status })

const noSuchRoute = refuse(404, "not_found", "no such route")
const undecodable = refuse(400, "invalid_path", "the path is not valid percent-encoded UTF-8")
const tooLarge = refuse(413, "body_too_large", "the body is larger than 1 MiB")
const unreadable = refuse(400, "unreadable_body", "the body could not be read")
const otherType = refuse(415, "unsupported_media_type", "expected a body of type application/json")

const isDecodable = (url: string) => Result.isSuccess(Result.try(() => decodeURI(url.split(/[?;#]/, 1)[0] ?? "")))

/** The answer to what the router fails with; undefined for anything that is not the caller's doing. */
const answerTo = (error: unknown): HttpServerResponse.HttpServerResponse | undefined => {
  if (!HttpServerError.isHttpServerError(error)) return undefined
  switch (error.reason._tag) {
    case "RouteNotFound":
      return isDecodable(error.request.url) ? noSuchRoute : undecodable
    case "RequestParseError":
      return error.reason.reason === "BodyTooLarge" ? tooLarge : unreadable
    default:
      return undefined
  }
}

export const layer = HttpRouter.middleware(
  (httpEffect) =>
    httpEffect.pipe(
      Effect.map((response) => (response.status === 415 ? otherType : response)),
      Effect.catchCause((cause) => {
        const answer = answerTo(Cause.squash(cause))
        return answer === undefined ? Effect.failCause(cause) : Effect.succeed(answer)
      })
    ),
  { global: true }
)
