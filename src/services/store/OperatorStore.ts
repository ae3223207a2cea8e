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
import { admit } from "../../domain/Admission.ts"
import { poolKey } from "../../domain/Pool.ts"
import { decide } from "../../domain/RequestLifecycle.ts"
import { isFinished, type RunnerRequest } from "../../domain/RunnerRequest.ts"
import { Wakeup } from "../Wakeup.ts"
import { AuditStore } from "./AuditStore.ts"
import { exclusively, instant } from "./Dialect.ts"
import { CatalogStore } from "./CatalogStore.ts"
import { columnsOf, decodeRequests } from "./RequestRow.ts"
import { giveTurns } from "./Turns.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export type RetryAnswer =
  | { readonly _tag: "Retried"; readonly request: RunnerRequest }
  /** Nothing was changed. `message`: a whole sentence. */
  | { readonly _tag: "NotAllowed"; readonly message: string }

const notAllowed = (message: string): RetryAnswer => ({ _tag: "NotAllowed", message })

/** What an operator's word can change of a request. */
const audited = (request: RunnerRequest) => ({
  status: request.status,
  spec: request.specName,
  attempt: request.attempt,
  failureStage: request.failureStage,
  failureReason: request.failureReason,
  stopAskedAt: request.stopAskedAt,
  stopReason: request.stopReason
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const catalogStore = yield* CatalogStore
  const audit = yield* AuditStore
  const wakeup = yield* Wakeup

  const find = (id: string) =>
    sql`SELECT * FROM runner_requests WHERE id = ${id}`.pipe(
      Effect.flatMap(decodeRequests),
      Effect.map((rows) => Option.fromNullishOr(rows[0]))
    )

  const tell = (requestId: string, at: number, code: string, message: string) =>
    sql`INSERT INTO request_events ${sql.insert({ requestId, at, code, message })}`

  const record = (actor: string, action: "runner.stop" | "runner.retry", before: RunnerRequest, after: RunnerRequest) =>
    audit.append({ actor, action, resourceId: before.id, before: audited(before), after: audited(after) })

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
      `Asked to stop by ${by}${reason === null ? "" : `: ${reason.replace(/[.\s]+$/, "")}`}.`
    )
    yield* record(by, "runner.stop", request, stopped)
    yield* sql.afterCommit(wakeup.notify({ requestIds: [request.id], newRequests: true }))
    return stopped
  })

  const retry = Effect.fnUntraced(function* (request: RunnerRequest, by: string) {
    const now = yield* clock.now
    const catalog = yield* catalogStore.current
    const admission = admit({ repository: request.repository, labels: request.requestedLabels, catalog })
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
    const patch = { ...decision.patch, factsVersion: request.factsVersion + 1, updatedAt: now }
    // Another spec counts its turns for itself.
    const [turn = 0] = request.specName === name ? [] : yield* giveTurns(sql, [{ ...request, specName: name }])
    const place = request.specName === name ? {} : { turn }
    const [retried] = yield* sql`UPDATE runner_requests SET ${sql.update({ ...columnsOf(patch), ...place })}
      WHERE id = ${request.id} AND status = ${request.status} AND fence = ${request.fence} AND owner IS NULL
      RETURNING *`.pipe(Effect.flatMap(decodeRequests))
    if (retried === undefined) return notAllowed("The request is being worked on.")
    if (request.jobId !== null) yield* sql`UPDATE workflow_jobs SET pool = ${pool} WHERE job_id = ${request.jobId}`
    for (const event of decision.events) yield* tell(request.id, now, event.code, event.message)
    yield* record(by, "runner.retry", request, retried)
    yield* sql.afterCommit(wakeup.notify({ requestIds: [request.id], newRequests: true }))
    return { _tag: "Retried", request: retried } satisfies RetryAnswer
  })

  const ofKnown =
    <A, E>(then: (request: RunnerRequest) => Effect.Effect<A, E>) =>
    (found: Option.Option<RunnerRequest>) =>
      Option.isNone(found) ? Effect.succeed(Option.none<A>()) : Effect.map(then(found.value), Option.some)

  return OperatorStore.of({
    stop: Effect.fn("OperatorStore.stop")(
      (id: string, by: string, reason: string | null) =>
        find(id).pipe(
          Effect.flatMap(
            ofKnown((request) => (isFinished(request) ? Effect.succeed(request) : stop(request, by, reason)))
          )
        ),
      exclusively(sql),
      asStoreError("stop")
    ),
    retry: Effect.fn("OperatorStore.retry")(
      (id: string, by: string) => find(id).pipe(Effect.flatMap(ofKnown((request) => retry(request, by)))),
      exclusively(sql),
      asStoreError("retry")
    )
  })
})

export class OperatorStore extends Context.Service<
  OperatorStore,
  {
    /** The request as it is now; none when there is no such request. `by`: who asks, the actor of the audit event. */
    readonly stop: (
      id: string,
      by: string,
      reason: string | null
    ) => Effect.Effect<Option.Option<RunnerRequest>, StoreError>
    /** Puts a failed or waiting request back in line, admitted anew and with all its attempts. */
    readonly retry: (id: string, by: string) => Effect.Effect<Option.Option<RetryAnswer>, StoreError>
  }
>()("runnerd/services/store/OperatorStore") {
  static readonly layer = Layer.effect(OperatorStore, make)
}
