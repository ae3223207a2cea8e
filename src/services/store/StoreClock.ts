// The time the store lives by: due times, leases and timestamps all come from here.
//
// With one node on SQLite it is the process's clock; with several nodes it must be the database's, so that
// their clocks need not agree. Tests shift it by moving the test clock.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export class StoreClock extends Context.Service<
  StoreClock,
  {
    /** Epoch milliseconds. */
    readonly now: Effect.Effect<number>
  }
>()("runnerd/services/store/StoreClock") {
  static readonly layer = Layer.succeed(StoreClock, { now: Clock.currentTimeMillis })
}
