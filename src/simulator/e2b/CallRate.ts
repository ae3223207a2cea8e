// A limit on calls, per fixed window.
//
// Answers for: whether a call may pass now, and in how many whole seconds to come again. Gotcha: how E2B cuts its windows
// is unverified.

export class CallRate {
  readonly #windowMillis: number
  #startedAt = Number.NEGATIVE_INFINITY
  #calls = 0

  constructor(windowMillis: number) {
    this.#windowMillis = windowMillis
  }

  /** 0 when the call may pass, else the whole seconds until the next one may. */
  take(limit: number | undefined, now: number): number {
    if (now - this.#startedAt >= this.#windowMillis) {
      this.#startedAt = now
      this.#calls = 0
    }
    this.#calls += 1
    if (limit === undefined || this.#calls <= limit) return 0
    return Math.max(1, Math.ceil((this.#startedAt + this.#windowMillis - now) / 1000))
  }
}
