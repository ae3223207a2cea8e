// Counts and times every answer of the HTTP server.
//
// Gotcha: it is the outermost, so that what the others answer by themselves is counted as it is sent.
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { Metrics } from "../../services/telemetry/Metrics.ts"
import { RouteTable } from "../RouteTable.ts"

/** Others may be sent, and are no label of their own. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

export const layer = HttpRouter.middleware(
  Effect.gen(function* () {
    const metrics = yield* Metrics
    const routes = yield* RouteTable
    return (httpEffect) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
        const startedAt = performance.now()
        return Effect.onExit(httpEffect, (exit) =>
          Effect.sync(() => {
            const method = methods.has(request.method) ? request.method : "other"
            const route = routes.patternOf(request.method, request.url) ?? "none"
            const status = exit._tag === "Success" ? String(exit.value.status) : "500"
            metrics.count("http_requests_total", { method, route, status })
            metrics.observe("http_request_duration_seconds", { method, route }, (performance.now() - startedAt) / 1000)
          })
        )
      })
  }),
  { global: true }
)
