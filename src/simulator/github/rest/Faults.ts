// REST calls that go wrong on purpose.
//
// Answers for: which of the next calls are late, refused, reset, or done but never answered. Times are milliseconds.
import type { Route } from "./Route.ts"

export interface Fault {
  /** An operation id (`actions/create-registration-token-for-repo`), `METHOD /path/{template}`, or `*`. */
  readonly operation: string
  /** How many calls it hits; absent: all from now on. */
  readonly times?: number
  readonly latencyMillis?: number
  /** Answered instead of the call's own answer. */
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The connection is reset instead of an answer. */
  readonly reset?: boolean
  /** The call takes effect all the same before `status` or `reset`: its answer is lost. */
  readonly afterEffect?: boolean
}

export class Faults {
  #faults: Array<{ readonly fault: Fault; left: number }> = []

  add(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? Infinity })
  }

  /** The first fault that hits this call; it is used up by one. */
  of(route: Route): Fault | null {
    const names = new Set(["*", route.operation, `${route.method} ${route.path}`])
    const entry = this.#faults.find(({ fault }) => names.has(fault.operation))
    if (entry === undefined) return null
    entry.left -= 1
    if (entry.left <= 0) this.#faults = this.#faults.filter((other) => other !== entry)
    return entry.fault
  }

  clear(): void {
    this.#faults = []
  }
}
