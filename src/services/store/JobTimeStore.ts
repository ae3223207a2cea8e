// How long jobs waited for their runner and how long they ran, by slices of time: the 50th and the 95th percentile.
//
// Answers for: reading no more than `perSlice` requests for each slice, the newest, whatever there is; both times come from
// indexes that hold nothing else. Read beside intake (ReadClient.ts).
// Gotcha: by runnerd's clock, from when it learnt of the job or was last asked to try again what had failed. What a job waited for before, an approval for example, is not
// in it; GitHub's own times are in the metrics.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as SqlClient from "effect/sql/SqlClient"
import type { TimeSlice } from "../../domain/TimeSlices.ts"
import { instant } from "./Dialect.ts"
import { ReadClient } from "./ReadClient.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** Enough for a 95th percentile that does not tremble. */
const mostPerSlice = 2000

/** Of times in milliseconds. */
export interface Percentiles {
  /** How many were looked at. */
  readonly jobs: number
  readonly p50: number
  readonly p95: number
}

export interface SliceTimes extends TimeSlice {
  /** Of runners that took their job in the slice: since it was asked for. Null: there was none. */
  readonly queue: Percentiles | null
  /** Of runners that ended in the slice: since they took their job. */
  readonly run: Percentiles | null
}

/** One of the times: its beginning, and the column at its end. */
export const measures = {
  queue: { begun: "coalesce(retried_at, queued_at)", ended: "assigned_at" },
  run: { begun: "assigned_at", ended: "stopping_at" }
} as const

interface Ranked {
  readonly slice: number
  readonly jobs: number
  readonly begunAt: number
  readonly endedAt: number
}

/** For each slice the rows at the two percentiles, by nearest rank; they may be the same row. */
export const rankedTimes = (
  sql: SqlClient.SqlClient,
  { begun, ended }: (typeof measures)[keyof typeof measures],
  slices: ReadonlyArray<TimeSlice>,
  perSlice: number
) => {
  const newest = slices.map(
    ({ from, to }, slice) => sql`SELECT ${sql.literal(String(slice))} AS slice, begun_at, ended_at FROM (
      SELECT ${sql.literal(begun)} AS begun_at, ${sql(ended)} AS ended_at FROM runner_requests
      WHERE assigned_at IS NOT NULL AND ${sql(ended)} IS NOT NULL
        AND ${sql(ended)} >= ${instant(from)} AND ${sql(ended)} < ${instant(to)}
      ORDER BY ${sql(ended)} DESC LIMIT ${sql.literal(String(perSlice))}) AS newest`
  )
  return sql<Ranked>`SELECT slice, jobs, begun_at, ended_at FROM (
      SELECT slice, begun_at, ended_at, count(*) OVER (PARTITION BY slice) AS jobs,
        row_number() OVER (PARTITION BY slice ORDER BY ended_at - begun_at) AS place
      FROM (${sql.join(" UNION ALL ", false)(newest)}) AS sampled) AS ranked
    WHERE place IN ((jobs * 50 + 99) / 100, (jobs * 95 + 99) / 100) ORDER BY slice, place`
}

const make = Effect.fnUntraced(function* (perSlice: number) {
  const sql = yield* ReadClient
  const ranked = (measure: keyof typeof measures, slices: ReadonlyArray<TimeSlice>) =>
    rankedTimes(sql, measures[measure], slices, perSlice)

  const percentiles = (rows: ReadonlyArray<Ranked>, slice: number): Percentiles | null => {
    const own = rows.filter((row) => row.slice === slice)
    const [low, high = low] = own
    if (low === undefined || high === undefined) return null
    return { jobs: low.jobs, p50: low.endedAt - low.begunAt, p95: high.endedAt - high.begunAt }
  }

  return JobTimeStore.of({
    read: Effect.fn("JobTimeStore.read")(function* (slices: ReadonlyArray<TimeSlice>) {
      const { queue, run } = yield* Effect.all(
        { queue: ranked("queue", slices), run: ranked("run", slices) },
        { concurrency: "unbounded" }
      )
      return slices.map((slice, place) => ({
        ...slice,
        queue: percentiles(queue, place),
        run: percentiles(run, place)
      }))
    }, asStoreError("jobTimes"))
  })
})

export class JobTimeStore extends Context.Service<
  JobTimeStore,
  {
    /** In the order of the slices, of which there is at least one and at most a hundred. */
    readonly read: (slices: ReadonlyArray<TimeSlice>) => Effect.Effect<ReadonlyArray<SliceTimes>, StoreError>
  }
>()("runnerd/services/store/JobTimeStore") {
  static readonly layer = Layer.effect(JobTimeStore, make(mostPerSlice))
  /** For tests: what a few rows need to be many. */
  static readonly layerTest = (perSlice: number) => Layer.effect(JobTimeStore, make(perSlice))
}
