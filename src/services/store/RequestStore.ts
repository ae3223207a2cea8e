// The rows of runner_requests: reading them, and the only way their owner changes them.
//
// Answers for: guarded writes (id, owner and fence must match), the timeline entries written with them, and
// judging demand in the same transaction as what follows from it. Not for creating requests (IntakeStore.ts)
// nor for taking them over (ClaimStore.ts).
// Gotcha: `LeaseLost` means that another owner has the request: stop touching the outside at once.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { type DemandView, judge, type Verdict } from "../../domain/Demand.ts"
import type { RequestPatch } from "../../domain/RequestDecision.ts"
import type { RequestFact } from "../../domain/RequestFact.ts"
import { decide } from "../../domain/RequestLifecycle.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import type { TimelineEvent } from "../../domain/Timeline.ts"
import { Metrics } from "../telemetry/Metrics.ts"
import type { Step } from "../telemetry/RequestMetrics.ts"
import { Wakeup } from "../Wakeup.ts"
import { exclusively } from "./Dialect.ts"
import * as GroupCommit from "./GroupCommit.ts"
import { decodeJobs } from "./JobRow.ts"
import { coverDemand, freeRequests, poolsInDemand, waitingJobs } from "./PoolDemand.ts"
import { columnsOf, decodeRequests } from "./RequestRow.ts"
import { noteEnds } from "./SpecHealthRows.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"
import { makeTellSteps } from "./ToldSteps.ts"

/** Another owner holds the request, or it has ended without us. */
export class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", { requestId: Schema.String }) {}

export interface Page {
  readonly limit: number
  readonly offset: number
}

interface Write {
  readonly request: RunnerRequest
  /** What happened; may depend on whether the request is still wanted at the moment of writing. */
  readonly facts: (verdict: Verdict) => ReadonlyArray<RequestFact>
  readonly judged: boolean
}

type Written = { readonly request: RunnerRequest; readonly verdict: Verdict } | "lost"

