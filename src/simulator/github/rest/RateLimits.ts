// GitHub's limits per caller.
//
// Answers for: the x-ratelimit headers, the primary limit (calls per hour) and the secondary one (points per minute and
// endpoint: GET 1, anything else 5). Gotcha: both are shown or counted always, but refuse only when enforced.
import type { SimulatorClock } from "../Environment.ts"
import { Refused } from "../machine/Refused.ts"
import type { SimulatorLimits } from "../Options.ts"
import type { Principal } from "./Authentication.ts"

interface Window {
  startedAt: number
  used: number
}

const hour = 3_600_000
const minute = 60_000

const keyOf = (principal: Principal): string => {
  if (principal.kind === "installation") return `installation:${principal.token.installation.id}`
  return principal.kind === "user" ? `user:${principal.login}` : principal.kind
}

export class RateLimits {
  readonly #clock: SimulatorClock
  readonly #limits: SimulatorLimits
  readonly #enforced: boolean
  readonly #windows = new Map<string, Window>()

  constructor(clock: SimulatorClock, limits: SimulatorLimits, enforced: boolean) {
    this.#clock = clock
    this.#limits = limits
    this.#enforced = enforced
  }

  #spend(key: string, lengthMillis: number, cost: number): Window {
    const now = this.#clock.now()
    const known = this.#windows.get(key)
    const window = known !== undefined && now - known.startedAt < lengthMillis ? known : { startedAt: now, used: 0 }
    window.used += cost
    this.#windows.set(key, window)
    return window
  }

  /** Counts a call and returns its headers. 403 when a limit is enforced and exceeded. */
  spend(principal: Principal, operation: string, method: string): Readonly<Record<string, string>> {
    const key = keyOf(principal)
    const primary = this.#spend(key, hour, operation === "rate-limit/get" ? 0 : 1)
    const limit = this.#limits.requestsPerHour
    const headers = {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - primary.used)),
      "x-ratelimit-used": String(Math.min(limit, primary.used)),
      "x-ratelimit-reset": String(Math.ceil((primary.startedAt + hour) / 1000)),
      "x-ratelimit-resource": "core"
    }
    const secondary = this.#spend(`${key} ${operation}`, minute, method === "GET" ? 1 : 5)
    if (!this.#enforced) return headers
    if (primary.used > limit) {
      throw new Refused(403, "API rate limit exceeded for installation.", headers)
    }
    if (secondary.used > this.#limits.pointsPerMinute) {
      const seconds = Math.ceil((secondary.startedAt + minute - this.#clock.now()) / 1000)
      const message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
      throw new Refused(403, message, { ...headers, "retry-after": String(Math.max(1, seconds)) })
    }
    return headers
  }

  /** What GET /rate_limit says; costs nothing. */
  overview(principal: Principal) {
    const window = this.#spend(keyOf(principal), hour, 0)
    const limit = this.#limits.requestsPerHour
    const used = Math.min(limit, window.used)
    return { limit, used, remaining: limit - used, reset: Math.ceil((window.startedAt + hour) / 1000) }
  }

  clear(): void {
    this.#windows.clear()
  }
}
