// Forgetting what is older than the operator wants to keep.
//
// Answers for: how old is old, once an hour, in small batches with a pause between them. Not for what a batch removes
// (services/store/RetentionStore.ts). Unfinished requests are never forgotten.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Config } from "../services/config/Config.ts"
import { kinds, RetentionStore } from "../services/store/RetentionStore.ts"
import { StoreClock } from "../services/store/StoreClock.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"

const interval = Duration.hours(1)

/** So that a large clean-up leaves the database to others most of the time. */
const pause = Duration.millis(50)

export const removeOld = Effect.fn("Retention.removeOld")(function* () {
  const { retention } = yield* Config
  const store = yield* RetentionStore
  const clock = yield* StoreClock
  const now = yield* clock.now
  const removed: Array<string> = []
  for (const kind of kinds) {
    const days = retention[kind]
    if (days === "unlimited") continue
    const before = now - Duration.toMillis(Duration.days(days))
    let count = 0
    while (true) {
      const some = yield* store.removeSome(kind, before)
      if (some === 0) break
      count += some
      yield* Effect.sleep(pause)
    }
    if (count > 0) removed.push(`${count} ${kind}`)
  }
  if (removed.length > 0) yield* Effect.logInfo(`Removed what is older than is to be kept: ${removed.join(", ")}`)
})

export const layer = Layer.effectDiscard(
  Effect.flatMap(Leadership, (leadership) =>
    Loop.every("retention", interval, leadership.only(removeOld())).pipe(Effect.forkScoped)
  )
)
