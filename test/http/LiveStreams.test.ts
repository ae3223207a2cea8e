import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { LiveStreams, mostStreams } from "../../src/http/LiveStreams.ts"
import { Config } from "../../src/services/config/Config.ts"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { Unsent } from "../../src/http/Unsent.ts"

/** In a server whose connections may be silent for so long. */
const live = (writeTimeout: Duration.Input = "60 seconds") => {
  const config = makeConfig()
  const server = { ...config.server, writeTimeout: Duration.fromInputUnsafe(writeTimeout) }
  return LiveStreams.layer.pipe(Layer.provide(Layer.succeed(Config, { ...config, server })))
}

const start = <A>(stream: Stream.Stream<A>) => LiveStreams.use((live) => live.start(stream))
const open = LiveStreams.use((live) => live.open)
const untilOpen = (count: number) => Effect.repeat(Effect.andThen(Effect.yieldNow, open), { until: (n) => n === count })

describe("live streams", () => {
  for (const [writeTimeout, expected] of [
    ["60 seconds", 15],
    ["9 seconds", 3]
  ] as const) {
    it.effect(
      `a silent one says every ${expected} seconds that it is there, beginning at once, where ${writeTimeout} of silence end a connection`,
      () =>
        Effect.gen(function* () {
          const beats = yield* Queue.unbounded<string>()
          const stream = yield* start(Stream.never)
          yield* Effect.forkChild(Stream.runForEach(stream, ({ event }) => Queue.offer(beats, event)))
          assert.strictEqual(yield* Queue.take(beats), "heartbeat")
          let seconds = 0
          while ((yield* Queue.size(beats)) === 0) {
            yield* TestClock.adjust("1 second")
            seconds += 1
          }
          // A second more when the clock was moved before the stream had begun to wait.
          assert.include([expected, expected + 1], seconds)
        }).pipe(Effect.provide(live(writeTimeout)))
    )
  }
  it.effect("one counts while it is sent, however it ends", () =>
    Effect.gen(function* () {
      const never = yield* start(Stream.never)
      assert.strictEqual(yield* open, 0)
      const sending = yield* Effect.forkChild(Stream.runDrain(never), { startImmediately: true })
      yield* untilOpen(1)
      yield* Fiber.interrupt(sending)
      assert.strictEqual(yield* open, 0)
      yield* Stream.runDrain(yield* start(Stream.make(1)))
      const broken = Stream.runDrain(yield* start(Stream.die("a mistake")))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(broken)))
      assert.strictEqual(yield* open, 0)
    }).pipe(Effect.provide(live()))
  )
  it.effect("one too many is refused until another has ended", () =>
    Effect.gen(function* () {
      const sending = yield* Effect.forEach(Array.from({ length: mostStreams }), () =>
        Effect.flatMap(start(Stream.never), (stream) =>
          Effect.forkChild(Stream.runDrain(stream), { startImmediately: true })
        )
      )
      yield* untilOpen(mostStreams)
      assert.strictEqual((yield* Effect.flip(start(Stream.never))).code, "unavailable")
      yield* Fiber.interrupt(sending[0]!)
      yield* start(Stream.never)
    }).pipe(Effect.provide(live()))
  )
  it.effect("all end when they are closed, and so does one that comes too late", () =>
    Effect.gen(function* () {
      const sending = yield* Effect.forkChild(Stream.runDrain(yield* start(Stream.never)), { startImmediately: true })
      yield* LiveStreams.use((live) => live.close)
      assert.isTrue(Exit.isSuccess(yield* Fiber.await(sending)))
      yield* Stream.runDrain(yield* start(Stream.never))
    }).pipe(Effect.provide(live()))
  )
})

describe("what a client has not been sent", () => {
  it.effect("is the newest of each, in the order of the last change, and is waited for when there is nothing", () =>
    Effect.gen(function* () {
      const unsent = new Unsent<string, number>(10)
      const waiting = yield* Effect.forkChild(unsent.take, { startImmediately: true })
      assert.isUndefined(waiting.pollUnsafe())
      unsent.put("a", 1)
      assert.deepStrictEqual(yield* Fiber.join(waiting), { values: [1], overflown: false })
      unsent.put("a", 1)
      unsent.put("b", 2)
      unsent.put("a", 3)
      assert.deepStrictEqual(yield* unsent.take, { values: [2, 3], overflown: false })
    })
  )
  it.effect("is given up when there is too much, however much comes then, and begins anew once that was told", () =>
    Effect.gen(function* () {
      const unsent = new Unsent<number, number>(3)
      for (let n = 0; n < 1000; n += 1) unsent.put(n, n)
      assert.deepStrictEqual(yield* unsent.take, { values: [], overflown: true })
      unsent.put(1, 1)
      assert.deepStrictEqual(yield* unsent.take, { values: [1], overflown: false })
    })
  )
})
