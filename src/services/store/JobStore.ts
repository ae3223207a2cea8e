// Reading workflow jobs. They are written by IntakeStore.ts.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { JobKind } from "../../domain/DryRun.ts"
import { decodeJobs, type JobRow } from "./JobRow.ts"
import { instant } from "./Dialect.ts"
import { ReadClient } from "./ReadClient.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export class JobStore extends Context.Service<
  JobStore,
  {
    /** The known jobs among these, in no particular order, read beside intake: the jobs of a page lie far apart. */
    readonly listed: (jobIds: ReadonlyArray<number>) => Effect.Effect<ReadonlyArray<JobRow>, StoreError>
    /** The same, of a few. */
    readonly named: (jobIds: ReadonlyArray<number>) => Effect.Effect<ReadonlyArray<JobRow>, StoreError>
    /** Jobs of this pool that wait for a runner, as far as we were told; those not heard of for longest come first. */
    readonly waitingIn: (pool: string, limit: number) => Effect.Effect<ReadonlyArray<JobRow>, StoreError>
    /** What the jobs asked for that we learnt of within so many milliseconds: of those, the newest `newest`. */
    readonly kindsSince: (millis: number, newest: number) => Effect.Effect<ReadonlyArray<JobKind>, StoreError>
  }
>()("runnerd/services/store/JobStore") {
  static readonly layer = Layer.effect(
    JobStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const beside = yield* ReadClient
      const clock = yield* StoreClock
      const known = (client: SqlClient.SqlClient, jobIds: ReadonlyArray<number>) =>
        jobIds.length === 0
          ? Effect.succeed([])
          : Effect.flatMap(client`SELECT * FROM workflow_jobs WHERE ${client.in("job_id", jobIds)}`, decodeJobs)
      return JobStore.of({
        listed: Effect.fn("JobStore.listed")((jobIds) => known(beside, jobIds), asStoreError("jobs")),
        named: Effect.fn("JobStore.named")((jobIds) => known(sql, jobIds), asStoreError("jobs")),
        waitingIn: Effect.fn("JobStore.waitingIn")(function* (pool: string, limit: number) {
          return yield* sql`SELECT * FROM workflow_jobs WHERE pool = ${pool} AND status = 'queued'
            ORDER BY updated_at, job_id LIMIT ${limit}`.pipe(Effect.flatMap(decodeJobs))
        }, asStoreError("jobs")),
        // GitHub's job ids go up with time, so the newest are found without an index of their own.
        kindsSince: Effect.fn("JobStore.kindsSince")(function* (millis: number, newest: number) {
          const now = yield* clock.now
          const rows = yield* sql<{ repository: string; labels: string; jobs: number }>`
            SELECT repository, labels, count(*) AS jobs FROM (
              SELECT repository, labels, learnt_at FROM workflow_jobs ORDER BY job_id DESC LIMIT ${newest}
            ) AS lately WHERE learnt_at >= ${instant(now - millis)} GROUP BY repository, labels`
          return rows.map((row) => ({ ...row, labels: JSON.parse(row.labels) as ReadonlyArray<string> }))
        }, asStoreError("jobs"))
      })
    })
  )
}
