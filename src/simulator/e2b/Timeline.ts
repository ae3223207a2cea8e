// The simulator's only source of time: what the clock says, and what happens later; and a clock that is wrong.
//
// Answers for: the seam by which a seeded simulation can drive the same state machines on a time of its own.
// Gotcha: the system's timers do not keep the process alive; an open listening socket does.

export interface Timeline {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Runs `action` once at the given instant (at once when it has passed). The answer cancels it. */
  readonly at: (millis: number, action: () => void) => () => void
}

/** A clock that runs ahead of `base` (behind when negative) by milliseconds; what was planned keeps its distance. */
export class SkewedTimeline implements Timeline {
  skewMs = 0
  readonly #base: Timeline

  constructor(base: Timeline) {
    this.#base = base
  }

  readonly now = (): number => this.#base.now() + this.skewMs

  readonly at = (millis: number, action: () => void): (() => void) => this.#base.at(millis - this.skewMs, action)
}

/** Node's timers count in 32 bits; longer waits are made of several. */
const longestTimer = 2_147_483_647

export const systemTimeline: Timeline = {
  now: () => Date.now(),
  at: (millis, action) => {
    let timer: NodeJS.Timeout
    const arm = (): void => {
      const wait = Math.max(0, millis - Date.now())
      timer = setTimeout(() => (wait > longestTimer ? arm() : action()), Math.min(wait, longestTimer)).unref()
    }
    arm()
    return () => clearTimeout(timer)
  }
}
