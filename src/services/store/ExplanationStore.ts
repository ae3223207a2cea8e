// How things stand for one request, read for whoever explains it.
//
// Answers for: reading, in one transaction, what the next claim would read. Not for what it means (domain/Explanation.ts).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import type { Capacity, ClaimRules } from "../../domain/Capacity.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { readCapacity } from "./CapacityRows.ts"
import { instant } from "./Dialect.ts"
import { decodeJobs, type JobRow } from "./JobRow.ts"
import { decodeRequests } from "./RequestRow.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export interface Standing {
  readonly request: RunnerRequest
  /** The job that caused it. */
  readonly job: JobRow | null
  readonly capacity: Capacity
  /** Requests of the same spec that may be provisioned now and come first. */
  readonly ahead: number
}

export class ExplanationStore extends Context.Service<
  ExplanationStore,
  {
    /** None when there is no such request. */
    readonly standing: (id: string, rules: ClaimRules) => Effect.Effect<Option.Option<Standing>, StoreError>
  }
>()("runnerd/services/store/ExplanationStore") {
  static readonly layer = Layer.effect(
    ExplanationStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const clock = yield* StoreClock

      const ahead = ({ id, queuedAt, specName, status }: RunnerRequest, now: number) =>
        status !== "queued" || specName === null
          ? Effect.succeed(0)
          : Effect.map(
              sql<{ n: number }>`SELECT count(*) AS n FROM runner_requests
                WHERE status = 'queued' AND spec_name = ${specName} AND (due_at IS NULL OR due_at <= ${instant(now)})
                  AND (turn, queued_at, id) < ((SELECT turn FROM runner_requests WHERE id = ${id}), ${instant(queuedAt)}, ${id})`,
              (rows) => rows[0]?.n ?? 0
            )

      const jobOf = ({ jobId }: RunnerRequest) =>
        jobId === null
          ? Effect.succeed(null)
          : sql`SELECT * FROM workflow_jobs WHERE job_id = ${jobId}`.pipe(
              Effect.flatMap(decodeJobs),
              Effect.map((rows) => rows[0] ?? null)
            )

      return ExplanationStore.of({
        standing: Effect.fn("ExplanationStore.standing")(
          function* (id: string, rules: ClaimRules) {
            const [request] = yield* sql`SELECT * FROM runner_requests WHERE id = ${id}`.pipe(
              Effect.flatMap(decodeRequests)
            )
            if (request === undefined) return Option.none()
            const now = yield* clock.now
            return Option.some({
              request,
              job: yield* jobOf(request),
              capacity: yield* readCapacity(sql, rules, now),
              ahead: yield* ahead(request, now)
            })
          },
          sql.withTransaction,
          asStoreError("standing")
        )
      })
    })
  )
}
