// How long to wait before the next attempt: base·2ⁿ, capped, jittered.
//
// Answers for: the one formula, as a Schedule for loops that live in a fiber, and as the delay of one given
// attempt for a due time that is stored in a row, because fibers die and rows do not.
// The delay of attempt n is computed, not stepped: a Schedule would have to be run through n steps after
// each restart, and the formula needs nothing of them. The Schedule is made from the same function.
// The jitter takes away up to half of the delay and never adds: the cap holds, and many that failed together
// do not come back together.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"

export interface BackoffPolicy {
  readonly base: Duration.Duration
  readonly max: Duration.Duration
}

/** Beyond this the cap has long been reached, whatever the base; keeps 2ⁿ finite. */
const largestExponent = 40

/**
 * Milliseconds to wait after attempt `attempt`, counted from 0. `random`: in [0, 1).
 *
 * Between half of min(max, base·2ⁿ) and all of it.
 */
export const delayOf = (policy: BackoffPolicy, attempt: number, random: number): number => {
  const exponent = Math.min(Math.max(Math.trunc(attempt), 0), largestExponent)
  const full = Math.min(Duration.toMillis(policy.base) * 2 ** exponent, Duration.toMillis(policy.max))
  return Math.round(full * (1 - random / 2))
}

/** Milliseconds to wait after attempt `attempt`, counted from 0. */
export const delayMillis = (policy: BackoffPolicy, attempt: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => delayOf(policy, attempt, random))

const largestSpread = Duration.toMillis("10 seconds")

/**
 * Milliseconds to wait when the outside asked for a wait of `asked`. `random`: in [0, 1). Never less, and up to a tenth more
 * but no more than 10 s: one limit puts off many, and all at its end they would be the next to meet it.
 */
export const askedDelayOf = (asked: number, random: number): number =>
  Math.ceil(asked + random * Math.min(asked / 10, largestSpread))

/** The same delays for a loop; never ends by itself. */
export const backoffSchedule = (policy: BackoffPolicy): Schedule.Schedule<number> =>
  Schedule.fromStepWithMetadata(
    Effect.succeed((metadata) =>
      Effect.map(delayMillis(policy, metadata.attempt - 1), (millis): [number, Duration.Duration] => [
        metadata.attempt,
        Duration.millis(millis)
      ])
    )
  )
