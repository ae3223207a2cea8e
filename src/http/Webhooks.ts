// POST /webhooks/github: from GitHub's bytes to a committed fact and an answer.
//
// Answers for: the order of the checks (headers, size, signature over the raw bytes, JSON, contents) and the
// documented answers. Nothing is stored that was not signed, and nothing outside is called: what follows from a
// fact happens elsewhere, after the answer.
// Gotcha: GitHub gives up after 10 s and never sends again by itself, so 2xx is said only after the commit.
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Webhooks } from "@octokit/webhooks"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { Config } from "../services/config/Config.ts"
import { decodeWebhook } from "../services/github/WebhookPayload.ts"
import { deliveryOf, intakeRules } from "../services/IncomingDelivery.ts"
import { IntakeStore } from "../services/store/IntakeStore.ts"
import type { IntakeOutcome } from "../services/store/IntakeTypes.ts"
import { requestView } from "./handlers/RequestViews.ts"
import { readBody } from "./WebhookBody.ts"

/** Anything else is no signature at all; `verify` throws for some of it, an empty header for one. */
const wellFormedSignature = /^sha256=[0-9a-f]{64}$/

/** Far above what GitHub sends: a GUID, and the name of an event. Both are stored. */
const maxHeader = 100

const answer = (status: number, body: object) => HttpServerResponse.jsonUnsafe(body, { status })
const refuse = (status: number, code: string, error: string) => answer(status, { error, code })
const unsigned = refuse(401, "invalid_signature", "invalid signature")
const tooLong = (header: string) =>
  refuse(400, "invalid_header", `the header ${header} is longer than ${maxHeader} characters`)
const ignored = answer(202, { status: "ignored" })
const accepted = answer(202, { status: "accepted" })
const foreign = refuse(
  403,
  "foreign_installation",
  "this event belongs to another installation than the one of github.app.installation_id; it was not taken in"
)

const answerOf = (outcome: IntakeOutcome) => {
  if (outcome._tag === "Ignored") return ignored
  if (outcome._tag === "RunToCheck") return accepted
  if (outcome._tag === "Foreign") return foreign
  return answer(outcome._tag === "Existing" ? 200 : 202, requestView(outcome.request, undefined))
}

export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const config = yield* Config
    const intake = yield* IntakeStore
    const rules = intakeRules(config)
    const webhooks = new Webhooks({ secret: Redacted.value(config.github.webhookSecret) })

    const handle = Effect.fn("Webhooks.github")(function* (request: HttpServerRequest.HttpServerRequest) {
      const receivedAt = yield* Clock.currentTimeMillis
      const name = request.headers["x-github-event"]
      const guid = request.headers["x-github-delivery"] ?? null
      const signature = request.headers["x-hub-signature-256"] ?? ""
      // Before the body: a sender without a signature gets no memory for 25 MiB.
      if (!wellFormedSignature.test(signature)) return unsigned
      if ((name ?? "").length > maxHeader) return tooLong("X-GitHub-Event")
      if ((guid ?? "").length > maxHeader) return tooLong("X-GitHub-Delivery")
      const body = yield* readBody(NodeHttpServerRequest.toIncomingMessage(request))
      // `verify` throws for an empty body.
      if (body === "" || !(yield* Effect.promise(() => webhooks.verify(body, signature)))) return unsigned
      if (name === undefined) return refuse(400, "missing_header", "the header X-GitHub-Event is missing")
      const decoded = decodeWebhook(name, body)
      if (Result.isFailure(decoded)) {
        return refuse(400, "invalid_payload", `invalid ${name} payload: ${decoded.failure.message}`)
      }
      const incoming = {
        event: decoded.success,
        name,
        guid,
        body,
        path: "webhook",
        receivedAt
      } as const
      const delivery = deliveryOf(incoming, rules)
      const outcome = yield* intake.take(delivery)
      return answerOf(outcome)
    })

    yield* router.add("POST", "/webhooks/github", (request) =>
      handle(request).pipe(
        Effect.catchTags({
          UnusableBody: (error) => Effect.succeed(refuse(error.status, error.code, error.message)),
          StoreError: (error) =>
            Effect.as(
              Effect.logError("A delivery could not be stored; GitHub shows it as failed", error.kind),
              refuse(503, "unavailable", "the database does not answer; redeliver")
            )
        })
      )
    )
  })
)
