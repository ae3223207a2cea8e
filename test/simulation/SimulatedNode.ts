// One node of a simulated life: a process of runnerd that begins, stands still, is cut off, is stopped, or dies, and begins again.
//
// Answers for: the layers of one process over the database that all nodes share, and what it takes in while it is up. Not for when any
// of it happens (Simulation.ts). Gotcha: the stores are the process's own, so what they remember dies with it.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { fibers } from "../../src/App.ts"
import * as NodeLives from "../../src/fibers/NodeLives.ts"
import { Config } from "../../src/services/config/Config.ts"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import { GitHub } from "../../src/services/github/GitHub.ts"
import { decodeWebhook } from "../../src/services/github/WebhookPayload.ts"
import { deliveryOf, intakeRules } from "../../src/services/IncomingDelivery.ts"
import { RunnerReleases } from "../../src/services/github/RunnerReleases.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { IntakeStore } from "../../src/services/store/IntakeStore.ts"
import { JobStore } from "../../src/services/store/JobStore.ts"
import { LogStore } from "../../src/services/store/LogStore.ts"
import { NodeSession } from "../../src/services/store/NodeSession.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import { ProviderLimits } from "../../src/services/store/ProviderLimits.ts"
import { RegistrationStore } from "../../src/services/store/RegistrationStore.ts"
import { RepairStore } from "../../src/services/store/RepairStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { RetentionStore } from "../../src/services/store/RetentionStore.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import { Warnings } from "../../src/services/Warnings.ts"
import { defaultLimits } from "../../src/simulator/github/Options.ts"
import { type PostRequest, refusedConnection, timedOut } from "../../src/simulator/github/hooks/HttpPost.ts"
import { type Database, storesOn, type Stores } from "../support/StoreBackends.ts"
import { Gate, gated } from "./Gate.ts"
import { type SeenCall, seenOutside } from "./SeenCalls.ts"
import type { SimulatedSessions } from "./SimulatedSessions.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** The stores through which a process leaves something behind. */
const storeKeys = [
  RequestStore,
  ClaimStore,
  IntakeStore,
  JobStore,
  LogStore,
  NodeStore,
  ProviderLimits,
  RegistrationStore,
  RepairStore,
  RetentionStore,
  TimelineStore,
  SpecStore
] as const

export interface SimulatedNodeOptions {
  readonly name: string
  readonly config: RunnerdConfig
  /** Clock, chance and scheduler. */
  readonly runtime: Context.Context<never>
  readonly time: VirtualTime
  readonly database: Context.Context<Database>
  /** Null: no other node may come to this database. */
  readonly sessions: SimulatedSessions | null
  readonly outside: Context.Context<GitHub | Sandboxes>
  readonly note: (what: string) => void
  readonly problem: (what: string) => void
  /** Told of each call outside, as it is made. */
  readonly see: (node: SimulatedNode, call: SeenCall) => void
}

export class SimulatedNode {
  readonly name: string
  readonly #options: SimulatedNodeOptions
  #gate = new Gate()
  /** Between the process and the database. */
  #line = new Gate(this.#gate)
  #fiber: Fiber.Fiber<never, unknown> | undefined
  #stores: Context.Context<Stores> | undefined
  #stopping = false
  #downFor = 0
  /** What befalls it at its next such call. */
  readonly #awaited = new Map<string, () => void>()
  #starts = 0
  /** When the process began, or went on (epoch milliseconds). */
  awakeSince = 0

  constructor(options: SimulatedNodeOptions) {
    this.name = options.name
    this.#options = options
    this.#gate.die()
  }

  /** Neither dead, nor on its way there, nor standing still, nor cut off. */
  get isUp(): boolean {
    return this.#line.isOpen && !this.#stopping
  }

  get isDead(): boolean {
    return this.#gate.isDead
  }

  /** The keys of the sessions with the database that its process has; null: it is the only one there. */
  get sessionKeys(): ReadonlyArray<number> | null {
    return this.#options.sessions?.keysOf(this.#line) ?? null
  }

