// A request filter as conditions of a statement, and the indexes that can find what they ask for.
//
// Answers for: texts of conditions, written as the indexes of the schema are, so that both databases recognise them. Not for
// choosing among the indexes (RequestSearch.ts).
// Gotcha: `lower` knows A–Z only in both databases, whatever a text is made of.
import type * as SqlClient from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import { lowerCase, type RequestFilter, type RequestSort } from "../../domain/RequestFilter.ts"
import { instant } from "./Dialect.ts"

type Sql = SqlClient.SqlClient
type Fragment = Statement.Fragment

/** A part of the table in which everything that is looked for must be. */
export interface Driver {
  readonly where: Fragment
  /** The index that finds it; null: it is put together from several. */
  readonly index: string | null
  /** Whether the index gives it in the order of creation. */
  readonly ordered: boolean
  /** Whether all in it is what is looked for. */
  readonly whole: boolean
  /** When it is put together: the statement that gives the ids. */
  readonly ids?: Fragment
}

type Part = Omit<Driver, "whole">

const byStatus = "runner_requests_by_status"
const inOrder = { index: "runner_requests_newest", ordered: true } as const

/** No text that begins like this comes after it. */
const end = (prefix: string): string => `${prefix}\u{10FFFF}`

const prefixes = (sql: Sql, text: string): ReadonlyArray<Fragment> => {
  const prefix = lowerCase(text)
  return [
    sql`id >= ${prefix} AND id < ${end(prefix)}`,
    sql`runner_name IS NOT NULL AND lower(runner_name) >= ${prefix} AND lower(runner_name) < ${end(prefix)}`,
    sql`sandbox_id IS NOT NULL AND lower(sandbox_id) >= ${prefix} AND lower(sandbox_id) < ${end(prefix)}`,
    sql`job_name IS NOT NULL AND lower(job_name) >= ${prefix} AND lower(job_name) < ${end(prefix)}`
  ]
}

const range = (sql: Sql, { createdAfter, createdBefore }: RequestFilter): ReadonlyArray<Fragment> => [
  ...(createdAfter === null ? [] : [sql`queued_at >= ${instant(createdAfter)}`]),
  ...(createdBefore === null ? [] : [sql`queued_at < ${instant(createdBefore)}`])
]

const finished = (sql: Sql) => sql`coalesce(completed_at, failed_at)`

const finishedRange = (sql: Sql, { finishedAfter, finishedBefore }: RequestFilter): ReadonlyArray<Fragment> =>
  finishedAfter === null && finishedBefore === null
    ? []
    : [
        sql`${finished(sql)} IS NOT NULL`,
        ...(finishedAfter === null ? [] : [sql`${finished(sql)} >= ${instant(finishedAfter)}`]),
        ...(finishedBefore === null ? [] : [sql`${finished(sql)} < ${instant(finishedBefore)}`])
      ]

const named = (sql: Sql, filter: RequestFilter): ReadonlyArray<Part> => {
  const { failureReason, job, repository, specName, workflow } = filter
  const driver = (index: string, where: Fragment): Part => ({ index, where, ordered: true })
  return [
    ...(job === null
      ? []
      : [driver("runner_requests_by_job_name", sql`job_name IS NOT NULL AND lower(job_name) = ${lowerCase(job)}`)]),
    ...(failureReason === null
      ? []
      : [driver("runner_requests_by_failure", sql`failure_reason IS NOT NULL AND failure_reason = ${failureReason}`)]),
    ...(repository === null
      ? []
      : [driver("runner_requests_by_repository", sql`lower(repository) = ${lowerCase(repository)}`)]),
    ...(workflow === null
      ? []
      : [
          driver(
            "runner_requests_by_workflow",
            sql`workflow_name IS NOT NULL AND lower(workflow_name) = ${lowerCase(workflow)}`
          )
        ]),
    ...(specName === null
      ? []
      : [driver("runner_requests_by_spec", sql`spec_name IS NOT NULL AND spec_name = ${specName}`)])
  ]
}

const ofStatuses = (sql: Sql, { statuses }: RequestFilter): ReadonlyArray<Part> => {
  if (statuses === null) return []
  const part: Part = { index: byStatus, where: sql.in("status", statuses), ordered: statuses.length === 1 }
  if (statuses.length === 1 || statuses.includes("completed")) return [part]
  return [part, { index: "runner_requests_uncompleted", where: sql`status <> 'completed'`, ordered: true }]
}

