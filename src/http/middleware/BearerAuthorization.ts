// Finds out by the bearer token who calls the management API, in constant time, and whether that role may.
//
// Gotchas: a missing header arrives here as an empty token. Digests of equal length are compared, and always with all
// tokens, so neither the content nor the length of a token can be timed, nor which one it nearly was.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { createHash, timingSafeEqual } from "node:crypto"
import { type Actor, admin as adminActor, includes, type Role } from "../../domain/Actor.ts"
import { Config } from "../../services/config/Config.ts"
import type { AdminConfig } from "../../services/config/RunnerdConfig.ts"
import { Forbidden, Unauthorized } from "../api/ApiErrors.ts"
import { Authorization, CurrentActor, requiredRole } from "../api/Authorization.ts"

const digest = (text: string) => createHash("sha256").update(text).digest()

/** Whose token this is. */
const actorBy = ({ token, tokens }: AdminConfig) => {
  const known = [{ ...adminActor, token }, ...tokens].map(({ name, role, token }) => ({
    actor: { name, role },
    digest: digest(Redacted.value(token))
  }))
  return (given: string): Actor | undefined => {
    const sent = digest(given)
    return known.filter(({ digest }) => timingSafeEqual(digest, sent))[0]?.actor
  }
}

const challenge = HttpEffect.appendPreResponseHandler((_request, response) =>
  Effect.succeed(HttpServerResponse.setHeader(response, "www-authenticate", 'Bearer realm="runnerd"'))
)

const logRefusal = Effect.fnUntraced(function* (why: Readonly<Record<string, unknown>>) {
  const request = yield* HttpServerRequest.HttpServerRequest
  yield* Effect.logWarning("A request to the management API was refused").pipe(
    Effect.annotateLogs({ method: request.method, url: request.url.split("?")[0], ...why })
  )
})

const forbidden = ({ name, role }: Actor, required: Role) =>
  new Forbidden({ error: `this needs the role ${required}; ${name} has the role ${role}`, code: "forbidden" })

export const layer = Layer.effect(
  Authorization,
  Effect.gen(function* () {
    const { admin } = yield* Config
    const whoseIs = actorBy(admin)
    return Authorization.of({
      bearer: Effect.fnUntraced(function* (httpEffect, { credential, endpoint, group }) {
        const given = Redacted.value(credential).trim()
        const actor = whoseIs(given)
        if (actor === undefined) {
          yield* logRefusal({ hasToken: given !== "" })
          yield* challenge
          return yield* new Unauthorized({ error: "missing or invalid admin token", code: "unauthorized" })
        }
        const required = requiredRole(endpoint, group)
        if (!includes(actor.role, required)) {
          yield* logRefusal({ actor: actor.name, role: actor.role, required })
          return yield* forbidden(actor, required)
        }
        return yield* Effect.provideService(httpEffect, CurrentActor, actor)
      })
    })
  })
)
