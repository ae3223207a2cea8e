// How things stand, for claims and for whoever explains them: the rows that domain/Capacity.ts judges.
//
// Answers for: reading them inside whatever transaction the caller has. Gotcha: counts sandboxes that may exist.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import { pointsWindowMillis, scopeOf } from "../../domain/CallLimit.ts"
import type { Capacity, ClaimRules, PointsSpent, SpecCapacity } from "../../domain/Capacity.ts"
import { requestsBy } from "./Dialect.ts"
import { createLimit, heldAccounts, spentPoints } from "./LimitRows.ts"
import { specDeaths, unproven } from "./SpecHealthRows.ts"

type Sql = SqlClient.SqlClient

/** What was spent, and what is set aside for those claimed that have no registration yet, until they have it or give up. */
const pointsOf = Effect.fnUntraced(function* (sql: Sql, { counted, pointsPerRunner }: ClaimRules, now: number) {
  const all = new Map<string, PointsSpent>()
  if (pointsPerRunner === 0) return all
  for (const { firstAt, points, scope } of yield* spentPoints(sql, now)) {
    all.set(scope, { points, backAt: firstAt + pointsWindowMillis })
  }
  const claimed = yield* sql<{ repository: string; n: number }>`SELECT repository, count(*) AS n FROM runner_requests
    WHERE status = 'creating' AND runner_id IS NULL GROUP BY repository`
  for (const { n, repository } of claimed) {
    const scope = scopeOf(counted, repository)
    const { backAt, points } = all.get(scope) ?? { points: 0, backAt: null }
    all.set(scope, { points: points + n * pointsPerRunner, backAt })
  }
  return all
})

/** What the room of the specs follows from, and the room for sandboxes in all. */
export const readSpecCapacity = Effect.fnUntraced(function* (sql: Sql, rules: ClaimRules, now: number) {
  const used = yield* sql<{ specName: string | null; n: number }>`
    SELECT spec_name, count(*) AS n FROM ${requestsBy(sql, "runner_requests_sandboxes")} WHERE sandbox_may_exist = 1 GROUP BY spec_name`
  const caps = yield* sql<{ name: string; maxConcurrency: number }>`SELECT name, max_concurrency FROM runner_specs`
  const deathsOf = yield* specDeaths(sql)
  return {
    ...rules,
    now,
    usedBy: new Map(used.map((row): [string | null, number] => [row.specName, row.n])),
    capOf: new Map(caps.map((row): [string, number] => [row.name, row.maxConcurrency])),
    deathsOf,
    unprovenBy: yield* unproven(sql, [...deathsOf.keys()])
  } satisfies SpecCapacity
})

export const readCapacity = Effect.fnUntraced(function* (sql: Sql, rules: ClaimRules, now: number) {
  return {
    ...(yield* readSpecCapacity(sql, rules, now)),
    creates: yield* createLimit(sql),
    holds: yield* heldAccounts(sql, now),
    spent: yield* pointsOf(sql, rules, now)
  } satisfies Capacity
})
