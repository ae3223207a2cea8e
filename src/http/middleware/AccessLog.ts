// One log line for each request, once its answer has gone out or its sender has gone away.
//
// Answers for: what the line says. Nothing in it can hold a secret: the route's pattern stands for the path, and there is no
// query, no body and no header but GitHub's two on a delivery.
// Gotchas: the answer is watched, not wrapped, so that one that streams goes out as it comes. The line is written in the
// request's own context, so it carries whatever annotations and spans that has.
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { Config } from "../../services/config/Config.ts"
import { ClientAddress } from "../ClientAddress.ts"
import { RouteTable } from "../RouteTable.ts"

/** What is found out about a request while it is answered; undefined when nobody asks. */
export const AccessNote = Context.Reference<{ actor: string | undefined } | undefined>("runnerd/http/AccessNote", {
  defaultValue: () => undefined
})

/** Anybody can write anything there, before the signature is looked at. */
const maxHeader = 100
const delivery = ({ headers }: HttpServerRequest.HttpServerRequest) => ({
  event: headers["x-github-event"]?.slice(0, maxHeader),
  delivery: headers["x-github-delivery"]?.slice(0, maxHeader)
})

const log = Layer.unwrap(
  Effect.gen(function* () {
    const routes = yield* RouteTable
    const addressOf = yield* ClientAddress

    const watch = Effect.fnUntraced(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const outgoing = NodeHttpServerRequest.toServerResponse(request)
      const note = { actor: undefined as string | undefined }
      // Now: a socket that is closed has forgotten it.
      const remote = addressOf(request)
      const clock = yield* Clock.Clock
      const context = yield* Effect.context()
      const begun = clock.currentTimeMillisUnsafe()
      outgoing.once("close", () => {
        const route = routes.patternOf(request.method, request.url)
        const line = Effect.annotateLogs(Effect.logInfo("request"), {
          method: request.method,
          route,
          status: outgoing.headersSent ? outgoing.statusCode : undefined,
          ...(outgoing.writableFinished ? {} : { aborted: true }),
          ms: clock.currentTimeMillisUnsafe() - begun,
          actor: note.actor,
          remote,
          ...(route === "/webhooks/github" ? delivery(request) : {})
        })
        Effect.runForkWith(context)(line)
      })
      return note
    })
    return HttpRouter.middleware(
      (httpEffect) => Effect.flatMap(watch(), (note) => Effect.provideService(httpEffect, AccessNote, note)),
      { global: true }
    )
  })
)

export const layer = Layer.unwrap(Effect.map(Config, ({ server }) => (server.accessLog ? log : Layer.empty)))
