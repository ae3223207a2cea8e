import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { PassThrough } from "node:stream"
import { readBody } from "../../src/http/WebhookBody.ts"

const listeners = (stream: PassThrough) =>
  ["data", "end", "error", "close"].map((event) => stream.listeners(event).filter(({ name }) => name.startsWith("on")))

describe("the body of a delivery", () => {
  it.effect("is the text of all its chunks, cut anywhere", () =>
    Effect.gen(function* () {
      const stream = new PassThrough()
      const reading = yield* Effect.forkChild(readBody(stream), { startImmediately: true })
      const bytes = Buffer.from(`{"name":"Zürich €"}`)
      for (let index = 0; index < bytes.length; index += 1) stream.write(bytes.subarray(index, index + 1))
      stream.end()
      assert.strictEqual(yield* Fiber.join(reading), `{"name":"Zürich €"}`)
    })
  )
  it.effect("that breaks off is refused, and nothing listens any more", () =>
    Effect.gen(function* () {
      const stream = new PassThrough()
      const reading = yield* Effect.forkChild(Effect.flip(readBody(stream)), { startImmediately: true })
      stream.destroy(new Error("reset"))
      assert.strictEqual((yield* Fiber.join(reading)).code, "unreadable_body")
      assert.deepStrictEqual(listeners(stream).flat(), [])
    })
  )
  it.effect("whose reading is interrupted is not listened to any more", () =>
    Effect.gen(function* () {
      const stream = new PassThrough()
      const reading = yield* Effect.forkChild(readBody(stream), { startImmediately: true })
      assert.isNotEmpty(listeners(stream).flat())
      yield* Fiber.interrupt(reading)
      assert.deepStrictEqual(listeners(stream).flat(), [])
    })
  )
})
