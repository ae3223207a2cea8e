// Sandboxes that vanish: nobody asked for it, and every later call finds nothing.
//
// Answers for: which of the sandboxes that are created from now on are lost, and after how long, by seed. Not for losing
// one by name (SandboxFleet.vanish). Gotcha: the n-th sandbox meets the same fate with the same seed.
import { draw } from "../misbehaviour/Draw.ts"
import { FaultRefused } from "../misbehaviour/Fault.ts"
import type { SandboxFleet } from "./SandboxFleet.ts"
import type { SandboxRecord } from "./SandboxRecord.ts"
import type { Timeline } from "./Timeline.ts"

export interface VanishingPlan {
  readonly seed: number
  /** The share of sandboxes that vanish, 0 to 1. */
  readonly share: number
  /** The shortest and the longest life of those, in milliseconds. */
  readonly afterMs: readonly [least: number, most: number]
  /** At most so many sandboxes; any number when left out. */
  readonly times?: number
}

/** A plan out of JSON, or null for none. Throws FaultRefused. */
export const parseVanishing = (value: unknown): VanishingPlan | null => {
  if (value === null) return null
  const { seed, share, afterMs, times } = (typeof value === "object" ? value : {}) as Readonly<Record<string, unknown>>
  if (!Number.isSafeInteger(seed)) throw new FaultRefused("seed: expected a whole number")
  if (typeof share !== "number" || share < 0 || share > 1) throw new FaultRefused("share: expected a share from 0 to 1")
  if (times !== undefined && !(Number.isSafeInteger(times) && Number(times) >= 1)) {
    throw new FaultRefused("times: expected 1 or more")
  }
  const span: ReadonlyArray<unknown> = Array.isArray(afterMs) ? afterMs : []
  const [least, most] = span.map(Number)
  if (span.length !== 2 || !(Number(least) >= 0) || !(Number(most) >= Number(least))) {
    throw new FaultRefused("afterMs: expected the shortest and the longest life in milliseconds")
  }
  const plan = { seed: seed as number, share, afterMs: [least as number, most as number] } as const
  return times === undefined ? plan : { ...plan, times: Number(times) }
}

export class Vanishing {
  #plan: VanishingPlan | null = null
  #sandboxes = 0
  #chosen = 0

  constructor(fleet: SandboxFleet, timeline: Timeline) {
    fleet.onCreated((record) => this.#decide(record, fleet, timeline))
  }

  get plan(): VanishingPlan | null {
    return this.#plan
  }

  /** For the sandboxes from now on; null ends it. */
  set plan(plan: VanishingPlan | null) {
    this.#plan = plan
    this.#sandboxes = 0
    this.#chosen = 0
  }

  #decide({ sandboxID }: SandboxRecord, fleet: SandboxFleet, timeline: Timeline): void {
    if (this.#plan === null) return
    const { seed, share, afterMs, times = Infinity } = this.#plan
    const number = (this.#sandboxes += 1)
    if (draw(seed, "vanish", number, "whether") >= share || this.#chosen >= times) return
    this.#chosen += 1
    const [least, most] = afterMs
    timeline.at(timeline.now() + least + draw(seed, "vanish", number, "when") * (most - least), () => {
      if (fleet.find(sandboxID) !== undefined) fleet.vanish(sandboxID)
    })
  }
}
