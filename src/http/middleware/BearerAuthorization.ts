// Finds out by the bearer token who calls the management API, and whether that role may.
//
// Answers for: the order of the checks. Not for comparing tokens (http/TokenOwner.ts), nor for how many wrong ones are too
// many (FailedAttempts.ts). Gotcha: a missing header arrives here as an empty token; that is no attempt.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as HttpEffect from "effect/http/HttpEffect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { type Actor, anybody, includes, type Role } from "../../domain/Actor.ts"
import { Config } from "../../services/config/Config.ts"
import { Forbidden, TooManyRequests, Unauthorized } from "../api/ApiErrors.ts"
import { Authorization, CurrentActor, OpenWhenMetricsArePublic, requiredRole } from "../api/Authorization.ts"
import { ClientAddress } from "../ClientAddress.ts"
import { allTokens, ownerBy } from "../TokenOwner.ts"
import { AccessNote } from "./AccessLog.ts"
import { FailedAttempts } from "./FailedAttempts.ts"

const withHeader = (name: string, value: string) =>
  HttpEffect.appendPreResponseHandler((_request, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, name, value))
  )

const challenge = withHeader("www-authenticate", 'Bearer realm="runnerd"')

const unauthorized = Effect.andThen(
  challenge,
  new Unauthorized({ error: "missing or invalid admin token", code: "unauthorized" })
)

const forbidden = ({ name, role }: Actor, required: Role) =>
  new Forbidden({ error: `this needs the role ${required}; ${name} has the role ${role}`, code: "forbidden" })

const tooMany = (seconds: number) =>
  Effect.andThen(
    withHeader("retry-after", String(seconds)),
    new TooManyRequests({
      error: `too many wrong tokens came from this address; try again in ${seconds} s`,
      code: "too_many_attempts"
    })
  )

const logRefusal = (
  what: string,
  request: HttpServerRequest.HttpServerRequest,
  more: Readonly<Record<string, unknown>>
) => Effect.annotateLogs(Effect.logWarning(what), { method: request.method, url: request.url.split("?")[0], ...more })

export const layer = Layer.effect(
  Authorization,
  Effect.gen(function* () {
    const { admin, metrics } = yield* Config
    const addressOf = yield* ClientAddress
    const whoseIs = ownerBy(allTokens(admin))
    const attempts = new FailedAttempts()

    return Authorization.of({
      bearer: Effect.fnUntraced(function* (httpEffect, { credential, endpoint, group }) {
        if (metrics.public && Context.get(endpoint.annotations, OpenWhenMetricsArePublic)) {
          return yield* Effect.provideService(httpEffect, CurrentActor, anybody)
        }
        const given = Redacted.value(credential).trim()
        if (given === "") return yield* unauthorized
        const request = yield* HttpServerRequest.HttpServerRequest
        const remote = addressOf(request) ?? "unknown"
        const actor = whoseIs(given)
        const wait = attempts.take(remote, actor?.name, yield* Clock.currentTimeMillis)
        if (wait > 0) return yield* tooMany(Math.ceil(wait / 1000))
        if (actor === undefined) {
          yield* logRefusal("A wrong token was sent to the management API", request, { remote })
          return yield* unauthorized
        }
        const note = yield* AccessNote
        if (note !== undefined) note.actor = actor.name
        const required = requiredRole(endpoint, group)
        if (!includes(actor.role, required)) {
          yield* logRefusal("A token's role was not enough", request, { actor: actor.name, role: actor.role, required })
          return yield* forbidden(actor, required)
        }
        return yield* Effect.provideService(httpEffect, CurrentActor, actor)
      })
    })
  })
)
