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
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { patienceOf } from "../../src/services/Patience.ts"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import { type PostRequest, refusedConnection } from "../../src/simulator/github/hooks/HttpPost.ts"
import { draw } from "../../src/simulator/misbehaviour/Draw.ts"
import { Wakeup } from "../../src/services/Wakeup.ts"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { memory, storesOn, type Stores } from "../support/StoreBackends.ts"
import type { Row } from "../support/WorldDatabase.ts"
import { Judgement } from "./Judgement.ts"
import { overdue } from "./OverdueCheck.ts"
import type { Deed, NodeDeed, Schedule } from "./Schedule.ts"
import { SimulatedNode } from "./SimulatedNode.ts"
import { SimulatedOutside, template } from "./SimulatedOutside.ts"
import { SimulatedSessions } from "./SimulatedSessions.ts"
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
  const secret = Redacted.make("secret")
  return {
    ...config,
    github: {
      ...config.github,
      auth: schedule.isApp
        ? { _tag: "App", appId: 1, privateKey: secret, installationId: undefined }
        : { _tag: "Token", token: secret }
    },
    e2b: {
      ...config.e2b,
      apiTimeout: Duration.seconds(18),
      createTimeout: Duration.seconds(80),
      createsPerSecond: schedule.createsPerSecond
    },
    worker: { ...config.worker, maxConcurrentRunners: schedule.maxRunners, retryMaxAttempts: 8 }
  }
}

class Simulation {
  readonly #schedule: Schedule
  readonly #config: RunnerdConfig
  readonly #time = new VirtualTime(startAt)
  readonly #outside: SimulatedOutside
  readonly #judgement: Judgement
  readonly #runtime: Context.Context<never>
  readonly #notes: Array<Note> = []
  #nodes: ReadonlyArray<SimulatedNode> = []
  /** As an operator's request reaches them, whichever node answers it. */
  #stores: Context.Context<Stores> | undefined
  readonly #scope = Scope.makeUnsafe()
  #webhooks = 0
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
    this.#judgement = new Judgement(this.#outside, this.#config, time.now, (query) => this.#rows(query))
    const logger = Logger.make(({ cause, logLevel, message }) => {
      const why = cause.reasons.length === 0 ? "" : ` ${Cause.pretty(cause)}`
      this.#note(`runnerd says (${logLevel}): ${String(message)}${why}`)
    })
    this.#runtime = Context.make(Clock.Clock, time.clock).pipe(
      Context.add(Scheduler.Scheduler, time.scheduler),
      Context.add(Random.Random, Effect.runSync(Random.withSeed(Random.Random, schedule.seed))),
      Context.add(Logger.CurrentLoggers, new Set([logger])),
      // As in a runnerd that is to send no traces.
      Context.add(References.TracerEnabled, false)
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

  /** As through a load balancer that leaves out whom it cannot reach. */
  async #receive(request: PostRequest) {
    const reachable = this.#nodes.filter((node) => !node.isDead)
    this.#webhooks += 1
    const node = reachable[this.#webhooks % Math.max(1, reachable.length)]
    return node === undefined ? refusedConnection : node.receive(request)
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
      default: {
        const node = pick(this.#nodes, deed.node)
        if (node === undefined) return
        const befall = () => this.#befall(node, deed)
        if (deed.upon === null) befall()
        else node.at(deed.upon, befall)
      }
    }
  }

  #befall(node: SimulatedNode, deed: NodeDeed): void {
    switch (deed._tag) {
      case "Crash":
        return node.crash(deed.forMillis)
      case "Stop":
        return node.stop(deed.forMillis)
      case "Freeze":
        return node.freeze(deed.forMillis)
      case "CutOff":
        return node.cutOff(deed.forMillis)
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

  /** Only while a node has had the time to take up what there is. */
  #checkNextActors(): void {
    const now = this.#time.now()
    if (!this.#nodes.some((node) => node.isUp && now - node.awakeSince >= settledAfter)) return
    const { search } = Context.get(this.#use(), RequestSearch)
    const { requests } = Effect.runSync(search({ page: { limit: 1000, offset: 0 } }))
    const alive = new Set(this.#nodes.flatMap((node) => this.#judgement.livesOf(node)))
    const late = overdue(requests, now, patienceOf(this.#config), (owner) => alive.has(owner))
    for (const what of late) this.#judgement.problems.push(what)
  }

  #lookAfter(): void {
    this.#checkNextActors()
    if (!this.#schedule.isApp) this.#outside.redeliver()
    if (this.#calm) this.#outside.approveAll()
    this.#time.in(lookEvery, () => this.#lookAfter())
  }

  /** Not every word of news comes through. */
  #lossy(wakeup: Wakeup["Service"]): Wakeup["Service"] {
    const { lostNews, seed } = this.#schedule
    let told = 0
    return {
      ...wakeup,
      notify: (news) =>
        Effect.suspend(() => (draw(seed, "news", (told += 1)) < lostNews ? Effect.void : wakeup.notify(news)))
    }
  }

  /** Opens the one database and starts the nodes on it. */
  async #begin(): Promise<void> {
    const database = await this.#run(Layer.buildWithScope(Layer.fresh(memory), this.#scope))
    const operator = Layer.fresh(storesOn(Layer.succeedContext(database)))
    this.#stores = await this.#run(Layer.buildWithScope(operator, this.#scope))
    const catalogue = Context.get(this.#stores, SpecStore)
    for (const spec of this.#schedule.specs) {
      const more = { templateId: template, minIdle: 0, priority: 0, enabled: true, defaultAvailable: true }
      await this.#run(catalogue.save({ ...spec, ...more }, { by: "operator", expects: () => true }))
    }
    const shared = this.#schedule.nodes > 1
    const sessions = shared ? new SimulatedSessions(Context.get(database, SqlClient.SqlClient)) : null
    const nodesDatabase = Context.add(database, Wakeup, this.#lossy(Context.get(database, Wakeup)))
    this.#nodes = Array.from({ length: this.#schedule.nodes }, (_, index) => {
      const name = `node${index + 1}`
      return new SimulatedNode({
        name,
        config: this.#config,
        runtime: this.#runtime,
        time: this.#time,
        database: nodesDatabase,
        sessions,
        outside: this.#outside.services,
        note: (what) => this.#note(what),
        problem: (what) => this.#judgement.problems.push(what),
        see: (node, call) => this.#judgement.calls(node, call)
      })
    })
    for (const node of this.#nodes) node.start()
  }

  async play(): Promise<Report> {
    const { calmAt, deeds } = this.#schedule
    const time = this.#time
    await this.#begin()
    for (const { at, deed } of deeds) time.at(startAt + at, () => this.#do(deed))
    time.at(startAt + calmAt, () => this.#becomeCalm())
    this.#lookAfter()
    const isOver = () => this.#calm && this.#nodes.every((node) => node.isUp) && this.#judgement.isOver()
    const ended = await time.runUntil(isOver, startAt + longestLife)
    if (!ended) this.#judgement.problems.push("it did not come to an end")
    this.#judgement.conclude(this.#nodes.length)
    const trace = this.#trace()
    await this.#run(Scope.close(this.#scope, Exit.void))
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
