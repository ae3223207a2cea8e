// Reading workflow jobs. They are written by IntakeStore.ts.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { decodeJobs, type JobRow } from "./JobRow.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export class JobStore extends Context.Service<
  JobStore,
  {
    /** The known jobs among these, in no particular order. */
    readonly named: (jobIds: ReadonlyArray<number>) => Effect.Effect<ReadonlyArray<JobRow>, StoreError>
    /** Jobs of this pool that wait for a runner, as far as we were told; those not heard of for longest come first. */
    readonly waitingIn: (pool: string, limit: number) => Effect.Effect<ReadonlyArray<JobRow>, StoreError>
  }
>()("runnerd/services/store/JobStore") {
  static readonly layer = Layer.effect(
    JobStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      return JobStore.of({
        named: Effect.fn("JobStore.named")(function* (jobIds: ReadonlyArray<number>) {
          if (jobIds.length === 0) return []
          return yield* sql`SELECT * FROM workflow_jobs WHERE ${sql.in("job_id", jobIds)}`.pipe(
            Effect.flatMap(decodeJobs)
          )
        }, asStoreError("jobs")),
        waitingIn: Effect.fn("JobStore.waitingIn")(function* (pool: string, limit: number) {
          return yield* sql`SELECT * FROM workflow_jobs WHERE pool = ${pool} AND status = 'queued'
            ORDER BY updated_at, job_id LIMIT ${limit}`.pipe(Effect.flatMap(decodeJobs))
        }, asStoreError("jobs"))
      })
    })
  )
}
