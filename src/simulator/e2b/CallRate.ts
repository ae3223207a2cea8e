// The limit on calls of the control API, per fixed window.
//
// Answers for: whether a call may pass now, and in how many whole seconds to come again. Gotcha: how E2B cuts its windows
// is unverified.

const windowMillis = 30_000

export class CallRate {
  #startedAt = Number.NEGATIVE_INFINITY
  #calls = 0

  /** 0 when the call may pass, else the whole seconds until the next one may. */
  take(limit: number | undefined, now: number): number {
    if (now - this.#startedAt >= windowMillis) {
      this.#startedAt = now
      this.#calls = 0
    }
    this.#calls += 1
    if (limit === undefined || this.#calls <= limit) return 0
    return Math.max(1, Math.ceil((this.#startedAt + windowMillis - now) / 1000))
  }
}
