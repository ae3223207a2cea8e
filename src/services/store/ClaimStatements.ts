// The statements by which claims find their rows, each along an index of its own (migrations/0001), however many rows wait.
//
// Answers for: what they read. A test holds the plans of both databases to what is said here: SQLite is told the index, for
// it would rather walk the whole table in the order of its key (1.3 s of a million, once a second). Not for what follows from what
// they find (ClaimCandidates.ts, ClaimStore.ts).
// Gotcha: a request with a due time is not in line. When its time has come it is let in, at the turn it had, by losing the due
// time: so the line is read in order, and nothing walks over who has to wait.
import type * as SqlClient from "effect/sql/SqlClient"
import { instant, requestsBy } from "./Dialect.ts"

type Sql = SqlClient.SqlClient

export interface Candidate {
  readonly id: string
  readonly turn: number
  readonly queuedAt: number
  readonly repository: string
}

const resumeBatch = 200
/** Thousands may have been put off until one moment; they come back over a few claims. */
const letInBatch = 1_000

/** Rows that no incarnation alive holds. */
const nobodyAlive = (sql: Sql, alive: ReadonlyArray<string>) => sql`(owner IS NULL OR NOT (${sql.in("owner", alive)}))`

const leftWithNews = (sql: Sql, alive: ReadonlyArray<string>) => sql<{ id: string }>`
  SELECT id FROM ${requestsBy(sql, "runner_requests_news")}
  WHERE facts_version > handled_version AND status <> 'completed' AND status <> 'failed' AND ${nobodyAlive(sql, alive)}`

const leftOutside = (sql: Sql, alive: ReadonlyArray<string>, now: number) => sql<{ id: string }>`
  SELECT id FROM ${requestsBy(sql, "runner_requests_outside")}
  WHERE status <> 'queued' AND status <> 'completed' AND status <> 'failed' AND ${nobodyAlive(sql, alive)}
    AND (cleanup_due_at IS NULL OR cleanup_due_at <= ${instant(now)})`

/** What nobody alive works on though there is news about it, or though it has something outside. */
export const resumable = (sql: Sql, alive: ReadonlyArray<string>, now: number) => sql<{ id: string }>`
  ${leftWithNews(sql, alive)} UNION ${leftOutside(sql, alive, now)} LIMIT ${resumeBatch}`

/** What this incarnation holds. What is queued is taken only while there is news about it, and given back by the write that handles the news. */
export const heldBy = (sql: Sql, owner: string) => sql<{ id: string }>`
  SELECT id FROM ${requestsBy(sql, "runner_requests_news")}
  WHERE facts_version > handled_version AND status <> 'completed' AND status <> 'failed' AND owner = ${owner}
  UNION
  SELECT id FROM ${requestsBy(sql, "runner_requests_outside")}
  WHERE status <> 'queued' AND status <> 'completed' AND status <> 'failed' AND owner = ${owner}`

/** Gives up what this incarnation holds. */
export const letGo = (sql: Sql, owner: string) =>
  sql`UPDATE runner_requests SET owner = NULL WHERE id IN (${heldBy(sql, owner)})`

const inLine = (sql: Sql) => requestsBy(sql, "runner_requests_waiting")
const putOff = (sql: Sql) => requestsBy(sql, "runner_requests_due")

// The order of an index, not EXISTS: without it PostgreSQL takes some match of the whole table to be near. Nor UNION, for
// which SQLite makes a table of its own each time.
/** What a claim could find first: what was left, else requests whose time has come, else some in line, for which there may be no room. */
export const pending = (sql: Sql, alive: ReadonlyArray<string>, now: number) => sql<{
  found: "left" | "due" | "line" | "nothing"
}>`SELECT CASE
  WHEN (${leftWithNews(sql, alive)} ORDER BY owner LIMIT 1) IS NOT NULL THEN 'left'
  WHEN (${leftOutside(sql, alive, now)} ORDER BY owner LIMIT 1) IS NOT NULL THEN 'left'
  WHEN (
    SELECT id FROM ${putOff(sql)} WHERE status = 'queued' AND due_at <= ${instant(now)} AND ${nobodyAlive(sql, alive)}
    ORDER BY due_at LIMIT 1
  ) IS NOT NULL THEN 'due'
  WHEN (
    SELECT id FROM ${inLine(sql)} WHERE status = 'queued' AND due_at IS NULL AND ${nobodyAlive(sql, alive)}
    ORDER BY spec_name, turn LIMIT 1
  ) IS NOT NULL THEN 'line'
  ELSE 'nothing' END AS found`

/** Lets those into line whose time has come, the longest due first. */
export const letIn = (sql: Sql, alive: ReadonlyArray<string>, now: number) => sql`
  UPDATE runner_requests SET due_at = NULL WHERE id IN (
    SELECT id FROM ${putOff(sql)} WHERE status = 'queued' AND due_at <= ${instant(now)} AND ${nobodyAlive(sql, alive)}
    ORDER BY due_at LIMIT ${letInBatch}
  )`

// A loose scan: one step of the index per spec.
/** The specs for which requests are in line. */
export const waitingSpecs = (sql: Sql) => sql<{ specName: string }>`
  WITH RECURSIVE waiting (spec_name) AS (
    SELECT min(spec_name) FROM ${inLine(sql)} WHERE status = 'queued' AND due_at IS NULL
    UNION ALL
    SELECT (
      SELECT min(spec_name) FROM ${inLine(sql)}
      WHERE status = 'queued' AND due_at IS NULL AND spec_name > waiting.spec_name
    )
    FROM waiting WHERE waiting.spec_name IS NOT NULL
  )
  SELECT spec_name FROM waiting WHERE spec_name IS NOT NULL`

/** `github:acme` as a pattern for repository names in lower case. */
const repositoriesOf = (scope: string) => `${scope.slice("github:".length).replaceAll("_", "\\_")}/%`

/** Who is next of the spec, but for the repositories of the accounts in `full`. */
export const waitingOf = (
  sql: Sql,
  specName: string,
  alive: ReadonlyArray<string>,
  full: ReadonlyArray<string>,
  limit: number
) => {
  const elsewhere = full.map((scope) => sql`lower(repository) NOT LIKE ${repositoriesOf(scope)} ESCAPE '\\'`)
  return sql<Candidate>`SELECT id, queued_at, turn, repository FROM runner_requests
    WHERE ${sql.and([
      sql`status = 'queued' AND due_at IS NULL AND spec_name = ${specName}`,
      nobodyAlive(sql, alive),
      ...elsewhere
    ])}
    ORDER BY turn, queued_at, id LIMIT ${limit}`
}

/** The places, from 1, of those of these requests that claims may take now, among all of their specs; they walk the line. */
export const places = (sql: Sql, specNames: ReadonlyArray<string>, ids: ReadonlyArray<string>, now: number) => {
  const columns = sql.literal("id, spec_name, turn, queued_at")
  const ofSpecs = sql.in("spec_name", specNames)
  return sql<{ id: string; place: number }>`SELECT id, place FROM (
    SELECT id, row_number() OVER (PARTITION BY spec_name ORDER BY turn, queued_at, id) AS place FROM (
      SELECT ${columns} FROM ${inLine(sql)} WHERE status = 'queued' AND due_at IS NULL AND ${ofSpecs}
      UNION ALL
      SELECT ${columns} FROM ${putOff(sql)} WHERE status = 'queued' AND due_at <= ${instant(now)} AND ${ofSpecs}
    ) AS now_in_line
  ) AS placed WHERE ${sql.in("id", ids)}`
}
