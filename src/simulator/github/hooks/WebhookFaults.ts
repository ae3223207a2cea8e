// Webhooks that go wrong on purpose.
//
// Answers for: which of the next webhooks are lost, doubled, late, out of order, or do not reach the receiver. A lost one
// leaves no record, as with an event that GitHub never sent; one that did not reach it can be sent again. Gotcha: chances are drawn from the seed by the fault's number and the count of webhooks
// that it might have met, so the same seed loses the same webhooks.
import { draw } from "../../misbehaviour/Draw.ts"
import { FaultRefused } from "../../misbehaviour/Fault.ts"
import type { WebhookEvent } from "../machine/WebhookEvent.ts"

export const webhookFaultKinds = ["drop", "unreached", "duplicate", "delay", "reorder"] as const

export interface WebhookFault {
  /** `reorder`: the webhook after it is sent first. `unreached`: nobody answers, as when a proxy in between is down. */
  readonly kind: (typeof webhookFaultKinds)[number]
  /** Only this event, e.g. `workflow_job`; absent: any. */
  readonly event?: string
  /** Only this action, e.g. `completed`; absent: any. */
  readonly action?: string
  /** How many webhooks it hits; absent: all from now on. */
  readonly times?: number
  /** The share of webhooks that it hits, 0 to 1, drawn from the seed. */
  readonly chance?: number
  /** Of `delay`: how late. Of `reorder`: how long it waits for another webhook, 1,000 when left out. */
  readonly delayMs?: number
}

export interface WebhookFate {
  readonly dropped: boolean
  readonly unreached: boolean
  readonly copies: number
  readonly delayMs: number
  /** How long it waits for another one to go first; null: it does not. */
  readonly heldMs: number | null
}

const known = ["kind", "event", "action", "times", "chance", "delayMs"]

/** A fault out of JSON. Throws FaultRefused. */
export const parseWebhookFault = (value: unknown): WebhookFault => {
  const fault = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>
  const stranger = Object.keys(fault).find((key) => !known.includes(key))
  if (stranger !== undefined) throw new FaultRefused(`${stranger}: a webhook fault has only ${known.join(", ")}`)
  const { kind, event, action, times, chance, delayMs } = fault
  if (!(webhookFaultKinds as ReadonlyArray<unknown>).includes(kind)) {
    throw new FaultRefused(`kind: expected one of ${webhookFaultKinds.join(", ")}`)
  }
  for (const [key, given] of Object.entries({ event, action })) {
    if (given !== undefined && typeof given !== "string") throw new FaultRefused(`${key}: expected a name`)
  }
  const isNumber = (given: unknown) => typeof given === "number" && Number.isFinite(given) && given >= 0
  if (times !== undefined && !(Number.isSafeInteger(times) && Number(times) >= 1)) {
    throw new FaultRefused("times: expected 1 or more")
  }
  if (chance !== undefined && !(isNumber(chance) && Number(chance) <= 1)) {
    throw new FaultRefused("chance: expected a share from 0 to 1")
  }
  if (delayMs !== undefined && !isNumber(delayMs)) throw new FaultRefused("delayMs: expected milliseconds")
  if (kind === "delay" && delayMs === undefined) throw new FaultRefused("delayMs: a delay needs it, in milliseconds")
  return fault as unknown as WebhookFault
}

export class WebhookFaults {
  dropped = 0
  /** How many webhooks each kind has met. */
  readonly met = new Map<string, number>()
  /** What `chance` is drawn from. */
  seed = 0
  #asked = 0
  #faults: Array<{ readonly fault: WebhookFault; readonly number: number; left: number; seen: number }> = []

  /** Throws FaultRefused. */
  add(fault: WebhookFault): void {
    parseWebhookFault(fault)
    this.#faults.push({ fault, number: ++this.#asked, left: fault.times ?? Infinity, seen: 0 })
  }

  of(webhook: WebhookEvent): WebhookFate {
    let dropped = false
    let unreached = false
    let copies = 1
    let delayMs = 0
    let heldMs: number | null = null
    for (const entry of this.#faults) {
      const { fault } = entry
      if (fault.event !== undefined && fault.event !== webhook.event) continue
      if (fault.action !== undefined && fault.action !== webhook.action) continue
      entry.seen += 1
      const { chance = 1 } = fault
      if (chance < 1 && draw(this.seed, "webhook", entry.number, entry.seen) >= chance) continue
      entry.left -= 1
      const name = [fault.kind, webhook.event, webhook.action].filter((word) => word !== null).join(" ")
      this.met.set(name, (this.met.get(name) ?? 0) + 1)
      if (fault.kind === "drop") dropped = true
      else if (fault.kind === "unreached") unreached = true
      else if (fault.kind === "duplicate") copies += 1
      else if (fault.kind === "delay") delayMs += fault.delayMs ?? 0
      else heldMs = fault.delayMs ?? 1000
    }
    this.#faults = this.#faults.filter((entry) => entry.left > 0)
    if (dropped) this.dropped += 1
    return { dropped, unreached, copies, delayMs, heldMs }
  }

  clear(): void {
    this.#faults = []
    this.#asked = 0
    this.dropped = 0
    this.met.clear()
  }
}
