// How claims find their rows: each statement by an index of its own, however many requests are over or put off.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Statement } from "effect/sql/Statement"
import { unfinishedCounts } from "../../src/services/store/ActiveCountStore.ts"
import { countConfirmed } from "../../src/services/store/LimitRows.ts"
import { countNeeding } from "../../src/services/store/WaitingRequests.ts"
import {
  heldBy,
  letGo,
  letIn,
  pending,
  places,
  resumable,
  waitingOf,
  waitingSpecs
} from "../../src/services/store/ClaimStatements.ts"
import { instant } from "../../src/services/store/Dialect.ts"
import { jobsOfUnfinished, waitingJobsOfRuns } from "../../src/services/store/RepairStore.ts"
import { metInPostgres, stepsInSqlite } from "./StatementPlans.ts"
import type { StoreBackend } from "./StoreBackends.ts"

const now = 1_000_000
const alive = ["node-1"]
const crowd = 20_000
/** Of everything that a statement is there for. */
const few = 20

type Sql = SqlClient.SqlClient

const insert = (sql: Sql, prefix: string, count: number, status: string, dueAt: number | null) => {
  const at = (time: number) => sql`CAST(${instant(time)} AS ${sql.literal("TIMESTAMPTZ")})`
  return sql`INSERT INTO runner_requests
      (id, source, repository, spec_name, requested_labels, labels, status, due_at, turn, queued_at, updated_at)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${sql.literal(String(count))})
    SELECT ${sql.literal(`'${prefix}'`)} || CAST(n AS TEXT), 'webhook', 'acme/web', 'small', '[]', '[]',
      ${sql.literal(`'${status}'`)}, ${dueAt === null ? sql.literal("NULL") : at(dueAt)}, n, ${at(now)}, ${at(now)}
    FROM numbers`
}

/** Their ids go on from `after`. */
const insertJobs = (sql: Sql, after: number, count: number, status: string) => {
  const at = sql`CAST(${instant(now)} AS ${sql.literal("TIMESTAMPTZ")})`
  return sql`INSERT INTO workflow_jobs
      (job_id, run_id, repository, name, labels, status, observed_at, path, pool, learnt_at, updated_at)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${sql.literal(String(count))})
    SELECT ${sql.literal(String(after))} + n, n, 'acme/web', 'build', '[]', ${sql.literal(`'${status}'`)}, ${at}, 'webhook',
      'pool', ${at}, ${at} FROM numbers`
}

/** As in a database that is used: PostgreSQL counts what is common by itself, SQLite never does. */
const analyzed = (sql: Sql) => sql.onDialectOrElse({ pg: () => Effect.asVoid(sql`ANALYZE`), orElse: () => Effect.void })

/** `some`: there is something to find. `later`: how many are put off. */
const crowded = Effect.fnUntraced(function* (some: boolean, later: number) {
  const sql = yield* SqlClient.SqlClient
  yield* insert(sql, "over-", crowd, "completed", null)
  yield* insert(sql, "later-", later, "queued", now + 60_000)
  if (some) {
    yield* insert(sql, "due-", few, "queued", now - 1)
    yield* insert(sql, "next-", few, "queued", null)
    yield* insert(sql, "orphaned-", few, "running", null)
  }
  yield* analyzed(sql)
  return sql
})

interface Case {
  readonly what: string
  readonly statement: (sql: Sql) => Statement<unknown>
  /** SQLite's steps, each an index of its own. */
  readonly steps: ReadonlyArray<RegExp>
  /** How many rows PostgreSQL meets at most when some are there; `few` unless told. */
  readonly meets?: number
  /** How many are put off on PostgreSQL; a crowd unless told. */
  readonly later?: number
}

const byId = /^SEARCH .* INDEX sqlite_autoindex_runner_requests_1 \(id=\?\)$/
const byDue = /^SEARCH .* INDEX runner_requests_due \(due_at<\?\)$/
const inLine = / INDEX runner_requests_waiting$/
const left = [/ INDEX runner_requests_news$/, / INDEX runner_requests_outside$/]
const holding = [
  /^SEARCH .* INDEX runner_requests_news \(owner=\?\)$/,
  /^SEARCH .* INDEX runner_requests_outside \(owner=\?\)$/
]

