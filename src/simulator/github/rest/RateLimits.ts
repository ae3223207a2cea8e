// GitHub's limits per caller.
//
// Answers for: the x-ratelimit headers, the primary limit (calls per hour), and the secondary ones: points per minute and
// endpoint (GET 1, anything else 5), calls at the same time, runner registrations. Source: GitHub's documentation of rate
// limits, and of limits of self-hosted runners.
// Gotchas: all are counted always, but refuse only while enforced. GitHub has more secondary limits than it tells; those
// for creating content meet no endpoint that is served here. How a refused registration looks is unverified.
import type { SimulatorClock } from "../Environment.ts"
import { Refused } from "../machine/Refused.ts"
import type { RateLimitOptions } from "../Options.ts"
import type { Principal } from "./Principal.ts"

interface Window {
  startedAt: number
  used: number
}

const hour = 3_600_000
const minute = 60_000
const registrationWindow = 5 * minute
const secondaryMessage = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
const highestGrownLimit = 12_500

const keyOf = (principal: Principal): string => {
  if (principal.kind === "installation") return `installation:${principal.token.installationId}`
  return principal.kind === "user" ? `user:${principal.login}` : principal.kind
}

export class RateLimits {
  options: RateLimitOptions
  readonly #clock: SimulatorClock
  readonly #windows = new Map<string, Window>()
  readonly #inFlight = new Map<string, number>()

  constructor(clock: SimulatorClock, options: RateLimitOptions) {
    this.#clock = clock
    this.options = options
  }

  #spend(key: string, lengthMillis: number, cost: number): Window {
    const now = this.#clock.now()
    const known = this.#windows.get(key)
    const window = known !== undefined && now - known.startedAt < lengthMillis ? known : { startedAt: now, used: 0 }
    window.used += cost
    this.#windows.set(key, window)
    return window
  }

  /** An installation may call more often when it has many repositories: 50 an hour for each above 20. */
  #limitOf(principal: Principal): number {
    const { requestsPerHour } = this.options
    if (principal.kind !== "installation") return requestsPerHour
    const more = 50 * Math.max(0, principal.token.installation.repositories.size - 20)
    return Math.max(requestsPerHour, Math.min(highestGrownLimit, requestsPerHour + more))
  }

  #headers(principal: Principal, window: Window): Readonly<Record<string, string>> {
    const limit = this.#limitOf(principal)
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - window.used)),
      "x-ratelimit-used": String(Math.min(limit, window.used)),
      "x-ratelimit-reset": String(Math.ceil((window.startedAt + hour) / 1000)),
      "x-ratelimit-resource": "core"
    }
  }

  #refuseSecondary(headers: Readonly<Record<string, string>>, waitMillis: number): never {
    const seconds = Math.max(1, Math.ceil(waitMillis / 1000))
    throw new Refused(403, secondaryMessage, { ...headers, "retry-after": String(seconds) })
  }

  /** Counts a call and returns its headers. 403 when a limit is enforced and exceeded. */
  spend(principal: Principal, operation: string, method: string): Readonly<Record<string, string>> {
    const key = keyOf(principal)
    const primary = this.#spend(key, hour, operation === "rate-limit/get" ? 0 : 1)
    const headers = this.#headers(principal, primary)
    const secondary = this.#spend(`${key} ${operation}`, minute, method === "GET" ? 1 : 5)
    const { enforced, pointsPerMinute, concurrentRequests } = this.options
    if (!enforced) return headers
    if (primary.used > this.#limitOf(principal)) {
      throw new Refused(403, "API rate limit exceeded for installation.", headers)
    }
    if (secondary.used > pointsPerMinute) {
      this.#refuseSecondary(headers, secondary.startedAt + minute - this.#clock.now())
    }
    if ((this.#inFlight.get(key) ?? 0) > concurrentRequests) this.#refuseSecondary(headers, minute)
    return headers
  }

  /** The call was answered by 304: it costs nothing after all. Returns its headers. */
  refund(principal: Principal): Readonly<Record<string, string>> {
    return this.#headers(principal, this.#spend(keyOf(principal), hour, -1))
  }

  /** Counts the call as going on while `work` does: from its arrival to its answer, whatever delays it. */
  async during<A>(principal: Principal, work: () => A | Promise<A>): Promise<A> {
    const key = keyOf(principal)
    this.#inFlight.set(key, (this.#inFlight.get(key) ?? 0) + 1)
    try {
      return await work()
    } finally {
      this.#inFlight.set(key, (this.#inFlight.get(key) ?? 1) - 1)
    }
  }

  /** Counts a registration at a repository or an organisation. 403 when the limit is enforced and exceeded. */
  spendRegistration(place: string): void {
    const window = this.#spend(`registrations ${place}`, registrationWindow, 1)
    const { enforced, registrationsPer5Minutes } = this.options
    if (!enforced || window.used <= registrationsPer5Minutes) return
    this.#refuseSecondary({}, window.startedAt + registrationWindow - this.#clock.now())
  }

  /** What GET /rate_limit says; costs nothing. */
  overview(principal: Principal) {
    const window = this.#spend(keyOf(principal), hour, 0)
    const limit = this.#limitOf(principal)
    const used = Math.min(limit, window.used)
    return { limit, used, remaining: limit - used, reset: Math.ceil((window.startedAt + hour) / 1000) }
  }

  clear(): void {
    this.#windows.clear()
  }
}