const maxBatch = 128
const wanted: Verdict = { _tag: "Wanted" }

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const wakeup = yield* Wakeup
  const metrics = yield* Metrics
  const tellSteps = yield* makeTellSteps

  const select = (where: ReturnType<typeof sql.literal>) =>
    sql`SELECT * FROM runner_requests WHERE ${where}`.pipe(Effect.flatMap(decodeRequests))

  const jobBy = (column: string, value: string | number | null) =>
    value === null
      ? Effect.succeed(null)
      : sql`SELECT * FROM workflow_jobs WHERE ${sql(column)} = ${value} ORDER BY job_id DESC LIMIT 1`.pipe(
          Effect.flatMap(decodeJobs),
          Effect.map((rows) => rows[0] ?? null)
        )

  /** The row's facts as they are now: others than its owner write them. Read before the demand, so that what comes in between stays news. */
  const withNews = (request: RunnerRequest) =>
    sql<Pick<RunnerRequest, "factsVersion" | "stopAskedAt" | "stopAskedBy" | "stopReason">>`
      SELECT facts_version, stop_asked_at, stop_asked_by, stop_reason FROM runner_requests WHERE id = ${request.id}`.pipe(
      Effect.map((rows): RunnerRequest => ({ ...request, ...rows[0] }))
    )

  const demandView = Effect.fnUntraced(function* (request: RunnerRequest) {
    const ownJob = yield* jobBy("jobId", request.jobId)
    const runnerJob = yield* jobBy("runnerName", request.runnerName)
    // While its own job waits the request is wanted whatever the counts, and counting costs.
    if (request.pool === null || ownJob === null || ownJob.status === "queued") {
      return { ownJob, runnerJob, waitingJobs: 0, freeRequests: 0 } satisfies DemandView
    }
    return {
      ownJob,
      runnerJob,
      waitingJobs: yield* waitingJobs(sql, request.pool),
      freeRequests: yield* freeRequests(sql, request.pool, request.id)
    } satisfies DemandView
  })

  const cover = Effect.fnUntraced(function* (pool: string, now: number) {
    const made = yield* coverDemand(sql, pool, now)
    if (made > 0) {
      yield* sql.afterCommit(Effect.sync(() => metrics.count("runnerd_replacement_requests_total", {}, made)))
      yield* sql.afterCommit(wakeup.notify({ requestIds: [], newRequests: true }))
    }
    return made
  })

  const writeOne = Effect.fnUntraced(function* (write: Write, now: number) {
    let request = write.judged ? yield* withNews(write.request) : write.request
    const verdict = write.judged ? judge(request, yield* demandView(request)) : wanted
    let patch: RequestPatch = {}
    const events: Array<TimelineEvent> = []
    const steps: Array<Step> = []
    for (const fact of write.facts(verdict)) {
      const decision = decide(request, fact, now)
      if (decision._tag === "Ignored") continue
      patch = { ...patch, ...decision.patch }
      const after = { ...request, ...decision.patch }
      steps.push({ before: request, fact, after })
      request = after
      events.push(...decision.events)
    }
    if (write.judged && request.factsVersion > request.handledVersion) {
      patch = { ...patch, handledVersion: request.factsVersion }
    }
    // Also when nothing changes: a stale owner is told so before it goes on, and writes no timeline.
    const guard = sql`id = ${write.request.id} AND owner = ${write.request.owner} AND fence = ${write.request.fence}`
    if (Object.keys(patch).length > 0) patch = { ...patch, updatedAt: now }
    const rows =
      patch.updatedAt === undefined
        ? yield* sql`SELECT id FROM runner_requests WHERE ${guard}`
        : yield* sql`UPDATE runner_requests SET ${sql.update(columnsOf(patch))} WHERE ${guard} RETURNING id`
    if (rows.length === 0) return { written: "lost" as const, events: [], steps: [] }
    // What is gone makes room for another, on whatever node.
    if (patch.sandboxMayExist === false) {
      yield* sql.afterCommit(wakeup.notify({ requestIds: [], newRequests: true }))
    }
    const tookAnother = write.request.assignedJobId === null && (patch.assignedJobId ?? request.jobId) !== request.jobId
    if (tookAnother && request.pool !== null) yield* cover(request.pool, now)
    return { written: { request: { ...request, ...patch }, verdict }, events, steps }
  })

  const write = Effect.fnUntraced(function* (writes: ReadonlyArray<Write>) {
    const now = yield* clock.now
    const answers: Array<Written> = []
    const entries: Array<Record<string, unknown>> = []
    const taken: Array<Step> = []
    for (const each of writes) {
      const { events, steps, written } = yield* writeOne(each, now)
      answers.push(written)
      taken.push(...steps)
      for (const event of events) entries.push({ requestId: each.request.id, at: now, ...event })
    }
    if (entries.length > 0) yield* sql`INSERT INTO request_events ${sql.insert(entries as never)}`
    yield* noteEnds(sql, taken, now)
    const lost = answers.filter((written) => written === "lost").length
    yield* tellSteps(taken, now)
    if (lost > 0) yield* sql.afterCommit(Effect.sync(() => metrics.count("runnerd_leases_lost_total", {}, lost)))
    return answers
  })

  const submit = yield* GroupCommit.make({ maxBatch, decides: true, write })

  const submitWrite = Effect.fnUntraced(function* (operation: string, write: Write) {
    const written = yield* submit(write).pipe(asStoreError(operation))
    if (written === "lost") return yield* new LeaseLost({ requestId: write.request.id })
    return written
  })

  return RequestStore.of({
    get: Effect.fn("RequestStore.get")(function* (id: string) {
      return Option.fromNullishOr((yield* select(sql`id = ${id}`))[0])
    }, asStoreError("get")),
    named: Effect.fn("RequestStore.named")(function* (ids: ReadonlyArray<string>) {
      return ids.length === 0 ? [] : yield* select(sql`${sql.in("id", ids)}`)
    }, asStoreError("named")),
    record: Effect.fn("RequestStore.record")(function* (request, facts) {
      const written = yield* submitWrite("record", { request, facts: () => facts, judged: false })
      return written.request
    }),
    coverDemand: Effect.fn("RequestStore.coverDemand")(
      function* () {
        const now = yield* clock.now
        let made = 0
        for (const pool of yield* poolsInDemand(sql)) made += yield* cover(pool, now)
        return made
      },
      exclusively(sql),
      asStoreError("coverDemand")
    ),
    judge: Effect.fn("RequestStore.judge")((request, facts) => submitWrite("judge", { request, facts, judged: true }))
  })
})

export class RequestStore extends Context.Service<
  RequestStore,
  {
    readonly get: (id: string) => Effect.Effect<Option.Option<RunnerRequest>, StoreError>
    /** The requests with these ids, in no particular order; unknown ids are left out. */
    readonly named: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<RunnerRequest>, StoreError>
    /** Applies the facts in order, in one guarded write, and gives the request as it is afterwards. */
    readonly record: (
      request: RunnerRequest,
      facts: ReadonlyArray<RequestFact>
    ) => Effect.Effect<RunnerRequest, StoreError | LeaseLost>
    /**
     * Like `record`, with the facts that follow from whether the request is still wanted, in one transaction. All news
     * about it counts as handled.
     */
    readonly judge: (
      request: RunnerRequest,
      facts: (verdict: Verdict) => ReadonlyArray<RequestFact>
    ) => Effect.Effect<{ readonly request: RunnerRequest; readonly verdict: Verdict }, StoreError | LeaseLost>
    /** Makes new requests for waiting jobs that no runner is coming for, over all pools. Gives how many. */
    readonly coverDemand: () => Effect.Effect<number, StoreError>
  }
>()("runnerd/services/store/RequestStore") {
  static readonly layer = Layer.effect(RequestStore, make)
}
