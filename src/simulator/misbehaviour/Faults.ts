// Which fault meets the next call.
//
// Answers for: keeping the faults that were asked for, counting calls, and using faults up. Rules: a call meets at most
// one fault with an answer, the first that is due for its operation (those that name it come before `*`), and every
// fault that only delays; a storm is met only where nothing else spoils the answer.
// Gotcha: asking uses up. The n-th call of an operation draws the same chance whatever other operations do meanwhile.
import { draw } from "./Draw.ts"
import type { Fault, FaultVocabulary } from "./Fault.ts"
import { faultWords, parseFault } from "./Fault.ts"
import type { Storm } from "./Storm.ts"
import { parseStorm, stormFault } from "./Storm.ts"

interface Pending {
  readonly fault: Fault
  /** Of all faults that were asked for since the last clear. */
  readonly number: number
  left: number
  toSkip: number
  /** Calls that it might have met, by operation. */
  readonly calls: Map<string, number>
}

/** All that one call meets. */
export interface Met {
  /** The fault with an answer, if there is one. */
  readonly spoiling: Fault | undefined
  readonly delayMs: number
  readonly answerDelayMs: number
}

type Names = readonly [operation: string, ...aliases: ReadonlyArray<string>]

const nothing: Met = { spoiling: undefined, delayMs: 0, answerDelayMs: 0 }

export class Faults {
  readonly #vocabulary: () => FaultVocabulary
  #pending: Array<Pending> = []
  #asked = 0
  #seed = 0
  /** How many calls met each fault, by operation and what went wrong. */
  readonly met = new Map<string, number>()
  #storm: Storm | undefined
  readonly #calls = new Map<string, number>()

  constructor(vocabulary: () => FaultVocabulary) {
    this.#vocabulary = vocabulary
  }

  /** Throws FaultRefused, as for one out of JSON: a name that does not exist would never meet a call. */
  add(fault: Fault): void {
    parseFault(fault, this.#vocabulary())
    this.#keep(fault)
  }

  #keep(fault: Fault): void {
    const left = fault.times === "always" ? Number.POSITIVE_INFINITY : (fault.times ?? 1)
    this.#pending.push({ fault, number: ++this.#asked, left, toSkip: fault.skip ?? 0, calls: new Map() })
  }

  /** One fault or a list of them out of JSON: all or none. Throws FaultRefused. */
  addUnknown(value: unknown): void {
    const values: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
    const faults = values.map((each) => parseFault(each, this.#vocabulary()))
    for (const fault of faults) this.#keep(fault)
  }

  /** What `chance` is drawn from. */
  set seed(seed: number) {
    this.#seed = seed
  }

  /** Until it is ended by null, or by clear. */
  set storm(storm: Storm | null) {
    this.#storm = storm ?? undefined
    this.#calls.clear()
  }

  /** A storm out of JSON, or null for none. Throws FaultRefused. */
  stormUnknown(value: unknown): void {
    this.storm = value === null ? null : parseStorm(value, this.#vocabulary().operations)
  }

  /** Faults and storm are over, and what was met is forgotten; the seed stays. */
  clear(): void {
    this.#pending = []
    this.#asked = 0
    this.met.clear()
    this.storm = null
  }

  /** What was asked for and has not been used up. */
  pending(): ReadonlyArray<Fault & { readonly left: number | "always" }> {
    return this.#pending.map(({ fault, left }) => ({ ...fault, left: Number.isFinite(left) ? left : "always" }))
  }

  operations(): ReadonlyArray<string> {
    return [...this.#vocabulary().operations]
  }

  /** What meets this call. `names`: its operation's name first, then other names of the same. */
  take(...names: Names): Met {
    return this.#take(names, this.#storm)
  }

  /** As take, for calls that neither `*` nor a storm means. */
  takeNamed(...names: Names): Met {
    return this.#take(names, null)
  }

  #take(names: Names, storm: Storm | undefined | null): Met {
    if (this.#pending.length === 0 && !storm) return nothing
    const delaying: Array<Fault> = []
    let spoiling: Fault | undefined
    for (const exact of storm === null ? [true] : [true, false]) {
      for (const entry of this.#pending) {
        const { operation, answer } = entry.fault
        if (exact ? !names.includes(operation) : operation !== "*") continue
        if (answer !== undefined && spoiling !== undefined) continue
        if (!this.#isDue(entry, names[0])) continue
        if (answer === undefined) delaying.push(entry.fault)
        else spoiling = entry.fault
      }
    }
    this.#pending = this.#pending.filter((entry) => entry.left > 0)
    const ofStorm = storm ? this.#fromStorm(storm, names[0]) : undefined
    if (ofStorm?.answer !== undefined) spoiling ??= ofStorm
    else if (ofStorm !== undefined) delaying.push(ofStorm)
    const all = spoiling === undefined ? delaying : [...delaying, spoiling]
    for (const fault of all) {
      const name = `${names[0]}: ${faultWords(fault)}`
      this.met.set(name, (this.met.get(name) ?? 0) + 1)
    }
    return {
      spoiling,
      delayMs: all.reduce((sum, fault) => sum + (fault.delayMs ?? 0), 0),
      answerDelayMs: all.reduce((sum, fault) => sum + (fault.answerDelayMs ?? 0), 0)
    }
  }

  #isDue(entry: Pending, operation: string): boolean {
    if (entry.toSkip > 0) {
      entry.toSkip -= 1
      return false
    }
    const { chance = 1 } = entry.fault
    if (chance < 1) {
      const call = (entry.calls.get(operation) ?? 0) + 1
      entry.calls.set(operation, call)
      if (draw(this.#seed, "fault", entry.number, operation, call) >= chance) return false
    }
    entry.left -= 1
    return true
  }

  #fromStorm(storm: Storm, operation: string): Fault | undefined {
    const call = (this.#calls.get(operation) ?? 0) + 1
    this.#calls.set(operation, call)
    return stormFault(storm, operation, call)
  }
}
