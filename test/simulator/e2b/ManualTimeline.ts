// A time that stands still until a test moves it.
import type { Timeline } from "../../../src/simulator/e2b/Timeline.ts"

export class ManualTimeline implements Timeline {
  #now = Date.UTC(2026, 0, 1)
  #due: Array<{ millis: number; action: () => void }> = []

  readonly now = () => this.#now

  readonly at = (millis: number, action: () => void) => {
    const entry = { millis, action }
    this.#due.push(entry)
    return () => {
      this.#due = this.#due.filter((other) => other !== entry)
    }
  }

  /** Whether something waits for exactly that instant. */
  isAwaited(millis: number): boolean {
    return this.#due.some((entry) => entry.millis === millis)
  }

  /** Runs everything that falls due on the way, in order. */
  advance(millis: number): void {
    const until = this.#now + millis
    for (;;) {
      const [next] = this.#due.filter((entry) => entry.millis <= until).sort((a, b) => a.millis - b.millis)
      if (next === undefined) break
      this.#due = this.#due.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.millis)
      next.action()
    }
    this.#now = until
  }
}
