// How things stand, for claims and for whoever explains them: the rows that domain/Capacity.ts judges.
//
// Answers for: reading them inside whatever transaction the caller has. Gotcha: counts sandboxes that may exist.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { Capacity, ClaimRules } from "../../domain/Capacity.ts"
import { createLimit, heldAccounts, spentPoints } from "./LimitRows.ts"

type Sql = SqlClient.SqlClient

export const readCapacity = Effect.fnUntraced(function* (sql: Sql, rules: ClaimRules, now: number) {
  const used = yield* sql<{ specName: string | null; n: number }>`
    SELECT spec_name, count(*) AS n FROM runner_requests WHERE sandbox_may_exist = 1 GROUP BY spec_name`
  const caps = yield* sql<{ name: string; maxConcurrency: number }>`SELECT name, max_concurrency FROM runner_specs`
  return {
    ...rules,
    now,
    usedBy: new Map(used.map((row): [string | null, number] => [row.specName, row.n])),
    capOf: new Map(caps.map((row): [string, number] => [row.name, row.maxConcurrency])),
    creates: yield* createLimit(sql),
    holds: yield* heldAccounts(sql, now),
    spent: rules.pointsPerRunner === 0 ? new Map<string, number>() : yield* spentPoints(sql, now)
  } satisfies Capacity
})
