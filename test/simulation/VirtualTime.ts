// Time and order of a simulation: nothing happens but what was planned, in an order that only the seed decides.
//
// Answers for: one clock for runnerd (Effect's Clock), E2B (Timeline) and GitHub (SimulatorClock); running every fiber to
// where it waits before time goes on; and jumping to the next planned instant. Gotchas: fibers run on a scheduler of our own,
// so that nothing depends on how Node orders its timers; promises of the simulators get a turn of Node's loop whenever no
// fiber has anything to do. Two actions of one instant happen in the order in which they were planned.
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Scheduler, SchedulerDispatcher } from "effect/Scheduler"
import type { Timeline } from "../../src/simulator/e2b/Timeline.ts"
import type { SimulatorClock } from "../../src/simulator/github/Environment.ts"

interface Planned {
  readonly at: number
  readonly number: number
  readonly action: () => void
  cancelled: boolean
}

const earlier = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.number < b.number)

/** The earliest first. */
class Agenda {
  readonly #heap: Array<Planned> = []

  add(planned: Planned): void {
    const heap = this.#heap
    let index = heap.push(planned) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!earlier(planned, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = planned
  }

  take(): Planned | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child += 1
      if (!earlier(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
}

/** Every task in the order of its priority, then of its coming. */
class Tasks implements SchedulerDispatcher {
  readonly #buckets = new Map<number, Array<() => void>>()

  scheduleTask(task: () => void, priority: number): void {
    const bucket = this.#buckets.get(priority)
    if (bucket === undefined) this.#buckets.set(priority, [task])
    else bucket.push(task)
  }

  /** Runs what there is, and what comes of it; whether there was anything. */
  flush(): boolean {
    let any = false
    for (;;) {
      const priorities = [...this.#buckets].filter(([, tasks]) => tasks.length > 0).map(([priority]) => priority)
      if (priorities.length === 0) return any
      any = true
      const tasks = this.#buckets.get(Math.min(...priorities))!
      for (const task of tasks.splice(0)) task()
    }
  }
}

const turnOfNode = () => new Promise<void>((resolve) => setImmediate(resolve))

export class VirtualTime {
  #now: number
  #planned = 0
  readonly #agenda = new Agenda()
  readonly #tasks = new Tasks()

  /** `startAt`: epoch milliseconds. */
  constructor(startAt: number) {
    this.#now = startAt
  }

  readonly now = (): number => this.#now

  /** In whole milliseconds, as real clocks tell them. The answer takes it back. */
  readonly at = (millis: number, action: () => void): (() => void) => {
    const planned: Planned = {
      at: Math.max(Math.ceil(millis), this.#now),
      number: (this.#planned += 1),
      action,
      cancelled: false
    }
    this.#agenda.add(planned)
    return () => {
      planned.cancelled = true
    }
  }

  readonly in = (millis: number, action: () => void): (() => void) => this.at(this.#now + millis, action)

  /** As a process reads it: whole milliseconds. */
  readonly #millis = (): number => Math.floor(this.#now)

  #nanos(): bigint {
    return BigInt(this.#now) * 1_000_000n
  }

  readonly timeline: Timeline = { now: this.now, at: this.at }

  readonly simulatorClock: SimulatorClock = { now: this.now, schedule: this.in }

  readonly clock: Clock.Clock = {
    currentTimeMillisUnsafe: this.#millis,
    currentTimeNanosUnsafe: () => this.#nanos(),
    monotonicTimeNanosUnsafe: () => this.#nanos(),
    currentTimeMillis: Effect.sync(this.#millis),
    currentTimeNanos: Effect.sync(() => this.#nanos()),
    monotonicTimeNanos: Effect.sync(() => this.#nanos()),
    sleep: (duration) =>
      Effect.callback<void>((resume) => {
        const cancel = this.in(Duration.toMillis(duration), () => resume(Effect.void))
        return Effect.sync(cancel)
      })
  }

  readonly scheduler: Scheduler = {
    executionMode: "async",
    shouldYield: (fiber) => fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield,
    makeDispatcher: () => this.#tasks
  }

  /** Lets everything run until nothing has anything to do at this instant. */
  async settle(): Promise<void> {
    do this.#tasks.flush()
    while ((await turnOfNode(), this.#tasks.flush()))
  }

  /** Goes on until `over` holds or `deadline` (epoch milliseconds) has come; whether it held. */
  async runUntil(over: () => boolean, deadline: number): Promise<boolean> {
    await this.settle()
    while (!over()) {
      const next = this.#agenda.take()
      if (next === undefined || next.at > deadline) {
        if (next !== undefined) this.#agenda.add(next)
        return false
      }
      if (next.cancelled) continue
      this.#now = next.at
      next.action()
      await this.settle()
    }
    return true
  }
}
