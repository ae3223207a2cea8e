// Webhooks that go wrong on purpose.
//
// Answers for: which of the next webhooks are lost, doubled or late. A lost one leaves no record, as with an event that
// GitHub never sent. Times are milliseconds.
import type { WebhookEvent } from "../machine/WebhookEvent.ts"

export interface WebhookFault {
  readonly kind: "drop" | "duplicate" | "delay"
  /** Only this event, e.g. `workflow_job`; absent: any. */
  readonly event?: string
  /** Only this action, e.g. `completed`; absent: any. */
  readonly action?: string
  /** How many webhooks it hits; absent: all from now on. */
  readonly times?: number
  readonly delayMillis?: number
}

export interface WebhookFate {
  readonly dropped: boolean
  readonly copies: number
  readonly delayMillis: number
}

export class WebhookFaults {
  dropped = 0
  #faults: Array<{ readonly fault: WebhookFault; left: number }> = []

  add(fault: WebhookFault): void {
    this.#faults.push({ fault, left: fault.times ?? Infinity })
  }

  of(webhook: WebhookEvent): WebhookFate {
    let dropped = false
    let copies = 1
    let delayMillis = 0
    for (const entry of this.#faults) {
      const { fault } = entry
      if (fault.event !== undefined && fault.event !== webhook.event) continue
      if (fault.action !== undefined && fault.action !== webhook.action) continue
      entry.left -= 1
      if (fault.kind === "drop") dropped = true
      else if (fault.kind === "duplicate") copies += 1
      else delayMillis += fault.delayMillis ?? 0
    }
    this.#faults = this.#faults.filter((entry) => entry.left > 0)
    if (dropped) this.dropped += 1
    return { dropped, copies, delayMillis }
  }

  clear(): void {
    this.#faults = []
    this.dropped = 0
  }
}
