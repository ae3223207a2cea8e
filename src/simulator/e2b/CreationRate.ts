// The plan's creation rate: a token bucket that holds one second's worth.
//
// Answers for: whether a create may pass now, and in how many whole seconds to come again.
// Gotcha: how large a burst E2B allows is unverified.

export class CreationRate {
  readonly #perSecond: number
  readonly #capacity: number
  #tokens: number
  #filledAt: number

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond
    this.#capacity = Math.max(1, perSecond)
    this.#tokens = this.#capacity
    this.#filledAt = now
  }

  /** 0 when a token was taken, else the whole seconds until there is one. */
  take(now: number): number {
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond)
    this.#filledAt = now
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.max(1, Math.ceil((1 - this.#tokens) / this.#perSecond))
  }
}
