// How things stand for requests, read for whoever explains them.
//
// Answers for: reading what the next claim would read: for one request in one transaction, for a page of them beside intake,
// with statements whose number does not grow with the page. Not for what it means (domain/Explanation.ts).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import type { Capacity, ClaimRules } from "../../domain/Capacity.ts"
import { waitsInLine } from "../../domain/Explanation.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { readCapacity } from "./CapacityRows.ts"
import { decodeJobs, type JobRow } from "./JobRow.ts"
import { places } from "./ClaimStatements.ts"
import { ReadClient } from "./ReadClient.ts"
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

/** What the requests of a page share. */
export interface Surroundings {
  readonly capacity: Capacity
  /** By id, how many come first; of those alone that nothing but their place keeps waiting. */
  readonly ahead: ReadonlyMap<string, number>
}

type Sql = SqlClient.SqlClient

/** By id, how many requests of the same spec that may be provisioned now come first. Of those not in line there is nothing. */
const placesOf = Effect.fnUntraced(function* (sql: Sql, requests: ReadonlyArray<RunnerRequest>, now: number) {
  const queued = requests.filter(({ status }) => status === "queued")
  const specNames = [...new Set(queued.flatMap(({ specName }) => specName ?? []))]
  if (specNames.length === 0) return new Map<string, number>()
  const ids = queued.map(({ id }) => id)
  const rows = yield* places(sql, specNames, ids, now)
  return new Map(rows.map(({ id, place }): [string, number] => [id, place - 1]))
})

export class ExplanationStore extends Context.Service<
  ExplanationStore,
  {
    /** None when there is no such request. */
    readonly standing: (id: string, rules: ClaimRules) => Effect.Effect<Option.Option<Standing>, StoreError>
    readonly around: (
      requests: ReadonlyArray<RunnerRequest>,
      rules: ClaimRules
    ) => Effect.Effect<Surroundings, StoreError>
  }
>()("runnerd/services/store/ExplanationStore") {
  static readonly layer = Layer.effect(
    ExplanationStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const read = yield* ReadClient
      const clock = yield* StoreClock

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
              ahead: (yield* placesOf(sql, [request], now)).get(id) ?? 0
            })
          },
          sql.withTransaction,
          asStoreError("standing")
        ),
        around: Effect.fn("ExplanationStore.around")(function* (
          requests: ReadonlyArray<RunnerRequest>,
          rules: ClaimRules
        ) {
          const capacity = yield* readCapacity(read, rules, yield* clock.now)
          const next = requests.filter((request) => waitsInLine(request, capacity))
          return { capacity, ahead: yield* placesOf(read, next, capacity.now) }
        }, asStoreError("around"))
      })
    })
  )
}
