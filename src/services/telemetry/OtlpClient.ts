// The HTTP client that telemetry goes out by.
//
// Answers for: a collector that is away, slow or full costing nothing but its data, and the log having one line when that
// begins and one when it ends. Not for batches and repetition (Effect's OtlpExporter), which gives up for a minute after a
// failure that it does not repeat.
// Gotchas: a collector may ask to be left alone for an hour, and may never answer; both are failures that are not repeated,
// else unsent data would pile up. What failed is named by its kind alone: the request holds the headers, and these are secret.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import type { HttpClientError } from "effect/http/HttpClientError"
import * as Layer from "effect/Layer"
import * as References from "effect/References"

class CollectorFailure {
  readonly _tag = "CollectorFailure"
}

const kindOf = (error: HttpClientError): string =>
  error.reason._tag === "TransportError" ? "unreachable" : error.reason._tag

/** `signal`: traces or logs. */
export const layer = (signal: string, timeout: Duration.Duration) =>
  Layer.effect(
    HttpClient.HttpClient,
    Effect.gen(function* () {
      let failing = false
      // The exporter's fibers log nothing; what is said here counts as said here.
      const level = yield* References.MinimumLogLevel
      const said = (line: Effect.Effect<void>, more: Record<string, string> = {}) =>
        line.pipe(Effect.annotateLogs({ signal, ...more }), Effect.provideService(References.MinimumLogLevel, level))
      const failed = (reason: string) =>
        Effect.suspend(() => {
          if (failing) return Effect.void
          failing = true
          return said(Effect.logWarning("The collector does not take telemetry; it is dropped until it does"), {
            reason
          })
        })
      const worked = Effect.suspend(() => {
        if (!failing) return Effect.void
        failing = false
        return said(Effect.logInfo("The collector takes telemetry again"))
      })
      return HttpClient.transformResponse(yield* HttpClient.HttpClient, (answer) =>
        answer.pipe(
          Effect.timeoutOrElse({
            duration: timeout,
            orElse: () => Effect.andThen(failed("no answer"), Effect.die(new CollectorFailure()))
          }),
          Effect.tap((response) => {
            if (response.status < 400) return worked
            const noted = failed(`status ${response.status}`)
            return response.headers["retry-after"] === undefined
              ? noted
              : Effect.andThen(noted, Effect.die(new CollectorFailure()))
          }),
          Effect.tapError((error) => failed(kindOf(error)))
        )
      )
    })
  ).pipe(Layer.provide(FetchHttpClient.layer))
