// One life of runnerd in virtual time: its fibers, its stores on SQLite in memory, and the state machines of E2B and GitHub.
//
// Answers for: putting them together, and letting a schedule happen to them. What must be true of it: Judgement.ts. Gotcha: the same
// seed gives the same life to the last event, so nothing here may look at the real clock or at real chance.
import { createHash } from "node:crypto"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { fibers } from "../../src/App.ts"
import { patienceOf } from "../../src/fibers/Patience.ts"
import { deliveryOf, intakeRules } from "../../src/services/IncomingDelivery.ts"
import { decodeWebhook } from "../../src/services/github/WebhookPayload.ts"
import { Config } from "../../src/services/config/Config.ts"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import { GitHub } from "../../src/services/github/GitHub.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import { IntakeStore } from "../../src/services/store/IntakeStore.ts"
import { JobStore } from "../../src/services/store/JobStore.ts"
import { LogStore } from "../../src/services/store/LogStore.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import { ProviderLimits } from "../../src/services/store/ProviderLimits.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { RegistrationStore } from "../../src/services/store/RegistrationStore.ts"
import { RepairStore } from "../../src/services/store/RepairStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { RetentionStore } from "../../src/services/store/RetentionStore.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import { Warnings } from "../../src/services/Warnings.ts"
import { defaultLimits } from "../../src/simulator/github/Options.ts"
import { type PostRequest, refusedConnection, timedOut } from "../../src/simulator/github/hooks/HttpPost.ts"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { sqliteInMemory, type Stores } from "../support/StoreBackends.ts"
import type { Row } from "../support/WorldDatabase.ts"
import { Gate, gated } from "./Gate.ts"
import { Judgement } from "./Judgement.ts"
import { overdue } from "./OverdueCheck.ts"
import type { Deed, Schedule } from "./Schedule.ts"
import { SimulatedOutside, template } from "./SimulatedOutside.ts"
import { VirtualTime } from "./VirtualTime.ts"

const startAt = Date.parse("2026-01-05T08:00:00Z")
const longestLife = Duration.toMillis("6 hours")
/** How often those outside look after what they can mend themselves. */
const lookEvery = Duration.toMillis("2 minutes")
const settledAfter = Duration.toMillis("3 minutes")

interface Note {
  /** Epoch milliseconds. */
  readonly at: number
  readonly what: string
}

export interface Report {
  readonly problems: ReadonlyArray<string>
  /** Of all that happened: the same for the same seed. */
  readonly fingerprint: string
  readonly minutes: number
  readonly jobs: number
  readonly sandboxes: number
  /** What happened, in order, with seconds from the start. */
  readonly trace: ReadonlyArray<string>
}

const configOf = (schedule: Schedule): RunnerdConfig => {
  const config = makeConfig(schedule.registrationMode)
  return {
    ...config,
    e2b: { ...config.e2b, apiTimeout: Duration.seconds(18), createTimeout: Duration.seconds(80) },
    worker: { ...config.worker, maxConcurrentRunners: schedule.maxRunners, retryMaxAttempts: 8 }
  }
}

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

class Simulation {
  readonly #schedule: Schedule
  readonly #config: RunnerdConfig
  readonly #time = new VirtualTime(startAt)
  readonly #outside: SimulatedOutside
  readonly #judgement: Judgement
  readonly #runtime: Context.Context<never>
  readonly #notes: Array<Note> = []
  #stores: Context.Context<Stores> | undefined
  #gate = new Gate()
  /** When the process began, or went on. */
  #awakeSince = startAt
  #crashes = 0
  #calm = false

