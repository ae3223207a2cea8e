// How many wrong tokens an address may send before no other is looked at.
//
// Answers for: the counting. Within a minute of the first wrong token an address may send so many; from then on, until that
// minute is over, only tokens work that were right from this address before. So a guesser learns nothing even when a
// guess is right, as everywhere in the field; but a forgotten script with an old token does not lock out the people who
// share its address, behind a proxy or a NAT (OWASP calls that a device cookie; here the token itself is the cookie).
// Gotcha: the memory is bounded. Whoever has more addresses than fit makes it forget, the one that was longest silent first.
import { isIPv4 } from "node:net"

const limit = 20
const windowMillis = 60_000
const maxAddresses = 10_000

interface Attempts {
  since: number
  wrong: number
  /** Whose tokens were right from here. */
  readonly right: Set<string>
}

/** One of IPv6 stands for its /64, which is what a single customer has. */
const networkOf = (address: string): string => {
  if (isIPv4(address)) return address
  const [before = [], after = []] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""))
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0")
  return [...before, ...zeros, ...after].slice(0, 4).join(":")
}

export class FailedAttempts {
  readonly #byNetwork = new Map<string, Attempts>()

  /**
   * Counts a token that `address` sent at `now` (epoch milliseconds): whose it is, or undefined when it is wrong. Gives
   * the milliseconds until the next is looked at; 0 when this one was.
   */
  take(address: string, actor: string | undefined, now: number): number {
    const attempts = this.#of(networkOf(address), now)
    const closed = attempts.wrong >= limit
    if (closed && (actor === undefined || !attempts.right.has(actor))) return attempts.since + windowMillis - now
    if (actor !== undefined) attempts.right.add(actor)
    else if (++attempts.wrong === 1) attempts.since = now
    return 0
  }

  #of(network: string, now: number): Attempts {
    const known = this.#byNetwork.get(network) ?? { since: now, wrong: 0, right: new Set<string>() }
    if (now >= known.since + windowMillis) known.wrong = 0
    // The last in the map is the one that was heard of last.
    this.#byNetwork.delete(network)
    this.#byNetwork.set(network, known)
    if (this.#byNetwork.size > maxAddresses) {
      const [longestSilent] = this.#byNetwork.keys()
      if (longestSilent !== undefined) this.#byNetwork.delete(longestSilent)
    }
    return known
  }
}