/** Ids that begin so, of each column that is searched. */
const idsWithPrefix = (sql: Sql, prefix: string): Fragment =>
  sql.join(" UNION ", false)(prefixes(sql, prefix).map((where) => sql`SELECT id FROM runner_requests WHERE ${where}`))

/** How many rows begin so, for each searched column up to `most`, and, which is to be asked for few only, together. */
export const prefixCounts = (sql: Sql, prefix: string, most: number) => ({
  each: prefixes(sql, prefix).map(
    (where) => sql`SELECT count(*) AS n FROM (SELECT 1 FROM runner_requests WHERE ${where} LIMIT ${most}) AS few`
  ),
  together: sql`SELECT count(*) AS n FROM (${idsWithPrefix(sql, prefix)}) AS few`
})

/** Parts of the table in each of which everything lies that is looked for. */
export const drivers = (sql: Sql, filter: RequestFilter, sort: RequestSort): ReadonlyArray<Driver> => {
  const times = range(sql, filter)
  const ends = finishedRange(sql, filter)
  const [names, statuses] = [named(sql, filter), ofStatuses(sql, filter)]
  const asked =
    (filter.prefix === null ? 0 : 1) + names.length + (filter.statuses === null ? 0 : 1) + (ends.length === 0 ? 0 : 1)
  const alone = asked === 1 && (sort.key !== "finished_at" || ends.length > 0)
  const timed = (part: Part, whole: boolean): Driver => ({ ...part, where: sql.and([part.where, ...times]), whole })
  const prefix = (text: string): Driver => {
    const ids = idsWithPrefix(sql, text)
    return timed({ index: null, where: sql`id IN (${ids})`, ordered: false, ids }, alone && times.length === 0)
  }
  const all: Part =
    sort.key === "finished_at" && times.length === 0
      ? { index: orderIndex(sort), where: sql`${finished(sql)} IS NOT NULL`, ordered: false }
      : { ...inOrder, where: sql`1 = 1` }
  return [
    ...(filter.prefix === null ? [] : [prefix(filter.prefix)]),
    ...(ends.length === 0
      ? []
      : [
          {
            index: "runner_requests_finished",
            where: sql.and(ends),
            ordered: false,
            whole: alone && times.length === 0
          }
        ]),
    ...names.map((part) => timed(part, alone)),
    ...statuses.map((part) => timed(part, alone && part.index === byStatus)),
    ...(asked === 0 ? [timed(all, sort.key !== "finished_at" || times.length === 0)] : []),
    ...(asked > 0 && times.length > 0 ? [timed({ ...inOrder, where: sql`1 = 1` }, false)] : [])
  ]
}

/** Everything, newest first. */
export const everything = (sql: Sql): Driver => ({ ...inOrder, where: sql`1 = 1`, whole: false })

/** Everything that must hold of what is listed. */
export const conditions = (sql: Sql, filter: RequestFilter, sort: RequestSort): Fragment =>
  sql.and([
    ...(filter.prefix === null ? [] : [sql.or([...prefixes(sql, filter.prefix)].map((each) => sql`(${each})`))]),
    ...named(sql, filter).map(({ where }) => where),
    ...(filter.statuses === null ? [] : [sql.in("status", filter.statuses)]),
    ...range(sql, filter),
    ...finishedRange(sql, filter),
    ...(sort.key === "finished_at" ? [sql`${finished(sql)} IS NOT NULL`] : []),
    sql`1 = 1`
  ])

/** The index that gives all rows in this order. */
export const orderIndex = ({ key }: RequestSort): string =>
  ({
    created_at: "runner_requests_newest",
    updated_at: "runner_requests_changed",
    finished_at: "runner_requests_finished",
    status: "runner_requests_by_status"
  })[key]

export const order = (sql: Sql, { key, reversed }: RequestSort): Fragment => {
  switch (key) {
    case "created_at":
      return reversed ? sql`queued_at, id DESC` : sql`queued_at DESC, id`
    case "updated_at":
      return reversed ? sql`updated_at, id DESC` : sql`updated_at DESC, id`
    case "finished_at":
      return reversed ? sql`${finished(sql)}, id DESC` : sql`${finished(sql)} DESC, id`
    case "status":
      return reversed ? sql`status DESC, queued_at, id DESC` : sql`status, queued_at DESC, id`
  }
}
