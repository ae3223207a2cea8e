// Where the simulated GitHub takes time, timers, ids and secrets from.
//
// Answers for: the two seams through which everything non-deterministic enters, and their real implementation.
// Gotcha: the machine never reads the clock or makes an id by itself, so a seeded simulation can drive it in memory.
import { randomBytes, randomUUID } from "node:crypto"

/** Ends a timer. Calling it twice, or after the timer fired, is harmless. */
export type CancelTimer = () => void

export interface SimulatorClock {
  /** Epoch milliseconds. */
  now(): number
  schedule(delayMillis: number, action: () => void): CancelTimer
}

export interface SimulatorIds {
  /** A number that was never returned before by this source. */
  next(): number
  guid(): string
  /** `length` random characters of [A-Za-z0-9]. */
  secret(length: number): string
  /** 40 hexadecimal digits. */
  sha(): string
}

/** Node's timers count in 32 bits; longer waits are made of several. */
const longestTimer = 2_147_483_647

export const realClock: SimulatorClock = {
  now: () => Date.now(),
  schedule: (delayMillis, action) => {
    const due = Date.now() + delayMillis
    let timer: NodeJS.Timeout
    const arm = (): void => {
      const wait = Math.max(0, due - Date.now())
      timer = setTimeout(() => (wait > longestTimer ? arm() : action()), Math.min(wait, longestTimer))
      // A simulator that waits for a timeout must not keep a finished test process alive.
      timer.unref()
    }
    arm()
    return () => clearTimeout(timer)
  }
}

/** GitHub's clock when it is not the runner's: ahead of `base` by milliseconds, behind when negative. */
export class SkewedClock implements SimulatorClock {
  skewMs = 0
  readonly #base: SimulatorClock

  constructor(base: SimulatorClock) {
    this.#base = base
  }

  readonly now = (): number => this.#base.now() + this.skewMs

  readonly schedule = (delayMillis: number, action: () => void): CancelTimer => this.#base.schedule(delayMillis, action)
}

/** Ids count up from `first`; the rest comes from the operating system's random source. */
export const randomIds = (first: number): SimulatorIds => {
  let last = first
  return {
    next: () => ++last,
    guid: () => randomUUID(),
    secret: (length) => {
      let text = ""
      while (text.length < length) text += randomBytes(length).toString("base64").replace(/[+/=]/g, "")
      return text.slice(0, length)
    },
    sha: () => randomBytes(20).toString("hex")
  }
}

/**
 * Where a fresh simulator starts to count: eleven digits as on github.com, and higher at every start (1,000 ids per
 * second of real time), so that a database which outlives the simulator never meets a job id twice.
 */
export const firstIdAt = (nowMillis: number): number => Math.max(1, Math.floor(nowMillis / 1000) - 1_700_000_000) * 1000