  constructor(schedule: Schedule) {
    const time = this.#time
    this.#schedule = schedule
    this.#config = configOf(schedule)
    this.#outside = new SimulatedOutside({
      schedule,
      config: this.#config,
      time,
      poster: { post: (request) => this.#receive(request), close: () => undefined },
      note: (what) => this.#note(what)
    })
    this.#judgement = new Judgement(this.#outside, (query) => this.#rows(query))
    const logger = Logger.make(({ cause, logLevel, message }) => {
      const why = cause.reasons.length === 0 ? "" : ` ${Cause.pretty(cause)}`
      this.#note(`runnerd says (${logLevel}): ${String(message)}${why}`)
    })
    this.#runtime = Context.make(Clock.Clock, time.clock).pipe(
      Context.add(Scheduler.Scheduler, time.scheduler),
      Context.add(Random.Random, Effect.runSync(Random.withSeed(Random.Random, schedule.seed))),
      Context.add(Logger.CurrentLoggers, new Set([logger]))
    )
  }

  #note(what: string): void {
    this.#notes.push({ at: this.#time.now(), what })
  }

  async #run<A, E>(effect: Effect.Effect<A, E>): Promise<A> {
    const fiber = Effect.runForkWith(this.#runtime)(effect)
    await this.#time.runUntil(() => fiber.pollUnsafe() !== undefined, this.#time.now() + lookEvery)
    const exit = fiber.pollUnsafe()
    if (exit === undefined || Exit.isFailure(exit)) throw new Error(`the simulation itself failed: ${String(exit)}`)
    return exit.value
  }

  #use(): Context.Context<Stores> {
    if (this.#stores === undefined) throw new Error("the stores are not open yet")
    return this.#stores
  }

  #rows(query: string): ReadonlyArray<Row> {
    const sql = Context.get(this.#use(), SqlClient.SqlClient)
    return Effect.runSync(sql.unsafe<Row>(query))
  }

  #startProcess(): void {
    const gate = new Gate()
    this.#gate = gate
    this.#awakeSince = this.#time.now()
    this.#note("runnerd starts")
    const process = fibers(this.#config).pipe(
      Layer.provide(gated(this.#use(), gate, storeKeys)),
      Layer.provide(gated(this.#outside.services, gate, [GitHub, Sandboxes])),
      Layer.provide(Warnings.layer),
      Layer.provide(Layer.succeed(Config, this.#config))
    )
    const fiber = Effect.runForkWith(this.#runtime)(Layer.launch(Layer.fresh(process)))
    fiber.addObserver((exit) => {
      this.#judgement.problems.push(`runnerd ended by itself: ${String(exit)}`)
    })
  }

  async #receive({ body, headers }: PostRequest) {
    const gate = this.#gate
    if (gate.isDead) return refusedConnection
    const event = headers["X-GitHub-Event"] ?? ""
    const text = body.toString()
    const decoded = decodeWebhook(event, text)
    if (Result.isFailure(decoded)) throw new Error(`a webhook that runnerd refuses: ${decoded.failure.message}`)
    const incoming = { event: decoded.success, name: event, guid: headers["X-GitHub-Delivery"] ?? null, body: text }
    const delivery = deliveryOf({ ...incoming, path: "webhook", traceContext: null }, intakeRules(this.#config))
    const taking = gate.through(Context.get(this.#use(), IntakeStore).take(delivery))
    const fiber = Effect.runForkWith(this.#runtime)(taking)
    // Not by interrupting: in a process that has died nothing ends.
    const isTaken = await new Promise<boolean>((resolve) => {
      fiber.addObserver((exit) => resolve(Exit.isSuccess(exit)))
      this.#time.in(defaultLimits.webhookTimeoutMillis, () => resolve(false))
    })
    return isTaken ? { status: "OK", statusCode: 202, headers: {}, body: "" } : timedOut
  }

  #do(deed: Deed): void {
    const { fleet, machine } = this.#outside
    const { runs } = machine
    const pick = <A>(from: Iterable<A>, which: number): A | undefined => {
      const all = [...from]
      return all[which % Math.max(1, all.length)]
    }
    this.#note(`It comes to pass: ${deed._tag}`)
    switch (deed._tag) {
      case "Run":
        machine.createRun(deed.run)
        return
      case "CancelJob": {
        const job = pick(runs.jobs.values(), deed.which)
        if (job !== undefined && job.status !== "blocked") runs.cancel(job)
        return
      }
      case "RerunRun": {
        const run = pick(runs.runs.values(), deed.which)
        if (run?.status === "completed") runs.rerun(run, "all")
        return
      }
      case "CutStreams": {
        const sandbox = pick(fleet.live(), deed.which)
        if (sandbox !== undefined) this.#outside.cutStreams(sandbox.sandboxID)
        return
      }
      case "VanishSandbox": {
        const sandbox = pick(fleet.live(), deed.which)
        if (sandbox !== undefined) fleet.vanish(sandbox.sandboxID)
        return
      }
      case "StopRequest": {
        const request = pick(this.#rows("SELECT id FROM runner_requests ORDER BY queued_at, id"), deed.which)
        if (request === undefined) return
        const { stop } = Context.get(this.#use(), OperatorStore)
        Effect.runForkWith(this.#runtime)(stop(String(request["id"]), null, { by: "operator", expects: () => true }))
        return
      }
      case "Crash":
        if (this.#gate.isDead) return
        this.#crashes += 1
        this.#gate.die()
        this.#time.in(deed.downFor, () => this.#startProcess())
        return
      case "Freeze": {
        const gate = this.#gate
        gate.freeze()
        this.#time.in(deed.standsFor, () => {
          gate.thaw()
          this.#awakeSince = this.#time.now()
        })
        return
      }
    }
  }

  /** What was noted and what runnerd wrote into its timelines, in the order of their times. */
  #trace(): ReadonlyArray<string> {
    const entries = this.#rows("SELECT at, request_id AS id, code, message FROM request_events ORDER BY id")
    const written = entries.map((entry): Note => ({
      at: Number(entry["at"]),
      what: `  ${entry["id"]} ${entry["code"]}: ${entry["message"]}`
    }))
    return [...this.#notes, ...written]
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, what }) => `${((at - startAt) / 1000).toFixed(3).padStart(9)} ${what}`)
  }

  #becomeCalm(): void {
    this.#note("All is calm")
    this.#calm = true
    this.#outside.becomeCalm()
  }

  /** Only of a process that has had the time to take up what there is. */
  #checkNextActors(): void {
    const now = this.#time.now()
    if (!this.#gate.isOpen || now - this.#awakeSince < settledAfter) return
    const { list } = Context.get(this.#use(), RequestStore)
    const { requests } = Effect.runSync(list({ limit: 1000, offset: 0 }))
    const [newest] = this.#rows("SELECT incarnation FROM nodes ORDER BY started_at DESC, incarnation LIMIT 1")
    const late = overdue(requests, now, patienceOf(this.#config), String(newest?.["incarnation"]))
    for (const what of late) this.#judgement.problems.push(what)
  }

  #lookAfter(): void {
    this.#checkNextActors()
    this.#outside.redeliver()
    if (this.#calm) this.#outside.approveAll()
    this.#time.in(lookEvery, () => this.#lookAfter())
  }

  async play(): Promise<Report> {
    const { calmAt, deeds, specs } = this.#schedule
    const time = this.#time
    this.#stores = await this.#run(Layer.buildWithScope(sqliteInMemory.layer, Scope.makeUnsafe()))
    const catalogue = Context.get(this.#stores, SpecStore)
    for (const spec of specs) {
      const more = { templateId: template, minIdle: 0, priority: 0, enabled: true, defaultAvailable: true }
      await this.#run(catalogue.save({ ...spec, ...more }, { by: "operator", expects: () => true }))
    }
    for (const { at, deed } of deeds) time.at(startAt + at, () => this.#do(deed))
    time.at(startAt + calmAt, () => this.#becomeCalm())
    this.#lookAfter()
    this.#startProcess()
    const isOver = () => this.#calm && !this.#gate.isDead && this.#judgement.isOver()
    const ended = await time.runUntil(isOver, startAt + longestLife)
    if (!ended) this.#judgement.problems.push("it did not come to an end")
    this.#judgement.conclude(this.#crashes)
    const trace = this.#trace()
    return {
      problems: this.#judgement.problems,
      fingerprint: createHash("sha256").update(trace.join("\n")).digest("hex").slice(0, 16),
      minutes: (time.now() - startAt) / Duration.toMillis("1 minute"),
      jobs: this.#outside.machine.runs.jobs.size,
      sandboxes: this.#outside.fleet.counts().creates,
      trace
    }
  }
}

/** Plays the life to its end, which may be a bad one: see its problems. */
export const simulate = (schedule: Schedule): Promise<Report> => new Simulation(schedule).play()
