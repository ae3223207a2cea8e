// What every database must find: exactly what a filter written in a few lines of TypeScript finds, in its order, by the
// indexes that are there for it.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import * as SqlClient from "effect/sql/SqlClient"
import * as Statement from "effect/sql/Statement"
import {
  everyRequest,
  matches,
  newestFirst,
  type RequestFilter,
  type RequestSort,
  sortKeys
} from "../../src/domain/RequestFilter.ts"
import { RequestStatus } from "../../src/domain/RunnerRequest.ts"
import { RequestSearch, type Search } from "../../src/services/store/RequestSearch.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { forAll, rowsOf } from "./StoreScenes.ts"

interface Row {
  readonly id: string
  readonly status: RequestStatus
  readonly repository: string
  readonly specName: string | null
  readonly workflowName: string | null
  readonly jobName: string | null
  readonly runnerName: string | null
  readonly sandboxId: string | null
  readonly failureReason: string | null
  readonly queuedAt: number
  readonly updatedAt: number
  readonly finishedAt: number
}

const oneOf = <const A>(...values: ReadonlyArray<A>) => fc.constantFrom(...values)
const status = oneOf(...RequestStatus.literals)

const row = fc.record({
  id: fc.integer({ min: 100, max: 999 }).map(String),
  status,
  repository: oneOf("acme/web", "Acme/Web", "acme/api", "acme/web2"),
  specName: oneOf(null, "small", "large"),
  workflowName: oneOf(null, "CI", "ci", "Übung"),
  jobName: oneOf(null, "build", "Build (1)", "build_2", "build%", "9lives", "Übung"),
  runnerName: oneOf(null, "e2b-a-1-1", "E2B-b-1-1"),
  sandboxId: oneOf(null, "i9x", "iab", "IAC"),
  failureReason: oneOf(null, "timeout", "runner_idle"),
  queuedAt: fc.integer({ min: 1, max: 6 }).map((n) => n * 1000),
  updatedAt: fc.integer({ min: 7, max: 12 }).map((n) => n * 1000),
  finishedAt: fc.integer({ min: 7, max: 12 }).map((n) => n * 1000)
})

const rarely = <A>(values: fc.Arbitrary<A>) => fc.option(values, { freq: 2 })

const filter: fc.Arbitrary<RequestFilter> = fc.record({
  statuses: rarely(fc.uniqueArray(status, { maxLength: 4 })),
  repository: rarely(oneOf("ACME/web", "acme/api", "acme/we")),
  specName: rarely(oneOf("small", "Small")),
  workflow: rarely(oneOf("ci", "Übung", "übung")),
  job: rarely(oneOf("build", "BUILD_2", "build%")),
  failureReason: rarely(oneOf("timeout", "none")),
  prefix: rarely(oneOf("1", "9", "BUILD", "build_", "build%", "e2b-", "i", "Ü", "%", "zzz")),
  createdAfter: rarely(oneOf(2000, 3000)),
  createdBefore: rarely(oneOf(4000, 6000)),
  finishedAfter: rarely(oneOf(8000, 9000)),
  finishedBefore: rarely(oneOf(10_000, 12_000))
})
const sort: fc.Arbitrary<RequestSort> = fc.record({ key: oneOf(...sortKeys), reversed: fc.boolean() })
const page = fc.record({ limit: fc.integer({ min: 1, max: 12 }), offset: oneOf(0, 0, 3, 50) })

const ended = ({ status }: Row) => status === "completed" || status === "failed"
const lower = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
const alike = (value: string | null, wanted: string | null) =>
  wanted === null || (value !== null && lower(value) === lower(wanted))

