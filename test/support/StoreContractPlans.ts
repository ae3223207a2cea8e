// How claims find their rows: each statement by an index of its own, however many requests are over or put off.
//
// Gotcha: PostgreSQL chooses by what it has counted, so it gets a crowd. SQLite counts nothing: its way is the same with few.
import { assert, layer as sharing } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
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

/** `later`: how many are put off. `some`: there is something to find. */
const lined = Effect.fnUntraced(function* (crowd: number, later: number, some: boolean) {
  const sql = yield* SqlClient.SqlClient
  yield* insert(sql, "over-", crowd, "completed", null)
  yield* insert(sql, "later-", later, "queued", now + 60_000)
  if (some) {
    yield* insert(sql, "due-", few, "queued", now - 1)
    yield* insert(sql, "next-", few, "queued", null)
    yield* insert(sql, "orphaned-", few, "running", null)
  }
  yield* analyzed(sql)
})

const ended = Effect.fnUntraced(function* (crowd: number) {
  const sql = yield* SqlClient.SqlClient
  yield* insert(sql, "over-", crowd, "completed", null)
  yield* insert(sql, "failed-", crowd, "failed", null)
  yield* insert(sql, "next-", few, "queued", null)
  yield* insert(sql, "working-", few, "running", null)
  yield* analyzed(sql)
})

const withJobs = Effect.fnUntraced(function* (crowd: number) {
  const sql = yield* SqlClient.SqlClient
  yield* insertJobs(sql, 0, crowd, "completed")
  yield* insertJobs(sql, crowd, few, "queued")
  yield* insert(sql, "over-", crowd, "completed", null)
  yield* insert(sql, "working-", few, "running", null)
  yield* sql`UPDATE runner_requests SET pool = 'pool',
    job_id = turn + CASE WHEN status = 'running' THEN ${sql.literal(String(crowd))} ELSE 0 END`
  yield* analyzed(sql)
})

interface Case {
  readonly what: string
  readonly statement: (sql: Sql) => Statement<unknown>
  /** SQLite's steps, each an index of its own. */
  readonly steps: ReadonlyArray<RegExp>
  /** How many rows PostgreSQL meets at most when some are there; `few` unless told. */
  readonly meets?: number
  /** And when nobody is; one unless told, which says that there is none. */
  readonly meetsOfNobody?: number
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
    steps: [...left, byDue, inLine]
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
  { what: "what a dead node left", statement: (sql) => resumable(sql, alive, now), steps: left },
  { what: "what a node holds", statement: (sql) => heldBy(sql, "node-1"), steps: holding },
  { what: "what a node gives up", statement: (sql) => letGo(sql, "node-1"), steps: [byId, ...holding] }
]

const alongTheLine: ReadonlyArray<Case> = [
  {
    what: "the places in line",
    statement: (sql) => places(sql, ["small"], ["next-7", "due-3"], now),
    steps: [/ INDEX runner_requests_waiting \(spec_name=\?\)$/, byDue],
    // By how long the table is, it decides whether to pass over those that are put off.
    meets: 3 * few,
    meetsOfNobody: few
  }
]

const turns = / INDEX runner_requests_turns/
const outside = / INDEX runner_requests_outside$/
const counts: ReadonlyArray<Case> = [
  { what: "what is unfinished", statement: (sql) => unfinishedCounts(sql), steps: [turns, outside], meets: 2 * few },
  {
    what: "what needs a runner spec",
    statement: (sql) => countNeeding(sql, "small"),
    steps: [turns, outside],
    meets: 2 * few
  },
  {
    what: "sandboxes that E2B confirmed",
    statement: (sql) => countConfirmed(sql),
    steps: [/ INDEX runner_requests_sandboxes$/],
    meets: 2 * few
  }
]

const openJobs: ReadonlyArray<Case> = [
  { what: "jobs that wait", statement: (sql) => waitingJobsOfRuns(sql), steps: [/ INDEX workflow_jobs_demand/] },
  {
    what: "jobs that unfinished requests are for",
    statement: (sql) => jobsOfUnfinished(sql),
    steps: [/ INDEX runner_requests_pool/, /^SEARCH job .* \(job_id=\?\)$/]
  }
]

const tables = ["runner_requests", "workflow_jobs", "job"]

/** The statement meets at most so many rows on PostgreSQL, and goes by its indexes on SQLite. */
const judge = Effect.fnUntraced(function* ({ statement, steps }: Case, atMost: number) {
  const sql = yield* SqlClient.SqlClient
  yield* sql.onDialectOrElse({
    pg: () => Effect.map(metInPostgres(sql, statement(sql)), (met) => assert.isAtMost(met, atMost)),
    orElse: () =>
      Effect.map(stepsInSqlite(sql, statement(sql), tables), (found) => {
        assert.lengthOf(found, steps.length)
        for (const [index, step] of steps.entries()) assert.match(found[index] ?? "", step)
      })
  })
})

export const plansContract = ({ layer, name }: StoreBackend) => {
  const crowd = name === "PostgreSQL" ? 20_000 : few
  const onceFilled = (fill: Effect.Effect<void, SqlError, SqlClient.SqlClient>) =>
    Layer.effectDiscard(fill).pipe(Layer.provideMerge(layer))

  sharing(onceFilled(ended(crowd)))(`${name}: counts do not look at what is over`, (it) => {
    for (const each of counts) it.effect(each.what, () => judge(each, each.meets ?? few))
  })

  sharing(onceFilled(withJobs(crowd)))(`${name}: open jobs are found without a look at what is over`, (it) => {
    for (const each of openJobs) {
      it.effect(each.what, () =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          assert.lengthOf(yield* each.statement(sql), few)
          yield* judge(each, few)
        })
      )
    }
  })

  // What reads all in line: PostgreSQL takes them for half of those that a crowd is put off with, and then reads the table.
  for (const [of, later] of [
    [cases, crowd],
    [alongTheLine, few]
  ] as const) {
    for (const some of [true, false]) {
      const there = some ? "what it is after being there" : "nobody being there"
      const title = `${name}: a claim meets only what it is after, however many are over or put off (${later}): ${there}`
      sharing(onceFilled(lined(crowd, later, some)))(title, (it) => {
        for (const each of of)
          it.effect(each.what, () => judge(each, some ? (each.meets ?? few) : (each.meetsOfNobody ?? 1)))
      })
    }
  }
}
