// Ids made of lower-case letters and digits that are hard to mistake for one another (no l, 0, 1).
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

const alphabet = "abcdefghijkmnopqrstuvwxyz23456789"

/** From Effect's Random, so that tests own it; about five bits a character. Not for secrets. */
export const randomId = (length: number): Effect.Effect<string> =>
  Effect.map(Effect.all(Array.from({ length }, () => Random.nextIntBetween(0, alphabet.length - 1))), (indices) =>
    indices.map((index) => alphabet[index]!).join("")
  )