/** What a list is, said in the plainest way. */
const expected = (rows: ReadonlyArray<Row>, wanted: RequestFilter, { key, reversed }: RequestSort) => {
  const found = rows.filter(
    (each) =>
      (wanted.statuses === null || wanted.statuses.includes(each.status)) &&
      alike(each.repository, wanted.repository) &&
      (wanted.specName === null || each.specName === wanted.specName) &&
      alike(each.workflowName, wanted.workflow) &&
      alike(each.jobName, wanted.job) &&
      (wanted.failureReason === null || each.failureReason === wanted.failureReason) &&
      (wanted.prefix === null ||
        [each.id, each.runnerName, each.sandboxId, each.jobName].some(
          (text) => text !== null && lower(text).startsWith(lower(wanted.prefix ?? ""))
        )) &&
      (wanted.createdAfter === null || each.queuedAt >= wanted.createdAfter) &&
      (wanted.createdBefore === null || each.queuedAt < wanted.createdBefore) &&
      (wanted.finishedAfter === null || (ended(each) && each.finishedAt >= wanted.finishedAfter)) &&
      (wanted.finishedBefore === null || (ended(each) && each.finishedAt < wanted.finishedBefore)) &&
      (key !== "finished_at" || ended(each))
  )
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  const first = {
    created_at: (a: Row, b: Row) => b.queuedAt - a.queuedAt,
    updated_at: (a: Row, b: Row) => b.updatedAt - a.updatedAt,
    finished_at: (a: Row, b: Row) => b.finishedAt - a.finishedAt,
    status: (a: Row, b: Row) => text(a.status, b.status) || b.queuedAt - a.queuedAt
  }[key]
  const sorted = found.toSorted((a, b) => first(a, b) || text(a.id, b.id))
  return reversed ? sorted.toReversed() : sorted
}

const insert = Effect.fnUntraced(function* (rows: ReadonlyArray<Row>) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`DELETE FROM runner_requests`
  const columns = rows.map(({ finishedAt, ...each }) => ({
    ...each,
    source: "github_webhook",
    requestedLabels: "[]",
    labels: "[]",
    completedAt: each.status === "completed" ? finishedAt : null,
    failedAt: each.status === "failed" ? finishedAt : null
  }))
  if (columns.length > 0) yield* sql`INSERT INTO runner_requests ${sql.insert(columns as never)}`
})

const search = (asked: Partial<Search>) => RequestSearch.use((store) => store.search(asked))

/** The statements of a search, as the database gets them. */
const statementsOf = Effect.fnUntraced(function* (asked: Partial<Search>) {
  const seen: Array<readonly [string, ReadonlyArray<unknown>]> = []
  yield* search(asked).pipe(
    Effect.provideService(Statement.CurrentTransformer, (statement) =>
      Effect.sync(() => {
        seen.push(statement.compile())
        return statement
      })
    )
  )
  return seen
})

/** What would cost much if the table were large. */
const discouraged = (sql: SqlClient.SqlClient) =>
  Effect.forEach(["seqscan", "sort", "bitmapscan"], (way) => sql`SET LOCAL ${sql.literal(`enable_${way}`)} = off`)

/** As a vacuum would leave it, whatever the number of its pages. */
const allVisible = (sql: SqlClient.SqlClient) =>
  sql`SELECT pg_restore_relation_stats('schemaname', current_schema()::text, 'relname', 'runner_requests', 'relallvisible', 1000000)`

/**
 * How the database would run them, were the table too large to be read as a whole. `rested`: and nothing had been written to it
 * lately, so that PostgreSQL saves what it does not look up in the rows; else both ways cost it the same.
 */
