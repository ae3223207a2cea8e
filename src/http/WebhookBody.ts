// The body of a delivery as text.
//
// Answers for: the size limit, and that the text is exactly the bytes that were sent. Not for what they say.
// Gotcha: plain listeners, because at thousands of deliveries a second the generic body reader costs more than the
// signature.
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isUtf8 } from "node:buffer"
import type { Readable } from "node:stream"

/** GitHub sends no payload larger than this. */
const maxBody = 25 * 1024 * 1024

/** The body is not to be had: answer `status`, and why. */
export class UnusableBody extends Schema.TaggedError<UnusableBody>()("UnusableBody", {
  status: Schema.Literals([400, 413]),
  code: Schema.Literals(["body_too_large", "unreadable_body"]),
  message: Schema.String
}) {}

const tooLarge = new UnusableBody({
  status: 413,
  code: "body_too_large",
  message: "the body is larger than 25 MiB"
})
const unreadable = (message: string) => new UnusableBody({ status: 400, code: "unreadable_body", message })

/** Reads to the end. At most 25 MiB are kept; once interrupted, it listens to nothing any more. */
export const readBody = (incoming: Readable): Effect.Effect<string, UnusableBody> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    let size = 0
    const stopListening = () =>
      void incoming.off("data", onData).off("end", onEnd).off("error", onBroken).off("close", onBroken)
    const finish = (result: Effect.Effect<string, UnusableBody>) => {
      stopListening()
      resume(result)
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBody) {
        chunks.push(chunk)
        return
      }
      // The rest is read and dropped, so that the sender gets the answer instead of a reset connection.
      finish(Effect.fail(tooLarge))
      incoming.resume()
    }
    const onEnd = () => {
      const bytes = Buffer.concat(chunks, size)
      // Decoding would repair other bytes, and the signature would be checked over what nobody signed.
      finish(
        isUtf8(bytes) ? Effect.succeed(bytes.toString("utf8")) : Effect.fail(unreadable("the body is not valid UTF-8"))
      )
    }
    const onBroken = () => finish(Effect.fail(unreadable("the body could not be read")))
    incoming.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken)
    return Effect.sync(stopListening)
  })
