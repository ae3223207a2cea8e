// Sends webhooks as GitHub does.
//
// Answers for: signatures, headers, the 10 s limit, a bounded number in flight, and the record of each attempt. There is
// no automatic redelivery, as at GitHub. A payload that is too large is not sent, and leaves no record (unverified).
// Losing, doubling, delaying and reordering on purpose: WebhookFaults.ts decides.
// Gotcha: order is not promised. How an attempt reaches its receiver is given (HttpPost.ts), so that a seeded simulation can
// deliver in memory.
import { createHmac } from "node:crypto"
import type { SimulatorClock } from "../Environment.ts"
import type { WebhookEvent } from "../machine/WebhookEvent.ts"
import type { SimulatorLimits } from "../Options.ts"
import type { Delivery, DeliveryLog } from "./DeliveryLog.ts"
import type { Poster } from "./HttpPost.ts"
import type { WebhookFaults } from "./WebhookFaults.ts"

export interface WebhookTarget {
  readonly url: string
  readonly secret: string
}

export interface HookIdentity {
  readonly hookId: number
  readonly targetType: "integration" | "repository"
  /** The App's id, for a hook of the App. */
  readonly appId: number
}

export class WebhookSender {
  target: WebhookTarget | null
  readonly #log: DeliveryLog
  readonly #faults: WebhookFaults
  readonly #clock: SimulatorClock
  readonly #limits: SimulatorLimits
  readonly identity: HookIdentity
  readonly #poster: Poster
  /** Those that wait for another to go first. */
  readonly #held = new Set<() => void>()
  #queue: Array<Delivery> = []
  #head = 0
  #inFlight = 0
  #delayed = 0
  #closed = false

  constructor(
    target: WebhookTarget | null,
    identity: HookIdentity,
    parts: {
      readonly log: DeliveryLog
      readonly faults: WebhookFaults
      readonly clock: SimulatorClock
      readonly limits: SimulatorLimits
      readonly poster: Poster
    }
  ) {
    this.target = target
    this.identity = identity
    this.#log = parts.log
    this.#faults = parts.faults
    this.#clock = parts.clock
    this.#limits = parts.limits
    this.#poster = parts.poster
  }

  /** Without a target nothing is sent nor remembered: there is no hook. */
  send(webhook: WebhookEvent): void {
    if (this.target === null || this.#closed) return
    const fate = this.#faults.of(webhook)
    if (fate.dropped) return
    if (Buffer.byteLength(webhook.body) > this.#limits.maxPayloadBytes) return
    const { url } = this.target
    if (fate.unreached) {
      const delivery = this.#log.add(webhook, url)
      delivery.status = "failed to connect to host"
      delivery.statusCode = 502
      return
    }
    // A late one is recorded when it goes out, and is then the newest.
    const deliver = () => {
      const delivery = this.#log.add(webhook, url)
      for (let copy = 0; copy < fate.copies; copy++) this.#enqueue(delivery)
    }
    const afterDelay = () => (fate.delayMs > 0 ? this.#later(fate.delayMs, deliver) : deliver())
    if (fate.heldMs !== null) return this.#hold(afterDelay, fate.heldMs)
    afterDelay()
    for (const release of this.#held) release()
  }

  #hold(send: () => void, longestMs: number): void {
    this.#delayed += 1
    const release = () => {
      stopTimer()
      if (!this.#held.delete(release)) return
      this.#delayed -= 1
      send()
    }
    const stopTimer = this.#clock.schedule(longestMs, release)
    this.#held.add(release)
  }

  /** Sends a delivery once more: another attempt, the same GUID. */
  redeliver(delivery: Delivery): Delivery {
    const again = this.#log.add(delivery.webhook, this.target?.url ?? delivery.url, delivery.guid)
    this.#enqueue(again)
    return again
  }

  /** Attempts that are not over yet. */
  get pending(): number {
    return this.#queue.length - this.#head + this.#inFlight + this.#delayed
  }

  #later(delayMs: number, action: () => void): void {
    this.#delayed += 1
    this.#clock.schedule(delayMs, () => {
      this.#delayed -= 1
      action()
    })
  }

  #enqueue(delivery: Delivery): void {
    this.#queue.push(delivery)
    this.#pump()
  }

  #pump(): void {
    while (!this.#closed && this.#inFlight < this.#limits.webhookConcurrency) {
      const delivery = this.#queue[this.#head]
      if (delivery === undefined) break
      this.#head += 1
      this.#inFlight += 1
      void this.#attempt(delivery).finally(() => {
        this.#inFlight -= 1
        this.#pump()
      })
    }
    if (this.#head < this.#queue.length) return
    this.#queue = []
    this.#head = 0
  }

  #headers(delivery: Delivery, body: Buffer): Record<string, string> {
    const secret = this.target?.secret ?? ""
    const sign = (algorithm: string) => createHmac(algorithm, secret).update(body).digest("hex")
    const { targetType, appId, hookId } = this.identity
    return {
      Accept: "*/*",
      "Content-Type": "application/json",
      "Content-Length": String(body.length),
      "User-Agent": "GitHub-Hookshot/51a1e5b",
      "X-GitHub-Delivery": delivery.guid,
      "X-GitHub-Event": delivery.webhook.event,
      "X-GitHub-Hook-ID": String(hookId),
      "X-GitHub-Hook-Installation-Target-ID": String(
        targetType === "integration" ? appId : (delivery.webhook.repositoryId ?? 0)
      ),
      "X-GitHub-Hook-Installation-Target-Type": targetType,
      "X-Hub-Signature": `sha1=${sign("sha1")}`,
      "X-Hub-Signature-256": `sha256=${sign("sha256")}`
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const body = Buffer.from(delivery.webhook.body)
    const headers = this.#headers(delivery, body)
    const startedAt = this.#clock.now()
    delivery.requestHeaders = headers
    const answer = await this.#poster.post({ url: delivery.url, headers, body })
    delivery.durationSeconds = (this.#clock.now() - startedAt) / 1000
    delivery.responseHeaders = answer.headers
    delivery.responseBody = answer.body
    delivery.statusCode = answer.statusCode
    delivery.status = answer.status
  }

  /** Forgets what was not sent yet. */
  clear(): void {
    this.#held.clear()
    this.#queue = []
    this.#head = 0
  }

  close(): void {
    this.#closed = true
    this.clear()
    this.#poster.close()
  }
}
