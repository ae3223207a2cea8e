// The state machine behind the control API: which sandboxes there are, until when, and within which limits.
//
// Answers for: creation, lookup, pause, end and expiry, the plan's limits, and the counts that tests read. It knows neither
// HTTP nor processes: time and ids are injected, so a seeded simulation can drive it in memory. Refusals are thrown as
// ControlFailure, in the words of the API.
// Gotchas: nothing here is linear in the number of sandboxes except listing. Ended sandboxes are remembered until
// `reset`, for the counts. A paused sandbox runs against no limit and has no end.
import type { components } from "e2b"
import {
  badRequest,
  ControlFailure,
  notRunning,
  rateLimited,
  sandboxNotFound,
  tooManySandboxes
} from "./ControlFailure.ts"
import { CreationRate } from "./CreationRate.ts"
import { updatedNetwork } from "./NetworkRules.ts"
import type { Plan } from "./Plans.ts"
import type { EndReason, SandboxRecord } from "./SandboxRecord.ts"
import { defaultTag } from "./TemplateCatalog.ts"
import type { TemplateCatalog } from "./TemplateCatalog.ts"
import type { Timeline } from "./Timeline.ts"

/** Both must be unguessable in the real service; in a simulation they may come from a seed. */
export interface IdSource {
  readonly sandboxID: () => string
  readonly token: () => string
}

export interface FleetOptions {
  readonly timeline: Timeline
  readonly ids: IdSource
  readonly templates: TemplateCatalog
  readonly plan: Plan
  readonly envdVersion: string
}

export interface CreateOptions {
  /** Seconds, when the request names none: 300 for the second version of the API, 15 for the first. */
  readonly defaultTimeout: number
  /** Whether envd asks for an access token. */
  readonly secured: boolean
}

export interface FleetCounts {
  creates: number
  refusedCreates: number
  kills: number
  expirations: number
  vanished: number
  maxConcurrent: number
}

const noCounts = (): FleetCounts => ({
  creates: 0,
  refusedCreates: 0,
  kills: 0,
  expirations: 0,
  vanished: 0,
  maxConcurrent: 0
})

export class SandboxFleet {
  readonly #options: FleetOptions
  readonly #live = new Map<string, SandboxRecord>()
  #ended: Array<SandboxRecord> = []
  readonly #expiry = new Map<string, () => void>()
  readonly #createListeners = new Set<(record: SandboxRecord) => void>()
  readonly #pauseListeners = new Set<(record: SandboxRecord) => void>()
  readonly #paused = new Set<string>()
  readonly #endListeners = new Set<(record: SandboxRecord) => void>()
  #plan: Plan
  #rate: CreationRate | undefined
  #counts = noCounts()

  constructor(options: FleetOptions) {
    this.#options = options
    this.#plan = options.plan
    this.setPlan(options.plan)
  }

  get plan(): Plan {
    return this.#plan
  }

  get envdVersion(): string {
    return this.#options.envdVersion
  }

