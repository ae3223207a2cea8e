// What an operator asks of a request: to stop it, or to try it again.
//
// Answers for: the fact, durably and with its audit event, and telling whoever holds the request. Not for acting on it:
// the owner's fiber does, perhaps on another node; a retry alone changes the row itself, because nobody owns what has
// failed or waits.
// Gotcha: asked twice is as good as once, and what has ended is only given back (E-70, E-125).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import { admit, admitExplicit } from "../../domain/Admission.ts"
import { poolKey } from "../../domain/Pool.ts"
import { decide } from "../../domain/RequestLifecycle.ts"
import { askedFor, waited } from "../../domain/RequestTrace.ts"
import { isFinished, type RunnerRequest } from "../../domain/RunnerRequest.ts"
import { withoutEnd } from "../../domain/Sentence.ts"
import { newTraces } from "../telemetry/NewTrace.ts"
import { Traces } from "../telemetry/Traces.ts"
import { Wakeup } from "../Wakeup.ts"
import { AuditStore } from "./AuditStore.ts"
import { type Change, expected, type PreconditionFailed } from "./CatalogChange.ts"
import { CatalogStore } from "./CatalogStore.ts"
import { exclusively, instant } from "./Dialect.ts"
import { decodeJobs, type JobRow } from "./JobRow.ts"
import { withTrace } from "./NewRequest.ts"
import { requestState } from "./RequestAudit.ts"
import { columnsOf, decodeRequests } from "./RequestRow.ts"
import { giveTurns } from "./Turns.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** What the API shows as one request. */
export interface SeenRequest {
  readonly request: RunnerRequest
  readonly job: JobRow | undefined
}

export type RetryAnswer =
  | { readonly _tag: "Retried"; readonly request: RunnerRequest }
  /** Nothing was changed. `message`: a whole sentence. */
  | { readonly _tag: "NotAllowed"; readonly message: string }

