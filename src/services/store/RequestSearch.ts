// Lists of requests: filtered, sorted, a page at a time, with how many there are.
//
// Answers for: pages that stay quick over a million requests. Of the indexes that could find what is asked for, the one
// that leaves least to look at is used; how much it leaves is counted first, up to `countedUpTo`. When all leave more, rows
// are read in the order that is asked for until the page is full: what is that common fills it soon. Totals come from those
// counts or from a look at the first rows; beyond, they are what is there at least, unless an exact one is asked for.
// Gotchas: a rare combination of common values is found by neither way and reads much; that is why nothing here runs on
// the connection of intake (ReadClient.ts). SQLite knows nothing of what is common, so it is told which index to use;
// PostgreSQL knows, and is only told when there is little to look at.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Statement from "effect/sql/Statement"
import { everyRequest, type RequestFilter, type RequestSort, newestFirst } from "../../domain/RequestFilter.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { requestsBy } from "./Dialect.ts"
import { ReadClient } from "./ReadClient.ts"
import { decodeRequests } from "./RequestRow.ts"
import type { Page } from "./RequestStore.ts"
import { conditions, type Driver, drivers, everything, order, orderIndex, prefixCounts } from "./SearchConditions.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

interface Limits {
  /** How many entries of an index are counted at most. */
  readonly countedUpTo: number
  /** How many rows are looked at for a total at most, where an index alone does not tell. */
  readonly lookedUpTo: number
}

// Of a million rows, to gather and sort 10,000 costs what it costs to fill a page of 100 with one row in a hundred.
const limits: Limits = { countedUpTo: 10_000, lookedUpTo: 3_000 }

export interface Search {
  readonly filter: RequestFilter
  readonly sort: RequestSort
  readonly page: Page
  /** Whether the total must be exact, whatever that takes: a second and more over a million requests. */
  readonly exactTotal: boolean
}

export interface Found {
  readonly requests: ReadonlyArray<RunnerRequest>
  /** All there are, or, when not `exact`, how many there are at least. */
  readonly total: number
  readonly exact: boolean
}

type Sized = Driver & { readonly rows: number }

const make = Effect.fnUntraced(function* ({ countedUpTo, lookedUpTo }: Limits) {
  const sql = yield* ReadClient

  const by = (index: string | null) => requestsBy(sql, index)

  /** The part alone: PostgreSQL must neither look for it elsewhere nor read the whole table for a handful of ids. */
  const within = ({ ids, index, where: part }: Driver, where: Statement.Fragment) =>
    sql.onDialectOrElse({
      pg: () =>
        ids === undefined
          ? { from: sql`(SELECT * FROM runner_requests WHERE ${part} OFFSET 0) AS part`, where }
          : {
              from: sql`(SELECT one.* FROM (${ids}) AS found
                CROSS JOIN LATERAL (SELECT * FROM runner_requests WHERE id = found.id LIMIT 1) AS one) AS part`,
              where
            },
      orElse: () => ({ from: sql`${by(index)}`, where: sql.and([part, where]) })
    })

  const count = (statement: Statement.Fragment) =>
    Effect.map(sql<{ n: number }>`${statement}`, (rows) => rows[0]?.n ?? 0)

  const sizeOf = Effect.fnUntraced(function* (driver: Driver, filter: RequestFilter) {
    if (driver.index !== null) {
      const some = sql`SELECT 1 FROM ${by(driver.index)} WHERE ${driver.where} LIMIT ${countedUpTo}`
      return yield* count(sql`SELECT count(*) AS n FROM (${some}) AS few`)
    }
    const { each, together } = prefixCounts(sql, filter.prefix ?? "", countedUpTo)
    const sizes = yield* Effect.forEach(each, count)
    // Of a column that has more, not all ids are put together.
    return Math.max(...sizes) >= countedUpTo ? countedUpTo : yield* count(together)
  })

  const smallestFirst = Effect.fnUntraced(function* ({ filter, sort }: Search) {
    const sized = yield* Effect.forEach(drivers(sql, filter, sort), (driver) =>
      Effect.map(sizeOf(driver, filter), (rows): Sized => ({ ...driver, rows }))
    )
    return sized.toSorted((a, b) => a.rows - b.rows)
  })

  /** Where to look for the page, and where to count. */
  const plan = ({ filter, sort }: Search, sized: ReadonlyArray<Sized>) => {
    const where = conditions(sql, filter, sort)
    const [least] = sized
    const whole = sized.find((driver) => driver.whole)
    if (least !== undefined && least.rows < countedUpTo) {
      const found =
        least.ordered && sort.key === "created_at"
          ? { from: by(least.index), where: sql.and([least.where, where]) }
          : within(least, where)
      return { ...found, counted: whole ?? least }
    }
    const ordered = sized.find((driver) => driver.ordered) ?? { ...everything(sql), rows: countedUpTo }
    const counted = whole ?? ordered
    if (sort.key !== "created_at") return { from: by(orderIndex(sort)), where, counted }
    return { from: by(ordered.index), where: sql.and([ordered.where, where]), counted }
  }

  const totalOf = Effect.fnUntraced(function* (search: Search, counted: Sized) {
    if (counted.whole && (counted.rows < countedUpTo || !search.exactTotal)) {
      return { total: counted.rows, exact: counted.rows < countedUpTo }
    }
    const where = conditions(sql, search.filter, search.sort)
    if (search.exactTotal) {
      return { total: yield* count(sql`SELECT count(*) AS n FROM runner_requests WHERE ${where}`), exact: true }
    }
    const [row] = yield* sql<{ looked: number; found: number | null }>`
      SELECT count(*) AS looked, sum(CASE WHEN ${where} THEN 1 ELSE 0 END) AS found FROM
        (SELECT * FROM ${by(counted.index)} WHERE ${counted.where} LIMIT ${lookedUpTo}) AS few`
    return { total: row?.found ?? 0, exact: (row?.looked ?? 0) < lookedUpTo }
  })

  const search = Effect.fnUntraced(function* (asked: Search) {
    const { limit, offset } = asked.page
    const { counted, from, where } = plan(asked, yield* smallestFirst(asked))
    // One more than asked for tells whether there is a next page.
    const rows = yield* sql`SELECT * FROM ${from} WHERE ${where} ORDER BY ${order(sql, asked.sort)}
      LIMIT ${limit + 1} OFFSET ${offset}`.pipe(Effect.flatMap(decodeRequests))
    const requests = rows.slice(0, limit)
    const seen = offset + rows.length
    if (rows.length <= limit && (rows.length > 0 || offset === 0)) return { requests, total: seen, exact: true }
    const { exact, total } = yield* totalOf(asked, counted)
    return { requests, total: exact ? total : Math.max(total, rows.length === 0 ? 0 : seen), exact }
  })

  return RequestSearch.of({
    search: Effect.fn("RequestSearch.search")((asked: Partial<Search>) =>
      search({
        filter: everyRequest,
        sort: newestFirst,
        page: { limit: 100, offset: 0 },
        exactTotal: false,
        ...asked
      }).pipe(asStoreError("search"))
    )
  })
})

export class RequestSearch extends Context.Service<
  RequestSearch,
  {
    /** What is left out: every request, newest first, the first hundred. */
    readonly search: (search: Partial<Search>) => Effect.Effect<Found, StoreError>
  }
>()("runnerd/services/store/RequestSearch") {
  static readonly layer = Layer.effect(RequestSearch, make(limits))
  /** For tests: what a small table needs to be a large one. */
  static readonly layerTest = (small: Limits) => Layer.effect(RequestSearch, make(small))
}
