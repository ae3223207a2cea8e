// What changed and was not yet sent to one client, bounded whatever the client does.
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"

/**
 * What a client has not been sent yet: the newest value of each key. A slow client finds what it missed overwritten, not
 * queued up. Above `most` keys all is dropped and `overflown` set until it is taken.
 */
export class Unsent<K, V> {
  readonly #latch = Latch.makeUnsafe(false)
  readonly #most: number
  #values = new Map<K, V>()
  #overflown = false

  constructor(most: number) {
    this.#most = most
  }

  put(key: K, value: V): void {
    if (!this.#overflown) {
      // Deleted first, so that the order is that of the last change.
      this.#values.delete(key)
      this.#values.set(key, value)
    }
    if (this.#values.size > this.#most) this.overflow()
    this.#latch.openUnsafe()
  }

  overflow(): void {
    this.#overflown = true
    this.#values.clear()
    this.#latch.openUnsafe()
  }

  /** Waits until there is something. */
  readonly take = Effect.suspend(() => this.#latch.await).pipe(
    Effect.map(() => {
      const taken = { values: [...this.#values.values()], overflown: this.#overflown }
      this.#values = new Map()
      this.#overflown = false
      this.#latch.closeUnsafe()
      return taken
    })
  )
}
