// Which queued requests may be provisioned now.
//
// Answers for: the caps, E2B's and GitHub's limits and our pace, all read in the claim's own transaction; a spec at its cap
// and an account that GitHub holds are skipped whole and cost no write. Not for the order (Turns.ts) nor for taking the rows
// (ClaimStore.ts).
// Gotcha: caps count sandboxes that may exist, not statuses.
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import * as CallLimit from "../../domain/CallLimit.ts"
import { createRoom } from "../../domain/CreateLimit.ts"
import { type Rate, spend } from "../../domain/Pace.ts"
import { instant } from "./Dialect.ts"
import { deal, saveSpecTurns, specTurns } from "./Turns.ts"
import { createLimit, heldScopes, savePace, spendPoints, spentPoints } from "./LimitRows.ts"

type Sql = SqlClient.SqlClient

/** How the outside counts what a claim leads to. */
export interface Pace {
  /** e2b.creates_per_second */
  readonly createsPerSecond: Rate
  /** GitHub's points for registering one runner. */
  readonly pointsPerRunner: number
  readonly counted: CallLimit.Counted
}

export interface CandidatesInput {
  /** Incarnations that are alive, the claiming one included. */
  readonly alive: ReadonlyArray<string>
  /** Sandboxes that may exist at once over all specs. */
  readonly maxRunners: number
  /** How many provisionings this node can begin for a spec now; asked once per spec that has waiting requests. */
  readonly room: (specName: string) => number
  /** How many provisionings this node can begin in all. */
  readonly roomInAll: number
  readonly pace: Pace
}

/** Rows that no incarnation alive holds. */
export const nobodyAlive = (sql: Sql, alive: ReadonlyArray<string>) =>
  sql`(owner IS NULL OR NOT (${sql.in("owner", alive)}))`

interface Candidate {
  readonly id: string
  readonly turn: number
  readonly queuedAt: number
  readonly repository: string
}

export interface Candidates {
  readonly ids: ReadonlyArray<string>
  /** In how many milliseconds a limit or pace allows more; null: it is not what stands in the way. */
  readonly moreInMillis: number | null
}

// A loose scan: one step of the index per spec, however many rows wait.
/** The specs for which requests wait. */
const waitingSpecs = (sql: Sql) => sql<{ specName: string }>`
  WITH RECURSIVE waiting (spec_name) AS (
    SELECT min(spec_name) FROM runner_requests WHERE status = 'queued'
    UNION ALL
    SELECT (SELECT min(spec_name) FROM runner_requests WHERE status = 'queued' AND spec_name > waiting.spec_name)
    FROM waiting WHERE waiting.spec_name IS NOT NULL
  )
  SELECT spec_name FROM waiting WHERE spec_name IS NOT NULL`

/** `github:acme` as a pattern for repository names in lower case. */
const repositoriesOf = (scope: string) => `${scope.slice("github:".length).replaceAll("_", "\\_")}/%`

/** What is left for each account in this claim; those with nothing left are not asked for. */
const accountsOf = Effect.fnUntraced(function* (sql: Sql, pace: Pace, now: number) {
  const held = new Set(yield* heldScopes(sql, now))
  const spent = pace.pointsPerRunner === 0 ? new Map<string, number>() : yield* spentPoints(sql, now)
  const begun = new Map<string, number>()
  const roomOf = (scope: string) => {
    if (held.has(scope)) return 0
    if (pace.pointsPerRunner === 0) return Number.POSITIVE_INFINITY
    const left = CallLimit.pointsPerWindow - (spent.get(scope) ?? 0) - (begun.get(scope) ?? 0)
    return Math.max(0, Math.floor(left / pace.pointsPerRunner))
  }
  return {
    begun,
    full: () => [...new Set([...held, ...spent.keys(), ...begun.keys()])].filter((scope) => roomOf(scope) === 0),
    take: (repository: string) => {
      const scope = CallLimit.scopeOf(pace.counted, repository)
      if (roomOf(scope) === 0) return false
      if (pace.pointsPerRunner > 0) begun.set(scope, (begun.get(scope) ?? 0) + pace.pointsPerRunner)
      return true
    }
  }
})

