// What GitHub remembers of the webhooks that it sent.
//
// Answers for: one record per attempt, newest first to the reader, bounded. A redelivery is another record with the same
// GUID. Not for sending (WebhookSender.ts).
import type { SimulatorClock, SimulatorIds } from "../Environment.ts"
import type { WebhookEvent } from "../machine/WebhookEvent.ts"

export interface Delivery {
  readonly id: number
  readonly guid: string
  readonly redelivery: boolean
  readonly webhook: WebhookEvent
  readonly url: string
  readonly deliveredAt: number
  durationSeconds: number
  /** `pending` until the attempt is over, then `OK` for a 2xx. */
  status: string
  statusCode: number
  requestHeaders: Readonly<Record<string, string>>
  responseHeaders: Readonly<Record<string, unknown>>
  responseBody: string
}

export class DeliveryLog {
  readonly #clock: SimulatorClock
  readonly #ids: SimulatorIds
  readonly #kept: number
  readonly #deliveries = new Map<number, Delivery>()

  constructor(clock: SimulatorClock, ids: SimulatorIds, kept: number) {
    this.#clock = clock
    this.#ids = ids
    this.#kept = kept
  }

  add(webhook: WebhookEvent, url: string, guid?: string): Delivery {
    const delivery: Delivery = {
      id: this.#ids.next(),
      guid: guid ?? this.#ids.guid(),
      redelivery: guid !== undefined,
      webhook,
      url,
      deliveredAt: this.#clock.now(),
      durationSeconds: 0,
      status: "pending",
      statusCode: 0,
      requestHeaders: {},
      responseHeaders: {},
      responseBody: ""
    }
    this.#deliveries.set(delivery.id, delivery)
    if (this.#deliveries.size > this.#kept) {
      for (const oldest of this.#deliveries.keys()) {
        this.#deliveries.delete(oldest)
        break
      }
    }
    return delivery
  }

  find(id: number): Delivery | null {
    return this.#deliveries.get(id) ?? null
  }

  /** Attempts that are over, newest first. */
  ended(): ReadonlyArray<Delivery> {
    return this.all().filter((delivery) => delivery.status !== "pending")
  }

  /** Newest first. */
  all(): ReadonlyArray<Delivery> {
    return [...this.#deliveries.values()].toReversed()
  }

  clear(): void {
    this.#deliveries.clear()
  }
}
