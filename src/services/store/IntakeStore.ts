// Taking facts in: one group-committed transaction for delivery, job facts, admission and request.
//
// Answers for: what becomes of a delivery, durably, before GitHub gets its answer. All deliveries that arrive
// together share a handful of multi-row statements. Every path by which runnerd learns of a job ends here.
// Not for: signatures and payloads (http), nor for anything outside the database: nothing here calls out.
// Gotchas: facts move forward only (WorkflowJob.ts), so any order and any number of repetitions is harmless;
// two deliveries of one job may share a batch and are folded in order of arrival.
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { admit, type Admission } from "../../domain/Admission.ts"
import { poolKey } from "../../domain/Pool.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import type { TimelineCode } from "../../domain/Timeline.ts"
import { learnt, lived } from "../../domain/RequestTrace.ts"
import { isNotStarted, type JobFacts, mergeFacts } from "../../domain/WorkflowJob.ts"
import { countProgress, countQueued } from "../telemetry/JobMetrics.ts"
import { Metrics } from "../telemetry/Metrics.ts"
import { newTraces } from "../telemetry/NewTrace.ts"
import { countRequest } from "../telemetry/RequestMetrics.ts"
import { type TracesShape, Traces } from "../telemetry/Traces.ts"
import { Wakeup } from "../Wakeup.ts"
import { CatalogStore } from "./CatalogStore.ts"
import * as GroupCommit from "./GroupCommit.ts"
import { askForRuns, jobColumns, knownJobs, knownRequests, saveDeliveries, saveJobs } from "./IntakeStatements.ts"
import { type Delivery, type IntakeOutcome, isDelivered } from "./IntakeTypes.ts"
import type { IntakePath } from "./JobRow.ts"
import { newRequest, withTrace } from "./NewRequest.ts"
import { insertColumns } from "./RequestRow.ts"
import { giveTurns } from "./Turns.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

const maxBatch = 128
const ignored: IntakeOutcome = { _tag: "Ignored" }

interface Entry {
  readonly requestId: string
  readonly code: TimelineCode
  readonly message: string
}

/** As the metrics name it: `RunToCheck` is `run_to_check`. */
const outcomeWord = ({ _tag }: IntakeOutcome) => _tag.replaceAll(/\B[A-Z]/g, "_$&").toLowerCase()

const queuedMessage = (facts: JobFacts, admission: Extract<Admission, { _tag: "Admitted" }>, path: IntakePath) =>
  `Job "${facts.name}" of ${facts.repository} waits for a runner (learnt by ${path}); runner spec ${admission.spec.name} serves it.`

