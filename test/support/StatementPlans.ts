// What a statement has to look at to find its rows.
//
// Gotcha: SQLite says only how it would search. PostgreSQL is made to search, and says how many rows it met on the way.
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { Statement } from "effect/sql/Statement"

type Sql = SqlClient.SqlClient

/** A node of PostgreSQL's plan, as far as it is looked at. */
interface PlanNode {
  readonly "Node Type": string
  readonly "Actual Rows": number
  readonly "Rows Removed by Filter"?: number
  readonly Plans?: ReadonlyArray<PlanNode>
}

const nodesOf = (node: PlanNode): ReadonlyArray<PlanNode> => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** What the effect gives, and nothing of what it writes. */
const undone = Effect.fnUntraced(function* <A, E>(sql: Sql, effect: Effect.Effect<A, E>) {
  const rollback = { _tag: "Rollback" } as const
  const given = yield* Deferred.make<A>()
  yield* effect.pipe(
    Effect.flatMap((value) => Deferred.succeed(given, value)),
    Effect.andThen(Effect.fail(rollback)),
    sql.withTransaction,
    Effect.catchIf(
      (error): error is typeof rollback => error === rollback,
      () => Effect.void
    )
  )
  return yield* Deferred.await(given)
})

/** How many rows of the table any step met, those included that it passed over. Nothing is changed. */
export const metInPostgres = Effect.fnUntraced(function* (sql: Sql, statement: Statement<unknown>) {
  const [text, parameters] = statement.compile()
  const rows = yield* undone(
    sql,
    sql.unsafe<Record<string, ReadonlyArray<{ readonly Plan: PlanNode }>>>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
      parameters
    )
  )
  const plans = rows.flatMap((row) => Object.values(row)).flat()
  // An index may still hold entries of rows that are gone.
  const nodes = plans.flatMap(({ Plan }) => nodesOf(Plan)).filter((node) => node["Node Type"] !== "Bitmap Index Scan")
  assert.isNotEmpty(nodes)
  return Math.max(...nodes.map((node) => node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)))
})

/** What it would do with tables of these names. */
export const stepsInSqlite = Effect.fnUntraced(function* (
  sql: Sql,
  statement: Statement<unknown>,
  names: ReadonlyArray<string> = ["runner_requests"]
) {
  const [text, parameters] = statement.compile()
  const steps = yield* sql.unsafe<{ readonly detail: string }>(`EXPLAIN QUERY PLAN ${text}`, parameters)
  return steps.map(({ detail }) => detail).filter((detail) => names.some((name) => detail.includes(` ${name} `)))
})