const cases: ReadonlyArray<Case> = [
  {
    what: "whether there is anything to claim",
    statement: (sql) => pending(sql, alive, now),
    steps: [inLine, byDue, ...left]
  },
  { what: "who is let in", statement: (sql) => letIn(sql, alive, now), steps: [byId, byDue] },
  {
    what: "the specs in line",
    statement: (sql) => waitingSpecs(sql),
    steps: [inLine, / INDEX runner_requests_waiting \(spec_name>\?\)$/]
  },
  {
    what: "who is next in line",
    statement: (sql) => waitingOf(sql, "small", alive, [], 4),
    steps: [/^SEARCH .* INDEX runner_requests_waiting \(spec_name=\?\)$/]
  },
  {
    what: "the places in line",
    statement: (sql) => places(sql, ["small"], ["next-7", "due-3"], now),
    steps: [/ INDEX runner_requests_waiting \(spec_name=\?\)$/, byDue],
    // It reads all in line, whom PostgreSQL takes for half of those that a crowd is put off with: then it reads the table.
    later: few,
    meets: 2 * few
  },
  { what: "what a dead node left", statement: (sql) => resumable(sql, alive, now), steps: left },
  { what: "what a node holds", statement: (sql) => heldBy(sql, "node-1"), steps: holding },
  { what: "what a node gives up", statement: (sql) => letGo(sql, "node-1"), steps: [byId, ...holding] }
]

const turns = / INDEX runner_requests_turns/
const outside = / INDEX runner_requests_outside$/
const counts: ReadonlyArray<Pick<Case, "what" | "statement" | "steps">> = [
  { what: "what is unfinished", statement: (sql) => unfinishedCounts(sql), steps: [turns, outside] },
  { what: "what needs a runner spec", statement: (sql) => countNeeding(sql, "small"), steps: [turns, outside] },
  {
    what: "sandboxes that E2B confirmed",
    statement: (sql) => countConfirmed(sql),
    steps: [/ INDEX runner_requests_sandboxes$/]
  }
]

const openJobs: ReadonlyArray<Pick<Case, "what" | "statement" | "steps">> = [
  { what: "jobs that wait", statement: (sql) => waitingJobsOfRuns(sql), steps: [/ INDEX workflow_jobs_demand/] },
  {
    what: "jobs that unfinished requests are for",
    statement: (sql) => jobsOfUnfinished(sql),
    steps: [/ INDEX runner_requests_pool/, /^SEARCH job .* \(job_id=\?\)$/]
  }
]

export const plansContract = ({ layer, name }: StoreBackend) => {
  describe(`${name}: however many requests are over or put off, a claim meets only what it is after`, () => {
    for (const { statement, steps, what } of counts) {
      it.effect(`${what} is counted without a look at what is over`, () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* insert(sql, "over-", crowd, "completed", null)
          yield* insert(sql, "failed-", crowd, "failed", null)
          yield* insert(sql, "next-", few, "queued", null)
          yield* insert(sql, "working-", few, "running", null)
          yield* analyzed(sql)
          yield* sql.onDialectOrElse({
            pg: () => Effect.map(metInPostgres(sql, statement(sql)), (met) => assert.isAtMost(met, 2 * few)),
            orElse: () =>
              Effect.map(stepsInSqlite(sql, statement(sql)), (found) => {
                assert.lengthOf(found, steps.length)
                for (const [index, step] of steps.entries()) assert.match(found[index] ?? "", step)
              })
          })
        }).pipe(Effect.provide(layer))
      )
    }
    for (const { statement, steps, what } of openJobs) {
      it.effect(`${what} are found without a look at what is over`, () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* insertJobs(sql, 0, crowd, "completed")
          yield* insertJobs(sql, crowd, few, "queued")
          yield* insert(sql, "over-", crowd, "completed", null)
          yield* insert(sql, "working-", few, "running", null)
          yield* sql`UPDATE runner_requests SET pool = 'pool',
            job_id = turn + CASE WHEN status = 'running' THEN ${sql.literal(String(crowd))} ELSE 0 END`
          yield* analyzed(sql)
          assert.lengthOf(yield* statement(sql), few)
          yield* sql.onDialectOrElse({
            pg: () => Effect.map(metInPostgres(sql, statement(sql)), (met) => assert.isAtMost(met, few)),
            orElse: () =>
              Effect.map(stepsInSqlite(sql, statement(sql), ["runner_requests", "workflow_jobs", "job"]), (found) => {
                assert.lengthOf(found, steps.length)
                for (const [index, step] of steps.entries()) assert.match(found[index] ?? "", step)
              })
          })
        }).pipe(Effect.provide(layer))
      )
    }
    for (const { later = crowd, meets = few, statement, steps, what } of cases) {
      for (const some of [true, false]) {
        it.effect(`${what}, ${some ? "being there" : "nobody being there"}`, () =>
          Effect.gen(function* () {
            const onPostgres = name === "PostgreSQL"
            const sql = yield* crowded(some, onPostgres ? later : crowd)
            yield* sql.onDialectOrElse({
              pg: () =>
                Effect.map(metInPostgres(sql, statement(sql)), (met) =>
                  // One row says that there is none.
                  assert.isAtMost(met, some ? meets : 1)
                ),
              orElse: () =>
                Effect.map(stepsInSqlite(sql, statement(sql)), (found) => {
                  assert.lengthOf(found, steps.length)
                  for (const [index, step] of steps.entries()) assert.match(found[index] ?? "", step)
                })
            })
          }).pipe(Effect.provide(layer))
        )
      }
    }
  })
}
