// Chance that can be repeated: the same seed and the same words always draw the same number.
//
// Answers for: the one source of randomness of all misbehaviour. Gotcha: there is no state, so the order in which
// unrelated calls arrive changes nothing; whoever draws names what the draw is for.
import { createHash } from "node:crypto"

/** Evenly distributed in [0, 1). */
export const draw = (seed: number, ...words: ReadonlyArray<string | number>): number =>
  createHash("sha256")
    .update(JSON.stringify([seed, ...words]))
    .digest()
    .readUIntBE(0, 6) /
  2 ** 48
