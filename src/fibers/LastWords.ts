// What a runner printed last, for the sentence that says why it ended.
import * as Effect from "effect/Effect"
import { errorDetail } from "../domain/ErrorDetail.ts"
import { LogStore } from "../services/store/LogStore.ts"

const enough = 2000

/** A clause: the last line of stderr, or else of stdout; and where to read more. */
export const lastWords = Effect.fn("LastWords.lastWords")(
  function* (requestId: string) {
    const logs = yield* LogStore
    for (const stream of ["stderr", "stdout"] as const) {
      const lines = (yield* logs.tail(requestId, stream, enough)).split("\n").filter((line) => line.trim() !== "")
      const last = lines.at(-1)
      if (last !== undefined) return `it last said "${errorDetail(last, [])}" (${stream} log)`
    }
    return "it printed nothing"
  },
  // The sentence is whole without it.
  Effect.orElseSucceed(() => "see its stdout and stderr logs")
)
