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

export const realClock: SimulatorClock = {
  now: () => Date.now(),
  schedule: (delayMillis, action) => {
    const timer = setTimeout(action, delayMillis)
    // A simulator that waits for a timeout must not keep a finished test process alive.
    timer.unref()
    return () => clearTimeout(timer)
  }
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