/** Each delivery that was about a request, in the request's trace; a refused one's life is over at once. */
const traceDeliveries = (
  traces: TracesShape,
  deliveries: ReadonlyArray<Delivery>,
  outcomes: ReadonlyArray<IntakeOutcome>,
  now: number
): void =>
  traces.tell(
    deliveries.flatMap((delivery, index) => {
      const outcome = outcomes[index] ?? ignored
      if (!("request" in outcome)) return []
      const { request } = outcome
      const notice = {
        name: isDelivered(delivery.path) ? "delivery" : "look at GitHub",
        startedAt: delivery.receivedAt ?? now,
        endedAt: now,
        key: `${delivery.guid ?? ""}/${delivery.facts?.status ?? ""}`,
        attributes: {
          "runnerd.intake.path": delivery.path,
          "runnerd.intake.outcome": outcomeWord(outcome),
          "github.delivery": delivery.guid,
          "github.event": delivery.event,
          "github.action": delivery.action
        }
      }
      return [...learnt(request, notice), ...(outcome._tag === "Refused" ? lived(request, now) : [])]
    })
  )

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const catalogStore = yield* CatalogStore
  const wakeup = yield* Wakeup
  const metrics = yield* Metrics
  const traces = yield* Traces

  const withoutFacts = (delivery: Delivery): IntakeOutcome => {
    if (delivery.foreign) return { _tag: "Foreign" }
    return delivery.run === null ? ignored : { _tag: "RunToCheck" }
  }

  /** Metrics and spans, once it is all durable: a batch that fails is written again. `more`: what counts for more than the delivery itself. */
  const tellAfterCommit = (
    deliveries: ReadonlyArray<Delivery>,
    outcomes: ReadonlyArray<IntakeOutcome>,
    more: ReadonlyArray<() => void>
  ) =>
    sql.afterCommit(
      Effect.map(Clock.currentTimeMillis, (now) => {
        for (const [index, { path }] of deliveries.entries()) {
          metrics.count("runnerd_intake_total", { path, outcome: outcomeWord(outcomes[index] ?? ignored) })
        }
        for (const count of more) count()
        if (traces.enabled) traceDeliveries(traces, deliveries, outcomes, now)
      })
    )

  const write = Effect.fnUntraced(function* (deliveries: ReadonlyArray<Delivery>) {
    const now = yield* clock.now
    yield* askForRuns(sql, deliveries, now)
    const withFacts = deliveries.flatMap((delivery) => (delivery.facts === null ? [] : [delivery.facts]))
    if (withFacts.length === 0) {
      const outcomes = deliveries.map(withoutFacts)
      yield* saveDeliveries(sql, deliveries, outcomes, now)
      yield* tellAfterCommit(deliveries, outcomes, [])
      return outcomes
    }

    const catalog = yield* catalogStore.current
    const jobs = yield* knownJobs(
      sql,
      withFacts.map((facts) => facts.jobId)
    )
    const requests = yield* knownRequests(sql, withFacts)
    const changedJobs = new Map<number, ReturnType<typeof jobColumns>>()
    const created = new Map<string, RunnerRequest>()
    const news = new Set<string>()
    const entries: Array<Entry> = []
    const counts: Array<() => void> = []
    const newTrace = yield* newTraces

    const take = (delivery: Delivery, incoming: JobFacts): IntakeOutcome => {
      const known = jobs.get(incoming.jobId)
      const facts = known === undefined ? mergeFacts(incoming, incoming) : mergeFacts(known, incoming)
      const path = known?.path ?? delivery.path
      const announces = delivery.path === "webhook" && isNotStarted(incoming.status)
      const announcedAt = known?.announcedAt ?? (announces ? now : null)
      const own = requests.byJob.get(facts.jobId)
      const keep = (pool: string | null) => {
        const learnt = { path, announcedAt, pool }
        jobs.set(facts.jobId, { ...facts, ...learnt })
        changedJobs.set(facts.jobId, jobColumns(facts, learnt, now))
      }

      if (own === undefined && facts.status === "queued") {
        const admission = admit({ repository: facts.repository, labels: facts.labels, catalog })
        const pool = admission._tag === "Admitted" ? poolKey(facts.repository, admission.spec) : null
        keep(pool)
        if (admission._tag === "Refused" && !admission.managed) return ignored
        const request = newRequest({ facts, admission, pool, now, traceContext: newTrace() })
        requests.byJob.set(facts.jobId, request)
        created.set(request.id, request)
        counts.push(() => {
          countQueued(metrics, facts, request)
          countRequest(metrics, request)
          metrics.count("runnerd_jobs_learnt_total", { path })
        })
        entries.push(
          admission._tag === "Admitted"
            ? {
                requestId: request.id,
                code: "queued",
                message: withTrace(queuedMessage(facts, admission, path), request)
              }
            : { requestId: request.id, code: "refused", message: withTrace(admission.message, request) }
        )
        return { _tag: admission._tag === "Admitted" ? "Created" : "Refused", request }
      }

      keep(known?.pool ?? null)
      const runner = facts.runnerName === null ? undefined : requests.byRunner.get(facts.runnerName)
      const concerned = runner ?? own
      if (concerned === undefined) return ignored
      counts.push(() => countProgress(metrics, known, facts, concerned))
      for (const request of [runner, own]) if (request !== undefined) news.add(request.id)
      return { _tag: delivery.action === "queued" ? "Existing" : "Recorded", request: concerned }
    }

    const outcomes = deliveries.map((delivery) =>
      delivery.facts === null ? withoutFacts(delivery) : take(delivery, delivery.facts)
    )

    yield* saveJobs(sql, [...changedJobs.values()])
    if (created.size > 0) {
      const requests = [...created.values()]
      const turns = yield* giveTurns(sql, requests)
      const rows = requests.map((request, index) => insertColumns(request, turns[index] ?? 0, jobs.get(request.jobId!)))
      yield* sql`INSERT INTO runner_requests ${sql.insert(rows as never)}`
    }
    // Rows made in this very batch included: `queued` and `completed` of one job may arrive together.
    const touched = [...news]
    if (touched.length > 0) {
      yield* sql`UPDATE runner_requests SET facts_version = facts_version + 1
        WHERE ${sql.in("id", touched)} AND status <> 'completed' AND status <> 'failed'`
    }
    if (entries.length > 0) {
      yield* sql`INSERT INTO request_events ${sql.insert(entries.map((entry) => ({ ...entry, at: now })) as never)}`
    }
    yield* saveDeliveries(sql, deliveries, outcomes, now)
    yield* tellAfterCommit(deliveries, outcomes, counts)
    yield* sql.afterCommit(wakeup.notify({ requestIds: touched, newRequests: created.size > 0 }))
    return outcomes
  })

  const submit = yield* GroupCommit.make({ maxBatch, decides: true, write })

  return IntakeStore.of({
    take: Effect.fn("IntakeStore.take")((delivery: Delivery) => submit(delivery).pipe(asStoreError("take")))
  })
})

export class IntakeStore extends Context.Service<
  IntakeStore,
  {
    /** Durable when it returns. */
    readonly take: (delivery: Delivery) => Effect.Effect<IntakeOutcome, StoreError>
  }
>()("runnerd/services/store/IntakeStore") {
  static readonly layer = Layer.effect(IntakeStore, make)
}
