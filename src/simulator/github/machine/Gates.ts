// What holds a job back although a runner may be free: max-parallel of a matrix, and concurrency groups.
//
// Answers for: who may go on now, and who is let go on when another one is over. Not for what a held job looks like:
// GitHub announces it as queued all the same (github.com shows a job held by a concurrency group as `pending` in places;
// unverified for webhooks).
// Gotcha: of the jobs that wait for a concurrency group only the newest stays; the one before it is cancelled.
import type { Job } from "./Entities.ts"

export interface Gate {
  readonly key: string
  readonly room: number
  /** A newcomer takes the place of whoever waits. */
  readonly onlyNewestWaits: boolean
}

interface Waiting {
  readonly job: Job
  readonly gates: ReadonlyArray<Gate>
}

export class Gates {
  readonly #inside = new Map<string, Set<Job>>()
  readonly #held = new Map<Job, ReadonlyArray<Gate>>()
  #waiting: ReadonlyArray<Waiting> = []

  /** Whether the job may go on at once. `displaced`: jobs that wait no more and are to be cancelled. */
  enter(job: Job, gates: ReadonlyArray<Gate>): { readonly passes: boolean; readonly displaced: ReadonlyArray<Job> } {
    if (gates.length === 0) return { passes: true, displaced: [] }
    if (this.#pass({ job, gates })) return { passes: true, displaced: [] }
    const narrow = new Set(gates.filter((gate) => gate.onlyNewestWaits).map((gate) => gate.key))
    const full = (gate: Gate) => (this.#inside.get(gate.key)?.size ?? 0) >= gate.room
    const displaced = this.#waiting.filter((other) => other.gates.some((gate) => narrow.has(gate.key) && full(gate)))
    this.#waiting = [...this.#waiting.filter((other) => !displaced.includes(other)), { job, gates }]
    return { passes: false, displaced: displaced.map((other) => other.job) }
  }

  #pass({ job, gates }: Waiting): boolean {
    const rooms = gates.map(({ key, room }) => ({ inside: this.#inside.get(key) ?? new Set<Job>(), key, room }))
    if (rooms.some(({ inside, room }) => inside.size >= room)) return false
    for (const { key, inside } of rooms) this.#inside.set(key, inside.add(job))
    this.#held.set(job, gates)
    return true
  }

  /** The job is over, or waits no more. Returns those that may go on now, in their order. */
  leave(job: Job): ReadonlyArray<Job> {
    const gates = this.#held.get(job)
    if (gates === undefined) {
      if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((other) => other.job !== job)
      return []
    }
    this.#held.delete(job)
    for (const { key } of gates) {
      const inside = this.#inside.get(key)
      if (inside?.delete(job) === true && inside.size === 0) this.#inside.delete(key)
    }
    const released = this.#waiting.filter((waiting) => this.#pass(waiting))
    if (released.length > 0) this.#waiting = this.#waiting.filter((waiting) => !released.includes(waiting))
    return released.map((waiting) => waiting.job)
  }

  clear(): void {
    this.#inside.clear()
    this.#held.clear()
    this.#waiting = []
  }
}