const waitingOf = (
  sql: Sql,
  specName: string,
  alive: ReadonlyArray<string>,
  full: ReadonlyArray<string>,
  now: number,
  limit: number
) => {
  const elsewhere = full.map((scope) => sql`lower(repository) NOT LIKE ${repositoriesOf(scope)} ESCAPE '\\'`)
  return sql<Candidate>`SELECT id, queued_at, turn, repository FROM runner_requests
    WHERE ${sql.and([
      sql`status = 'queued' AND spec_name = ${specName} AND (due_at IS NULL OR due_at <= ${instant(now)})`,
      nobodyAlive(sql, alive),
      ...elsewhere
    ])}
    ORDER BY turn, queued_at, id LIMIT ${limit}`
}

/** Chooses, and counts what it chose as begun: E2B's pace and GitHub's points are spent with it. */
export const candidates = Effect.fnUntraced(function* (sql: Sql, input: CandidatesInput, now: number) {
  const { pace } = input
  const chosen = (ids: ReadonlyArray<string>, nextAt: number | null): Candidates => ({
    ids,
    moreInMillis: nextAt === null ? null : Math.max(0, nextAt - now)
  })
  const used = yield* sql<{ specName: string | null; n: number }>`
    SELECT spec_name, count(*) AS n FROM runner_requests WHERE sandbox_may_exist = 1 GROUP BY spec_name`
  const usedBy = new Map(used.map((row) => [row.specName, row.n]))
  const usedInAll = [...usedBy.values()].reduce((sum, n) => sum + n, 0)
  const ours = Math.min(input.roomInAll, input.maxRunners - usedInAll)
  if (ours <= 0) return chosen([], null)
  const limit = yield* createLimit(sql)
  const creates = createRoom(limit, pace.createsPerSecond, usedInAll, now)
  const left = Math.min(ours, creates.room)
  if (left <= 0) return chosen([], creates.nextAt)
  const waiting = yield* waitingSpecs(sql)
  if (waiting.length === 0) return chosen([], null)
  const accounts = yield* accountsOf(sql, pace, now)
  if (pace.counted === "all together" && accounts.full().length > 0) return chosen([], null)
  const caps = yield* sql<{ name: string; maxConcurrency: number }>`SELECT name, max_concurrency FROM runner_specs`
  const capOf = new Map(caps.map((row) => [row.name, row.maxConcurrency]))
  const queues = new Map<string, ReadonlyArray<Candidate>>()
  for (const { specName } of waiting) {
    // A spec that was deleted meanwhile has no cap: its requests are claimed so that they can fail visibly.
    const cap = capOf.get(specName) ?? 0
    const free = cap <= 0 ? Number.POSITIVE_INFINITY : cap - (usedBy.get(specName) ?? 0)
    const most = Math.min(left, free, input.room(specName))
    if (most > 0) queues.set(specName, yield* waitingOf(sql, specName, input.alive, accounts.full(), now, most))
  }
  if ([...queues.values()].every((queue) => queue.length === 0)) return chosen([], null)
  let passedOver = false
  const dealt = deal(queues, yield* specTurns(sql), left, ({ repository }) => {
    const taken = accounts.take(repository)
    passedOver ||= !taken
    return taken
  })
  const ids = dealt.chosen.map(({ id }) => id)
  if (ids.length > 0) {
    yield* saveSpecTurns(sql, dealt.after)
    const bucket = spend(pace.createsPerSecond, limit.bucket, now, ids.length)
    if (bucket !== limit.bucket) yield* savePace(sql, bucket)
    yield* spendPoints(sql, accounts.begun, now)
  }
  // An account that became full on the way has hidden others behind it: they are found at the next look.
  if (passedOver && ids.length > 0) return chosen(ids, now)
  return chosen(ids, ids.length < creates.room ? null : creates.nextAt)
})
