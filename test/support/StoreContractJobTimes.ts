// What every database must say of how long jobs waited and ran.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as SqlClient from "effect/sql/SqlClient"
import { instant } from "../../src/services/store/Dialect.ts"
import { JobTimeStore, measures, rankedTimes } from "../../src/services/store/JobTimeStore.ts"
import { metInPostgres, stepsInSqlite } from "./StatementPlans.ts"
import type { StoreBackend } from "./StoreBackends.ts"
import { amend, deliver, forAll, saveSpec } from "./StoreScenes.ts"

const minute = 60_000
const slices = [0, 1, 2].map((place) => ({ from: place * minute, to: (place + 1) * minute }))
const jobIds = [101, 102, 103, 104, 105, 106, 107, 108, 109, 110]

interface Life {
  readonly queuedAt: number
  /** Since when it waited: the retry of one that had failed, or its making. */
  readonly retriedAt: number | null
  readonly assignedAt: number | null
  readonly stoppingAt: number | null
}

const moment = fc.nat(4 * minute)

const lives: fc.Arbitrary<ReadonlyArray<Life>> = fc.array(
  fc
    .record({ moments: fc.tuple(moment, moment, moment, moment), retried: fc.boolean(), stages: fc.nat(2) })
    .map(({ moments, retried, stages }): Life => {
      const [queuedAt, retriedAt, assignedAt, stoppingAt] = moments.toSorted((a, b) => a - b) as [
        number,
        number,
        number,
        number
      ]
      return {
        queuedAt,
        retriedAt: retried ? retriedAt : null,
        assignedAt: stages > 0 ? assignedAt : null,
        stoppingAt: stages > 1 ? stoppingAt : null
      }
    }),
  { maxLength: jobIds.length }
)

/** The same by a sorted list. */
const expected = (times: ReadonlyArray<readonly [begun: number, ended: number]>, place: number) => {
  const took = times
    .filter(([, ended]) => Math.floor(ended / minute) === place)
    .map(([begun, ended]) => ended - begun)
    .toSorted((a, b) => a - b)
  const at = (percent: number) => took[Math.ceil((took.length * percent) / 100) - 1] ?? 0
  return took.length === 0 ? null : { jobs: took.length, p50: at(50), p95: at(95) }
}

export const jobTimesContract = ({ layer, name }: StoreBackend) => {
  describe(`times of jobs on ${name}`, () => {
    it.effect("are the percentiles by nearest rank of what was taken, and of what ended, in each slice", () =>
      Effect.gen(function* () {
        yield* saveSpec()
        for (const jobId of jobIds) yield* deliver({ jobId })
        const store = yield* JobTimeStore
        yield* forAll(lives, 60, (some) =>
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            yield* sql`UPDATE runner_requests SET ${sql.update({ assignedAt: null, stoppingAt: null })}`
            for (const [index, life] of some.entries()) yield* amend(String(jobIds[index]), { ...life })
            const taken = some.flatMap(({ assignedAt, queuedAt, retriedAt }) =>
              assignedAt === null ? [] : [[retriedAt ?? queuedAt, assignedAt] as const]
            )
            const run = some.flatMap(({ assignedAt, stoppingAt }) =>
              assignedAt === null || stoppingAt === null ? [] : [[assignedAt, stoppingAt] as const]
            )
            assert.deepStrictEqual(
              yield* store.read(slices),
              slices.map((slice, place) => ({ ...slice, queue: expected(taken, place), run: expected(run, place) }))
            )
          })
        )
      }).pipe(Effect.provide(layer))
    )
    it.effect("of a slice with more jobs than are looked at are those of the newest", () =>
      Effect.gen(function* () {
        yield* saveSpec()
        // The older a job, the longer it waited.
        for (const [index, jobId] of jobIds.entries()) {
          yield* deliver({ jobId })
          yield* amend(String(jobId), { queuedAt: 0, assignedAt: 50_000 - index * 1000, stoppingAt: 50_000 })
        }
        const store = yield* JobTimeStore
        const [first] = yield* store.read(slices)
        assert.deepStrictEqual(first?.queue, { jobs: 4, p50: 48_000, p95: 50_000 })
      }).pipe(Effect.provide(JobTimeStore.layerTest(4)), Effect.provide(layer))
    )
    for (const measure of ["queue", "run"] as const) {
      it.effect(`however many there are, a look at ${measure} times meets no more than it may of each slice`, () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const at = (millis: string) =>
            sql.onDialectOrElse({
              pg: () => sql.literal(`to_timestamp((${millis}) / 1000.0)`),
              orElse: () => sql.literal(`(${millis})`)
            })
          yield* sql`INSERT INTO runner_requests
              (id, source, repository, spec_name, requested_labels, labels, status, queued_at, assigned_at, stopping_at, updated_at)
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
            SELECT 'over-' || CAST(n AS TEXT), 'webhook', 'acme/web', 'small', '[]', '[]', 'completed',
              ${at("n")}, ${at("n * 9")}, ${at("n * 9 + 5")}, ${at("n")} FROM numbers`
          yield* sql`ANALYZE`
          const statement = rankedTimes(sql, measures[measure], slices, 20)
          yield* sql.onDialectOrElse({
            pg: () => Effect.map(metInPostgres(sql, statement), (met) => assert.isAtMost(met, 20 * slices.length)),
            orElse: () =>
              Effect.map(stepsInSqlite(sql, statement), (steps) => {
                assert.lengthOf(steps, slices.length)
                const index = measure === "queue" ? "runner_requests_taken" : "runner_requests_run"
                for (const step of steps) assert.match(step, new RegExp(`^SEARCH .* COVERING INDEX ${index} `))
              })
          })
          assert.isAbove((yield* sql`SELECT id FROM runner_requests WHERE assigned_at < ${instant(minute)}`).length, 20)
        }).pipe(Effect.provide(layer))
      )
    }
  })
}