  /** Takes effect for the next call; no sandbox is ended by a smaller plan. */
  setPlan(plan: Plan): void {
    this.#plan = plan
    this.#rate =
      plan.createsPerSecond === undefined
        ? undefined
        : new CreationRate(plan.createsPerSecond, this.#options.timeline.now())
  }

  /** Called once for each sandbox, when it has come into existence. */
  onCreated(listener: (record: SandboxRecord) => void): void {
    this.#createListeners.add(listener)
  }

  /** Called whenever a sandbox was paused or resumed; its state says which. */
  onPausedOrResumed(listener: (record: SandboxRecord) => void): void {
    this.#pauseListeners.add(listener)
  }

  /** Called once for each sandbox, at the moment it stops existing. */
  onEnded(listener: (record: SandboxRecord) => void): void {
    this.#endListeners.add(listener)
  }

  create(request: components["schemas"]["NewSandboxV2"], options: CreateOptions): SandboxRecord {
    try {
      return this.#create(request, options)
    } catch (failure) {
      this.#counts.refusedCreates += 1
      throw failure
    }
  }

  #create(request: components["schemas"]["NewSandboxV2"], options: CreateOptions): SandboxRecord {
    const now = this.#options.timeline.now()
    const wait = this.#rate?.take(now) ?? 0
    if (wait > 0) throw rateLimited(this.#plan.createsPerSecond ?? 0, wait)
    const { template, build } = this.#options.templates.usable(request.templateID)
    const timeout = request.timeout ?? options.defaultTimeout
    this.#checkTimeout(timeout)
    this.#checkRoom()
    const record: SandboxRecord = {
      sandboxID: this.#options.ids.sandboxID(),
      template,
      build,
      alias: template.aliases[0],
      envdVersion: this.#options.envdVersion,
      envdAccessToken: options.secured ? this.#options.ids.token() : undefined,
      trafficAccessToken: request.network?.allowPublicTraffic === false ? this.#options.ids.token() : null,
      metadata: request.metadata ?? {},
      envVars: request.envVars ?? {},
      network: request.network,
      allowInternetAccess: request.allow_internet_access ?? null,
      onTimeout: request.autoPause === true ? "pause" : "kill",
      autoResume: request.autoResume?.enabled === true,
      startedAt: now,
      runningSince: now,
      endAt: now + timeout * 1000,
      state: "running",
      ended: undefined
    }
    this.#live.set(record.sandboxID, record)
    this.#expireAt(record)
    template.spawnCount += 1
    template.lastSpawnedAt = now
    this.#counts.creates += 1
    this.#counts.maxConcurrent = Math.max(this.#counts.maxConcurrent, this.#runningNow)
    for (const listener of this.#createListeners) listener(record)
    return record
  }

  get #runningNow(): number {
    return this.#live.size - this.#paused.size
  }

  #checkTimeout(seconds: number): void {
    if (seconds <= 0) throw badRequest("Timeout must be greater than 0")
    const { maxHours } = this.#plan
    if (seconds > maxHours * 3600) throw badRequest(`Timeout cannot be greater than ${maxHours} hours`)
  }

  #checkRoom(): void {
    const { maxConcurrent } = this.#plan
    if (this.#runningNow >= maxConcurrent) throw tooManySandboxes(maxConcurrent)
  }

  /** Undefined when it never was or is no more. */
  find(sandboxID: string): SandboxRecord | undefined {
    return this.#live.get(sandboxID)
  }

  get(sandboxID: string): SandboxRecord {
    const record = this.#live.get(sandboxID)
    if (record === undefined) throw sandboxNotFound(sandboxID)
    return record
  }

  kill(sandboxID: string): void {
    this.#end(this.get(sandboxID), "request")
  }

  /** The sandbox is lost: every later call finds nothing, and nobody asked for it. */
  vanish(sandboxID: string): void {
    this.#end(this.get(sandboxID), "vanished")
  }

  /** Counts from now; silently cut at the plan's longest life; 0 or less ends the sandbox. */
  setTimeout(sandboxID: string, seconds: number): void {
    const record = this.get(sandboxID)
    if (record.state !== "running") throw notRunning(sandboxID)
    const now = this.#options.timeline.now()
    const last = record.runningSince + this.#plan.maxHours * 3_600_000
    if (now > last) throw badRequest("Max instance length exceeded")
    record.endAt = Math.min(now + Math.max(0, seconds) * 1000, last)
    if (record.endAt <= now) return this.#expire(record)
    this.#expireAt(record)
  }

  /** 409 when it does not run. */
  pause(sandboxID: string): void {
    const record = this.get(sandboxID)
    if (record.state !== "running") throw notRunning(sandboxID)
    this.#pause(record)
  }

  #pause(record: SandboxRecord): void {
    this.#expiry.get(record.sandboxID)?.()
    this.#expiry.delete(record.sandboxID)
    this.#paused.add(record.sandboxID)
    record.state = "paused"
    record.endAt = this.#options.timeline.now()
    for (const listener of this.#pauseListeners) listener(record)
  }

