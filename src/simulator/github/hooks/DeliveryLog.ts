// What GitHub remembers of the webhooks that it sent.
//
// Answers for: one record per attempt, newest first to the reader, bounded. A redelivery is another record with the same
// GUID. None is shown any more once it is older than GitHub keeps them. Not for sending (WebhookSender.ts).
import type { SimulatorClock, SimulatorIds } from "../Environment.ts"
import type { WebhookEvent } from "../machine/WebhookEvent.ts"
import type { SimulatorLimits } from "../Options.ts"

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
  readonly #limits: SimulatorLimits
  readonly #deliveries = new Map<number, Delivery>()

  constructor(clock: SimulatorClock, ids: SimulatorIds, limits: SimulatorLimits) {
    this.#clock = clock
    this.#ids = ids
    this.#limits = limits
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
    if (this.#deliveries.size > this.#limits.keptDeliveries) {
      for (const oldest of this.#deliveries.keys()) {
        this.#deliveries.delete(oldest)
        break
      }
    }
    return delivery
  }

  find(id: number): Delivery | null {
    const delivery = this.#deliveries.get(id)
    return delivery !== undefined && this.#isKept(delivery) ? delivery : null
  }

  #isKept({ deliveredAt }: Delivery): boolean {
    return this.#clock.now() - deliveredAt < this.#limits.deliveryRetentionMillis
  }

  /** Attempts that are over, newest first. */
  ended(): ReadonlyArray<Delivery> {
    return this.all().filter((delivery) => delivery.status !== "pending" && this.#isKept(delivery))
  }

  /** Newest first. */
  all(): ReadonlyArray<Delivery> {
    return [...this.#deliveries.values()].toReversed()
  }

  clear(): void {
    this.#deliveries.clear()
  }
}
