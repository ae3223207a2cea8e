// How each spec's sandboxes do: the rows that its circuit breaker is made of (domain/SpecBreaker.ts).
//
// Answers for: counting in the transaction that writes the fact, so that a death counts once; a spec whose sandboxes work
// costs one statement that finds nothing. Not for what follows (domain/Capacity.ts).
// Gotcha: the rows are touched last and in one order, so that writers on several nodes never wait for each other in a ring.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import { type SandboxEnd, sandboxEnd, type SpecDeaths } from "../../domain/SpecBreaker.ts"
import type { Step } from "../telemetry/RequestMetrics.ts"
import { requestsBy } from "./Dialect.ts"

type Sql = SqlClient.SqlClient

interface Tally {
  readonly worked: boolean
  /** Since it last worked. */
  readonly deaths: number
  readonly last: Extract<SandboxEnd, { _tag: "Died" }> | null
}

/** By name. */
const tallies = (steps: ReadonlyArray<Step>): ReadonlyArray<readonly [string, Tally]> => {
  const bySpec = new Map<string, Tally>()
  for (const { before, fact } of steps) {
    const end = sandboxEnd(before, fact)
    if (end === null || before.specName === null) continue
    const { deaths, worked } = bySpec.get(before.specName) ?? { worked: false, deaths: 0 }
    bySpec.set(
      before.specName,
      end._tag === "Worked" ? { worked: true, deaths: 0, last: null } : { worked, deaths: deaths + 1, last: end }
    )
  }
  return [...bySpec].toSorted(([a], [b]) => (a < b ? -1 : 1))
}

/** As if none of its sandboxes had died. */
export const forgetDeaths = (sql: Sql, specName: string) => sql`DELETE FROM spec_deaths WHERE spec_name = ${specName}`

/** Counts what these steps say of their specs' sandboxes. */
export const noteEnds = Effect.fnUntraced(function* (sql: Sql, steps: ReadonlyArray<Step>, now: number) {
  for (const [specName, { deaths, last, worked }] of tallies(steps)) {
    if (worked) yield* forgetDeaths(sql, specName)
    if (last === null) continue
    const row = { specName, deaths, diedAt: now, code: last.code, message: last.message }
    yield* sql`INSERT INTO spec_deaths ${sql.insert(row)} ON CONFLICT (spec_name) DO UPDATE SET
      deaths = spec_deaths.deaths + excluded.deaths, died_at = excluded.died_at, code = excluded.code, message = excluded.message`
  }
})

/** By spec; those without deaths are left out. */
export const specDeaths = (sql: Sql) =>
  Effect.map(
    sql<SpecDeaths & { readonly specName: string }>`SELECT * FROM spec_deaths`,
    (rows): ReadonlyMap<string, SpecDeaths> => new Map(rows.map(({ specName, ...deaths }) => [specName, deaths]))
  )

/** Sandboxes of these specs that may exist and have taken no job. */
export const unproven = Effect.fnUntraced(function* (sql: Sql, specNames: ReadonlyArray<string>) {
  if (specNames.length === 0) return new Map<string, number>()
  const rows = yield* sql<{ specName: string; n: number }>`SELECT spec_name, count(*) AS n
    FROM ${requestsBy(sql, "runner_requests_sandboxes")}
    WHERE sandbox_may_exist = 1 AND ${sql.in("spec_name", specNames)}
      AND assigned_job_id IS NULL AND assigned_job_name IS NULL
    GROUP BY spec_name`
  return new Map(rows.map((row) => [row.specName, row.n]))
})