const notAllowed = (message: string): RetryAnswer => ({ _tag: "NotAllowed", message })

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const catalogStore = yield* CatalogStore
  const audit = yield* AuditStore
  const wakeup = yield* Wakeup
  const traces = yield* Traces

  const tell = (requestId: string, at: number, code: string, message: string) =>
    sql`INSERT INTO request_events ${sql.insert({ requestId, at, code, message })}`

  /** What waited has waited until it was asked; what had failed begins another trace. */
  const trace = (
    asked: "StopAsked" | "RetryAsked",
    before: RunnerRequest,
    after: RunnerRequest,
    by: string,
    now: number
  ) =>
    sql.afterCommit(
      Effect.sync(() => {
        if (!traces.enabled) return
        const name = asked === "StopAsked" ? "stop asked for" : "retry asked for"
        traces.tell([...waited(before, asked, now), ...askedFor(after, name, by, now)])
      })
    )

  const record = (actor: string, action: "runner.stop" | "runner.retry", before: RunnerRequest, after: RunnerRequest) =>
    audit.append({ actor, action, resourceId: before.id, before: requestState(before), after: requestState(after) })

  const stop = Effect.fnUntraced(function* (request: RunnerRequest, by: string, reason: string | null) {
    const now = yield* clock.now
    const [stopped] = yield* sql`UPDATE runner_requests
      SET stop_asked_at = ${instant(now)}, stop_asked_by = ${by}, stop_reason = ${reason}, facts_version = facts_version + 1,
        updated_at = ${instant(now)}
      WHERE id = ${request.id} AND stop_asked_at IS NULL AND status <> 'completed' AND status <> 'failed'
      RETURNING *`.pipe(Effect.flatMap(decodeRequests))
    if (stopped === undefined) return request
    yield* tell(
      request.id,
      now,
      "stop_asked",
      `Asked to stop by ${by}${reason === null ? "" : `: ${withoutEnd(reason)}`}.`
    )
    yield* record(by, "runner.stop", request, stopped)
    yield* trace("StopAsked", request, stopped, by, now)
    yield* sql.afterCommit(wakeup.notify({ requestIds: [request.id], newRequests: true }))
    return stopped
  })

  const retry = Effect.fnUntraced(function* (request: RunnerRequest, by: string) {
    const now = yield* clock.now
    const catalog = yield* catalogStore.current
    const { repository, requestedLabels: asked, specName } = request
    const admission =
      request.source === "manual_api" && specName !== null
        ? admitExplicit({ repository, specName, labels: asked, catalog })
        : admit({ repository, labels: asked, catalog })
    if (admission._tag === "Refused") return notAllowed(admission.message)
    const { labels, name, runnerGroup } = admission.spec
    const pool = poolKey(request.repository, admission.spec)
    const decision = decide(
      request,
      { _tag: "RetryAsked", by, admitted: { specName: name, pool, labels, runnerGroup } },
      now
    )
    if (decision._tag === "Ignored") {
      return notAllowed(
        request.status === "completed"
          ? "The request has completed; re-run the job at GitHub to have it run again."
          : "The request has not failed and waits for no retry."
      )
    }
    // Its job may be over since: whoever claims it looks at the facts first.
    // What failed has ended, and its trace with it; this is another life.
    const traceContext = request.status === "failed" ? (yield* newTraces)() : request.traceContext
    const patch = { ...decision.patch, traceContext, factsVersion: request.factsVersion + 1, updatedAt: now }
    // Another spec counts its turns for itself.
    const [turn = 0] = request.specName === name ? [] : yield* giveTurns(sql, [{ ...request, specName: name }])
    const place = request.specName === name ? {} : { turn }
    const [retried] = yield* sql`UPDATE runner_requests SET ${sql.update({ ...columnsOf(patch), ...place })}
      WHERE id = ${request.id} AND status = ${request.status} AND fence = ${request.fence} AND owner IS NULL
      RETURNING *`.pipe(Effect.flatMap(decodeRequests))
    if (retried === undefined) return notAllowed("The request is being worked on.")
    if (request.jobId !== null) yield* sql`UPDATE workflow_jobs SET pool = ${pool} WHERE job_id = ${request.jobId}`
    for (const event of decision.events) {
      yield* tell(request.id, now, event.code, withTrace(event.message, retried))
    }
    yield* record(by, "runner.retry", request, retried)
    yield* trace("RetryAsked", request, retried, by, now)
    yield* sql.afterCommit(wakeup.notify({ requestIds: [request.id], newRequests: true }))
    return { _tag: "Retried", request: retried } satisfies RetryAnswer
  })

  const jobOf = Effect.fnUntraced(function* ({ jobId }: RunnerRequest) {
    if (jobId === null) return undefined
    return (yield* sql`SELECT * FROM workflow_jobs WHERE job_id = ${jobId}`.pipe(Effect.flatMap(decodeJobs)))[0]
  })

  const ofKnown = Effect.fnUntraced(function* <A, E>(
    id: string,
    change: Change<SeenRequest>,
    then: (request: RunnerRequest) => Effect.Effect<A, E>
  ) {
    const [request] = yield* sql`SELECT * FROM runner_requests WHERE id = ${id}`.pipe(Effect.flatMap(decodeRequests))
    if (request === undefined) return Option.none<A>()
    yield* expected(Option.some({ request, job: yield* jobOf(request) }), change)
    return Option.some(yield* then(request))
  })

  return OperatorStore.of({
    stop: Effect.fn("OperatorStore.stop")(
      (id: string, reason: string | null, change: Change<SeenRequest>) =>
        ofKnown(id, change, (request) =>
          isFinished(request) ? Effect.succeed(request) : stop(request, change.by, reason)
        ),
      exclusively(sql),
      asStoreError("stop")
    ),
    retry: Effect.fn("OperatorStore.retry")(
      (id: string, change: Change<SeenRequest>) => ofKnown(id, change, (request) => retry(request, change.by)),
      exclusively(sql),
      asStoreError("retry")
    )
  })
})

export class OperatorStore extends Context.Service<
  OperatorStore,
  {
    /** The request as it is now; none when there is no such request. */
    readonly stop: (
      id: string,
      reason: string | null,
      change: Change<SeenRequest>
    ) => Effect.Effect<Option.Option<RunnerRequest>, StoreError | PreconditionFailed>
    /** Puts a failed or waiting request back in line, admitted anew and with all its attempts. */
    readonly retry: (
      id: string,
      change: Change<SeenRequest>
    ) => Effect.Effect<Option.Option<RetryAnswer>, StoreError | PreconditionFailed>
  }
>()("runnerd/services/store/OperatorStore") {
  static readonly layer = Layer.effect(OperatorStore, make)
}
