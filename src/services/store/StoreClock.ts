// The time the store lives by: due times, leases and timestamps all come from here.
//
// On SQLite, with one node, it is the process's clock; on PostgreSQL the database's, so that the clocks of nodes need
// not agree. Tests move either one by the test clock.
// Gotcha: between two measures the database's time is carried on by the process's monotonic clock: it stands still while a
// machine sleeps, and a node that believes it is earlier than it is takes nothing from others.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"

const measureEvery = Duration.seconds(10)

const monotonic = Effect.map(
  Effect.flatMap(Clock.Clock, (clock) => clock.monotonicTimeNanos),
  (nanos) => Number(nanos / 1_000_000n)
)

const databaseClock = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  let ahead = 0
  const measure = Effect.gen(function* () {
    const [row] = yield* sql<{ now: number }>`SELECT clock_timestamp() AS now`
    // The answer was made somewhere in between; the earlier end is the careful one.
    ahead = row!.now - (yield* monotonic)
  })
  yield* measure
  yield* measure.pipe(Effect.ignore, Effect.repeat(Schedule.spaced(measureEvery)), Effect.forkScoped)
  return StoreClock.of({ now: Effect.map(monotonic, (now) => now + ahead) })
})

export class StoreClock extends Context.Service<
  StoreClock,
  {
    /** Epoch milliseconds. */
    readonly now: Effect.Effect<number>
  }
>()("runnerd/services/store/StoreClock") {
  static readonly layer = Layer.succeed(StoreClock, { now: Clock.currentTimeMillis })
  static readonly ofDatabase = Layer.effect(StoreClock, databaseClock)
}