  /** Resumes one that is paused, within the plan's limits; never brings the end of another nearer. */
  connect(sandboxID: string, seconds: number): { readonly record: SandboxRecord; readonly resumed: boolean } {
    const record = this.get(sandboxID)
    if (record.state === "running") return { record: this.extend(sandboxID, seconds), resumed: false }
    this.#checkTimeout(seconds)
    this.#checkRoom()
    const now = this.#options.timeline.now()
    this.#paused.delete(sandboxID)
    record.state = "running"
    record.runningSince = now
    record.endAt = now + seconds * 1000
    this.#expireAt(record)
    this.#counts.maxConcurrent = Math.max(this.#counts.maxConcurrent, this.#runningNow)
    for (const listener of this.#pauseListeners) listener(record)
    return { record, resumed: true }
  }

  setNetwork(sandboxID: string, network: components["schemas"]["SandboxNetworkUpdateConfig"]): void {
    const record = this.get(sandboxID)
    if (record.state !== "running") throw notRunning(sandboxID)
    record.network = updatedNetwork(record.network, network)
    record.allowInternetAccess = network.allow_internet_access ?? record.allowInternetAccess
  }

  /** Makes a template that lasts until it is deleted. Of the sandbox it keeps only what its own template holds. */
  snapshot(sandboxID: string, name?: string): components["schemas"]["SnapshotInfo"] {
    const record = this.get(sandboxID)
    const { templates, timeline } = this.#options
    const template = templates.named(name ?? `snapshot-${sandboxID}`, timeline.now())
    const build = templates.addBuild(template, record.build, [defaultTag], timeline.now())
    build.contents = record.build.contents
    build.status = "ready"
    build.started = true
    build.finishedAt = timeline.now()
    return { snapshotID: template.templateID, names: [...template.aliases] }
  }

  /** One result for each: the new sandbox, or why there is none. */
  fork(sandboxID: string, count: number, timeout: number): ReadonlyArray<SandboxRecord | ControlFailure> {
    const { template, metadata, envVars } = this.get(sandboxID)
    return Array.from({ length: count }, () => {
      try {
        const request = { templateID: template.templateID, metadata: { ...metadata }, envVars: { ...envVars }, timeout }
        return this.create(request, { defaultTimeout: timeout, secured: true })
      } catch (failure) {
        if (failure instanceof ControlFailure) return failure
        throw failure
      }
    })
  }

  /** As setTimeout, but never brings the end nearer. */
  extend(sandboxID: string, seconds: number): SandboxRecord {
    const record = this.get(sandboxID)
    if (this.#options.timeline.now() + seconds * 1000 > record.endAt) this.setTimeout(sandboxID, seconds)
    return record
  }

  /** In the order of creation. */
  live(): IterableIterator<SandboxRecord> {
    return this.#live.values()
  }

  ended(): ReadonlyArray<SandboxRecord> {
    return this.#ended
  }

  counts(): FleetCounts & { running: number } {
    return { ...this.#counts, running: this.#runningNow }
  }

  /** Sandboxes ever created per value of one metadata key, e.g. per request id. */
  createsBy(metadataKey: string): ReadonlyMap<string, number> {
    const creates = new Map<string, number>()
    for (const record of [...this.#ended, ...this.#live.values()]) {
      const value = record.metadata[metadataKey]
      if (value !== undefined) creates.set(value, (creates.get(value) ?? 0) + 1)
    }
    return creates
  }

  /** Ends every sandbox and forgets that there were any. */
  reset(): void {
    for (const record of this.#live.values()) this.#end(record, "reset")
    this.#ended = []
    this.#counts = noCounts()
    this.setPlan(this.#plan)
  }

  #expireAt(record: SandboxRecord): void {
    this.#expiry.get(record.sandboxID)?.()
    this.#expiry.set(
      record.sandboxID,
      this.#options.timeline.at(record.endAt, () => this.#expire(record))
    )
  }

  #expire(record: SandboxRecord): void {
    if (record.onTimeout === "pause") this.#pause(record)
    else this.#end(record, "timeout")
  }

  #end(record: SandboxRecord, reason: EndReason): void {
    this.#expiry.get(record.sandboxID)?.()
    this.#expiry.delete(record.sandboxID)
    this.#live.delete(record.sandboxID)
    this.#paused.delete(record.sandboxID)
    record.ended = { at: this.#options.timeline.now(), reason }
    this.#ended.push(record)
    if (reason === "request") this.#counts.kills += 1
    if (reason === "timeout") this.#counts.expirations += 1
    if (reason === "vanished") this.#counts.vanished += 1
    for (const listener of this.#endListeners) listener(record)
  }
}
