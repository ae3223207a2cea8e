// Loops that live as long as this process does.
//
// Answers for: a step that fails, dies, or is interrupted from within is logged with its loop's name and the loop
// goes on; a loop that ended in silence would leave a process that looks alive and does nothing.
// Gotcha: only the interruption of the loop's own fiber ends it; handlers do not see that one.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Activity } from "../services/Activity.ts"

/** So that a step that always fails does not take the whole processor. */
const pauseAfterFailure = Duration.seconds(1)

const guarded = Effect.fnUntraced(function* <A, E, R>(
  name: string,
  step: Effect.Effect<A, E, R>
): Effect.fn.Return<boolean, never, R> {
  const activity = yield* Activity
  activity.turnBegan(name, yield* Clock.currentTimeMillis)
  const succeeded = yield* step.pipe(
    Effect.as(true),
    Effect.catchCause((cause) =>
      Effect.logError("A step of a loop failed; the loop goes on", cause).pipe(
        Effect.annotateLogs({ loop: name }),
        Effect.as(false)
      )
    )
  )
  activity.turnEnded(name, succeeded, yield* Clock.currentTimeMillis)
  return succeeded
})

/** Runs the step again and again, at once after a success and a second after a failure, until interrupted. */
export const forever = <A, E, R>(name: string, step: Effect.Effect<A, E, R>): Effect.Effect<never, never, R> =>
  guarded(name, step).pipe(
    Effect.flatMap((succeeded) => (succeeded ? Effect.void : Effect.sleep(pauseAfterFailure))),
    Effect.forever
  )

/** Runs the step now and again `interval` after each end of it, however it ended, until interrupted. */
export const every = <A, E, R>(
  name: string,
  interval: Duration.Duration,
  step: Effect.Effect<A, E, R>
): Effect.Effect<never, never, R> => guarded(name, step).pipe(Effect.andThen(Effect.sleep(interval)), Effect.forever)
