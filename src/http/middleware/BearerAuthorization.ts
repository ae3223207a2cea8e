// Checks the bearer token of the management API, in constant time.
//
// Gotcha: a missing header arrives here as an empty token. Digests of equal length are compared, so neither the
// content nor the length of the real token can be timed.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { createHash, timingSafeEqual } from "node:crypto"
import { Config } from "../../services/config/Config.ts"
import { Unauthorized } from "../api/ApiErrors.ts"
import { Authorization } from "../api/Authorization.ts"

const digest = (text: string) => createHash("sha256").update(text).digest()

const challenge = HttpEffect.appendPreResponseHandler((_request, response) =>
  Effect.succeed(HttpServerResponse.setHeader(response, "www-authenticate", 'Bearer realm="runnerd"'))
)

export const layer = Layer.effect(
  Authorization,
  Effect.gen(function* () {
    const { admin } = yield* Config
    const expected = digest(Redacted.value(admin.token))
    return Authorization.of({
      bearer: Effect.fnUntraced(function* (httpEffect, { credential }) {
        const given = Redacted.value(credential).trim()
        if (given === "" || !timingSafeEqual(digest(given), expected)) {
          const request = yield* HttpServerRequest.HttpServerRequest
          yield* Effect.logWarning("A request to the management API was refused").pipe(
            Effect.annotateLogs({ method: request.method, url: request.url.split("?")[0], hasToken: given !== "" })
          )
          yield* challenge
          return yield* new Unauthorized({ error: "missing or invalid admin token", code: "unauthorized" })
        }
        return yield* httpEffect
      })
    })
  })
)
