// The streams that are open: how many, that they stay alive, and that they end when the server stops.
//
// Answers for: a bound on their number, heart-beats, and an end that holds up no shutdown. Not for what they say.
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Config } from "../services/config/Config.ts"
import { Unavailable } from "./api/ApiErrors.ts"

/** Each costs a connection and a few kilobytes; a console has two or three open. */
export const mostStreams = 500

// Proxies give a silent connection up after a minute, and the server itself after its write timeout. The first heart-beat is
// sent at once: until then the headers wait, too.
const longestSilence = Duration.seconds(15)
const heartbeat = { event: "heartbeat", data: {} } as const

const make = Effect.gen(function* () {
  const { server } = yield* Config
  const heartbeatEvery = Duration.min(longestSilence, Duration.divideUnsafe(server.writeTimeout, 3))
  const closing = yield* Deferred.make<void>()
  let open = 0
  const counted = Effect.acquireRelease(
    Effect.sync(() => {
      open += 1
    }),
    () =>
      Effect.sync(() => {
        open -= 1
      })
  )
  return LiveStreams.of({
    open: Effect.sync(() => open),
    close: Effect.asVoid(Deferred.succeed(closing, undefined)),
    start: (stream) =>
      Effect.suspend(() =>
        open >= mostStreams
          ? Effect.fail(
              new Unavailable({
                error: "too many streams are open; close some, or try again later",
                code: "unavailable"
              })
            )
          : Effect.succeed(
              Stream.unwrap(Effect.as(counted, stream)).pipe(
                Stream.merge(Stream.as(Stream.tick(heartbeatEvery), heartbeat), {
                  haltStrategy: "left"
                }),
                Stream.interruptWhen(Deferred.await(closing))
              )
            )
      )
  })
})

export class LiveStreams extends Context.Service<
  LiveStreams,
  {
    /** How many are being sent. */
    readonly open: Effect.Effect<number>
    /** Ends them all, and whatever is started from now on. */
    readonly close: Effect.Effect<void>
    /** The stream as it may be sent. Fails when too many are open. */
    readonly start: <A>(stream: Stream.Stream<A>) => Effect.Effect<Stream.Stream<A | typeof heartbeat>, Unavailable>
  }
>()("runnerd/http/LiveStreams") {
  static readonly layer = Layer.effect(LiveStreams, make)
  /** Ends them when its scope closes: to be built after the server, which waits for its answers when it stops. */
  static readonly closedFirst = Layer.effectDiscard(Effect.acquireRelease(LiveStreams, (streams) => streams.close))
}