  start(): void {
    const { config, note, problem, runtime, time } = this.#options
    const gate = new Gate()
    const line = new Gate(gate)
    this.#gate = gate
    this.#line = line
    this.#stores = undefined
    this.#stopping = false
    this.#starts += 1
    this.awakeSince = time.now()
    note(`${this.name} starts`)
    const fiber = Effect.runForkWith(runtime)(Layer.launch(Layer.fresh(this.#process(gate, line, config))))
    this.#fiber = fiber
    fiber.addObserver((exit) => {
      if (gate.isDead) return
      if (!this.#stopping) problem(`${this.name} ended by itself: ${String(exit)}`)
      this.#end()
      time.in(this.#downFor, () => this.start())
    })
  }

  #process(gate: Gate, line: Gate, config: RunnerdConfig) {
    const { database, outside, sessions } = this.#options
    const session = sessions === null ? Context.get(database, NodeSession) : sessions.of(line)
    const place = { host: this.name, processId: this.#starts }
    const calls = seenOutside(outside, (call) => this.#calls(call))
    return Layer.unwrap(
      Effect.map(Layer.build(storesOn(Layer.succeedContext(Context.add(database, NodeSession, session)))), (stores) => {
        this.#stores = stores
        return NodeLives.layer(fibers(config, place)).pipe(
          Layer.provide(gated(stores, line, storeKeys)),
          Layer.provide(gated(calls, gate, [GitHub, Sandboxes])),
          Layer.provide(Layer.succeed(RunnerReleases, { list: Effect.succeed([]) })),
          Layer.provide(Warnings.layer),
          Layer.provide(Layer.succeed(Config, config))
        )
      })
    )
  }

  #calls(call: SeenCall): void {
    this.#options.see(this, call)
    const befall = this.#awaited.get(call.operation)
    this.#awaited.delete(call.operation)
    befall?.()
  }

  /** What is to happen when it next makes this call: the call goes out, and its answer finds the node as it is then. */
  at(operation: string, befall: () => void): void {
    this.#awaited.set(operation, befall)
  }

  #end(): void {
    this.#gate.die()
    this.#options.note(`${this.name} is down`)
  }

  /** As kill -9; it begins anew after so many milliseconds. */
  crash(downFor: number): void {
    if (this.isDead) return
    this.#end()
    this.#options.time.in(downFor, () => this.start())
  }

  /** As SIGTERM; it begins anew so many milliseconds after its end. */
  stop(downFor: number): void {
    const fiber = this.#fiber
    if (fiber === undefined || this.#stopping || this.isDead) return
    this.#options.note(`${this.name} is asked to stop`)
    this.#stopping = true
    this.#downFor = downFor
    Effect.runForkWith(this.#options.runtime)(Fiber.interrupt(fiber))
  }

  /** As SIGSTOP, and SIGCONT after so many milliseconds. */
  freeze(standsFor: number): void {
    this.#shut(this.#gate, standsFor, "goes on")
  }

  /** As a network that no longer leads to the database, for so many milliseconds. */
  cutOff(lasts: number): void {
    this.#shut(this.#line, lasts, "reaches the database again")
  }

  #shut(gate: Gate, millis: number, then: string): void {
    const { note, time } = this.#options
    if (!gate.isOpen) return
    gate.freeze()
    time.in(millis, () => {
      if (gate.isDead) return
      note(`${this.name} ${then}`)
      this.awakeSince = time.now()
      gate.thaw()
    })
  }

  /** Takes a webhook in, or not. */
  async receive({ body, headers }: PostRequest) {
    const { config, runtime, time } = this.#options
    const line = this.#line
    const stores = this.#stores
    if (line.isDead || this.#stopping || stores === undefined) return refusedConnection
    const event = headers["X-GitHub-Event"] ?? ""
    const text = body.toString()
    const decoded = decodeWebhook(event, text)
    if (Result.isFailure(decoded)) throw new Error(`a webhook that runnerd refuses: ${decoded.failure.message}`)
    const incoming = { event: decoded.success, name: event, guid: headers["X-GitHub-Delivery"] ?? null, body: text }
    const delivery = deliveryOf({ ...incoming, path: "webhook", receivedAt: null }, intakeRules(config))
    const taking = line.through(Context.get(stores, IntakeStore).take(delivery))
    const fiber = Effect.runForkWith(runtime)(taking)
    // Not by interrupting: in a process that has died nothing ends.
    const isTaken = await new Promise<boolean>((resolve) => {
      fiber.addObserver((exit) => resolve(Exit.isSuccess(exit)))
      time.in(defaultLimits.webhookTimeoutMillis, () => resolve(false))
    })
    return isTaken ? { status: "OK", statusCode: 202, headers: {}, body: "" } : timedOut
  }
}
