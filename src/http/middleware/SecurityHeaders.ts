// What every answer tells a browser, so that nothing of it is run, framed, guessed at or kept.
//
// Gotchas: a handler's own `cache-control` and `content-security-policy` stay, for the console and the description of
// the API need others. Strict-Transport-Security is not here: TLS ends elsewhere, and so does the promise to keep it.
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"

const always = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer"
}

const unlessSet = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'"
}

export const layer = HttpRouter.middleware(
  // Registered, not mapped: it holds for refusals and for what fails, too.
  (httpEffect) =>
    HttpEffect.withPreResponseHandler(httpEffect, (_request, response) =>
      Effect.succeed(HttpServerResponse.setHeaders(response, { ...unlessSet, ...response.headers, ...always }))
    ),
  { global: true }
)