const plansOf = Effect.fnUntraced(function* (asked: Partial<Search>, only: RegExp = /^SELECT/, rested = false) {
  const sql = yield* SqlClient.SqlClient
  const statements = (yield* statementsOf(asked)).filter(([text]) => only.test(text))
  const explain = (command: string) =>
    Effect.forEach(statements, ([text, params]) =>
      Effect.map(sql.unsafe<Record<string, unknown>>(`${command} ${text}`, params), (rows) =>
        rows.map((each) => String(each["detail"] ?? each["QUERY PLAN"] ?? each["QUERYPLAN"])).join("\n")
      )
    )
  return yield* sql.onDialectOrElse({
    pg: () =>
      sql.withTransaction(
        discouraged(sql).pipe(
          Effect.andThen(rested ? Effect.asVoid(allVisible(sql)) : Effect.void),
          Effect.andThen(explain("EXPLAIN"))
        )
      ),
    orElse: () => explain("EXPLAIN QUERY PLAN")
  })
})

const only = (over: Partial<RequestFilter>): Partial<Search> => ({ filter: { ...everyRequest, ...over } })
const by = (key: RequestSort["key"], reversed = false): Partial<Search> => ({ sort: { key, reversed } })

/** Each order with the index that must give its page once the table is too large to be sorted. */
const ordered: ReadonlyArray<readonly [string, Partial<Search>, string]> = [
  ["the newest first", {}, "runner_requests_newest"],
  ["the oldest first", by("created_at", true), "runner_requests_newest"],
  ["the changed first", by("updated_at"), "runner_requests_changed"],
  ["the finished first", by("finished_at"), "runner_requests_finished"],
  ["by status", by("status"), "runner_requests_by_status"],
  [
    "what has failed, first the changed",
    { ...only({ statuses: ["failed"] }), ...by("updated_at") },
    "runner_requests_changed"
  ]
]

/** Each filter with the index that must find its page. */
const filtered: ReadonlyArray<readonly [string, Partial<Search>, string]> = [
  ["a status", only({ statuses: ["failed"] }), "runner_requests_by_status"],
  ["statuses without completed", only({ statuses: ["failed", "queued"] }), "runner_requests_(uncompleted|by_status)"],
  ["a repository", only({ repository: "acme/web" }), "runner_requests_by_repository"],
  ["a spec", only({ specName: "small" }), "runner_requests_by_spec"],
  ["a workflow", only({ workflow: "ci" }), "runner_requests_by_workflow"],
  ["a job", only({ job: "build" }), "runner_requests_by_job_name"],
  ["a reason", only({ failureReason: "timeout" }), "runner_requests_by_failure"],
  ["a time range", only({ createdAfter: 1000, createdBefore: 9000 }), "runner_requests_newest"],
  ["a time of the end", only({ finishedAfter: 1000, finishedBefore: 9000 }), "runner_requests_finished"],
  [
    "what failed in a time, the newest first",
    { ...only({ statuses: ["failed"], finishedAfter: 1000 }), ...by("finished_at") },
    "runner_requests_finished"
  ],
  ["a beginning", only({ prefix: "zz" }), "runner_requests_by_job_name"],
  ["a beginning", only({ prefix: "zz" }), "runner_requests_by_runner_prefix"],
  ["a beginning", only({ prefix: "zz" }), "runner_requests_by_sandbox"]
]

/** What thousands of rows may share. */
const counted: ReadonlyArray<readonly [string, Partial<Search>]> = [
  ["a repository", only({ repository: "acme/web" })],
  ["a spec", only({ specName: "small" })],
  ["a workflow", only({ workflow: "ci" })],
  ["a job", only({ job: "build" })],
  ["a status", only({ statuses: ["failed"] })],
  ["a beginning", only({ prefix: "zz" })]
]

