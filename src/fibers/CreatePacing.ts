// How many provisionings may begin now without asking E2B for more sandboxes a second than it allows.
//
// A token bucket that holds one second's worth, so that a burst begins at once and goes on at the rate.
// Gotcha: it is this process's own; several nodes would each spend the whole rate.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

export interface CreatePacing {
  readonly available: Effect.Effect<number>
  readonly spend: (count: number) => Effect.Effect<void>
}

/** `perSecond`: e2b.creates_per_second; may be a fraction. */
export const makePacing = (perSecond: number | "unlimited"): CreatePacing => {
  if (perSecond === "unlimited") {
    return { available: Effect.succeed(Number.POSITIVE_INFINITY), spend: () => Effect.void }
  }
  const burst = Math.max(1, Math.ceil(perSecond))
  // What is left of a rate that is no whole number is kept for the next second.
  const capacity = Number.isInteger(perSecond) ? perSecond : perSecond + 1
  let tokens = Math.max(1, perSecond)
  let filledAt: number | undefined
  const refill = Effect.map(Clock.currentTimeMillis, (now) => {
    tokens = Math.min(capacity, tokens + ((now - (filledAt ?? now)) / 1000) * perSecond)
    filledAt = now
    return Math.min(burst, Math.floor(tokens))
  })
  return {
    available: refill,
    spend: (count) =>
      Effect.sync(() => {
        tokens -= count
      })
  }
}