export const searchContract = ({ layer, name }: StoreBackend): void => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))
  /** Every part of the table is too large. */
  const nothing = { countedUpTo: 0, lookedUpTo: 0 }
  /** As if the table were too large for counting and gathering. */
  const small = Layer.fresh(RequestSearch.layerTest({ countedUpTo: 5, lookedUpTo: 4 })).pipe(Layer.provideMerge(layer))

  describe(`searching requests on ${name}`, () => {
    test(
      "finds what a plain filter finds, in its order, page by page, with its total",
      forAll(
        fc.tuple(fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 40 }), filter, sort, page),
        150,
        ([rows, wanted, order, part]) =>
          Effect.gen(function* () {
            yield* insert(rows)
            const all = expected(rows, wanted, order)
            const found = yield* search({ filter: wanted, sort: order, page: part })
            assert.deepStrictEqual(
              found.requests.map(({ id }) => id),
              all.slice(part.offset, part.offset + part.limit).map(({ id }) => id)
            )
            assert.deepStrictEqual([found.total, found.exact], [all.length, true])
            // What streams are filtered by must be what lists are filtered by.
            const everything = yield* search({ page: { limit: 100, offset: 0 } })
            const jobs = new Map(rows.map((each) => [each.id, { ...each, name: each.jobName ?? "" }]))
            assert.sameMembers(
              everything.requests.filter((each) => matches(wanted, each, jobs.get(each.id))).map(({ id }) => id),
              expected(rows, wanted, newestFirst).map(({ id }) => id)
            )
          })
      )
    )
    it.effect("finds the same in a large table, whose totals are right or what is there at least", () =>
      forAll(
        fc.tuple(fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 40 }), filter, sort, page, fc.boolean()),
        250,
        ([rows, wanted, order, part, exactTotal]) =>
          Effect.gen(function* () {
            yield* insert(rows)
            const all = expected(rows, wanted, order)
            const found = yield* search({ filter: wanted, sort: order, page: part, exactTotal })
            assert.deepStrictEqual(
              found.requests.map(({ id }) => id),
              all.slice(part.offset, part.offset + part.limit).map(({ id }) => id)
            )
            if (found.exact || exactTotal) {
              assert.deepStrictEqual([found.total, found.exact], [all.length, true])
            } else {
              assert.isAtMost(found.total, all.length)
              const next = part.offset + part.limit < all.length
              if (next) assert.isAbove(found.total, part.offset + part.limit)
            }
          })
      ).pipe(Effect.provide(small))
    )
    for (const [what, asked, index] of filtered) {
      test(
        `${what}: found by an index (${index} on SQLite), and no row of the table is read in vain`,
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const plans = (yield* plansOf(asked)).join("\n")
          // Among indexes that cost the same PostgreSQL takes one by what its autovacuum happens to have counted.
          const named = sql.onDialectOrElse({ pg: () => /Index/, orElse: () => new RegExp(index) })
          assert.match(plans, named)
          assert.notMatch(plans, /Seq Scan|SCAN runner_requests(?! USING)/)
        })
      )
    }
    for (const [what, asked] of counted) {
      test(
        `${what}: counted by the index alone`,
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const plans = yield* plansOf(asked, /^SELECT count\(\*\) AS n FROM \(SELECT 1/, true)
          assert.isNotEmpty(plans)
          const alone = sql.onDialectOrElse({ pg: () => /Index Only Scan/, orElse: () => /COVERING INDEX/ })
          for (const plan of plans) assert.match(plan, alone)
        })
      )
    }
    for (const [what, asked, index] of ordered) {
      it.effect(`${what}: read in order from ${index}, and nothing is sorted`, () =>
        Effect.gen(function* () {
          const plan = (yield* plansOf(asked, /^SELECT \*/)).join("\n")
          assert.match(plan, new RegExp(index))
          assert.notMatch(plan, /Sort|TEMP B-TREE|Seq Scan/)
        }).pipe(Effect.provide(Layer.provideMerge(Layer.fresh(RequestSearch.layerTest(nothing)), layer)))
      )
    }
    test(
      "reads no logs, no events, no payloads",
      Effect.gen(function* () {
        const statements = yield* statementsOf(only({ prefix: "b", repository: "acme/web" }))
        for (const [text] of statements) assert.notMatch(text, /request_logs|request_events|webhook_deliveries/)
        assert.deepStrictEqual(yield* rowsOf("runner_requests"), [])
      })
    )
  })
}
