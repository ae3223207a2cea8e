// Reading webhook deliveries. They are written by IntakeStore.ts, and forgotten by RetentionStore.ts.
//
// Gotchas: there may be millions; they are read from the newest on, by their number, and never counted. Filters have no
// indexes, which every delivery would pay for: one look goes through `lookedThrough` deliveries at most, and says where the
// next one begins, also when it found nothing. Lists are read beside intake (ReadClient.ts).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import { IntakePath } from "./JobRow.ts"
import { ReadClient } from "./ReadClient.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

const Text = Schema.NullOr(Schema.String)

const DeliveryRow = Schema.Struct({
  id: Schema.Finite,
  guid: Text,
  path: IntakePath,
  event: Schema.String,
  action: Text,
  repository: Text,
  installationId: Schema.NullOr(Schema.Finite),
  jobId: Schema.NullOr(Schema.Finite),
  outcome: Schema.String,
  receivedAt: Schema.Finite,
  timesReceived: Schema.Int,
  /** Whether its payload is still kept; as the databases count. */
  hasBody: Schema.Int
})
export type DeliveryRow = typeof DeliveryRow.Type

const decodeDeliveries = Schema.decodeUnknownEffect(Schema.Array(DeliveryRow))

/** What is absent lets everything through. */
export interface DeliveryFilter {
  /** Only the one with GitHub's id. */
  readonly guid?: string | undefined
  readonly path?: string | undefined
  readonly event?: string | undefined
  readonly outcome?: string | undefined
  /** Whole, without regard to the case of A–Z. */
  readonly repository?: string | undefined
  readonly jobId?: number | undefined
}

export interface DeliveryQuery extends DeliveryFilter {
  readonly limit: number
  /** Only those that came before the one of this number. */
  readonly before?: number | undefined
}

export interface StoredDelivery {
  readonly delivery: DeliveryRow
  /** The payload; null: it is kept no more. */
  readonly body: string | null
}

export interface DeliveryPage {
  readonly deliveries: ReadonlyArray<DeliveryRow>
  /** `before` of the next page; null: there is nothing older. */
  readonly next: number | null
}

/** Milliseconds' worth, for a page that finds nothing. */
const lookedThrough = 10_000

const make = Effect.fnUntraced(function* (atMost: number) {
  const sql = yield* SqlClient.SqlClient
  const readSql = yield* ReadClient
  const columns = sql.literal(
    `id, guid, path, event, action, repository, installation_id, job_id, outcome, received_at, times_received,
     CASE WHEN body IS NULL THEN 0 ELSE 1 END AS has_body`
  )

  const conditions = ({ event, jobId, outcome, path, repository }: DeliveryFilter) => [
    ...Object.entries({ path, event, outcome, jobId }).flatMap(([column, value]) =>
      value === undefined ? [] : [readSql`${readSql(column)} = ${value}`]
    ),
    ...(repository === undefined ? [] : [readSql`lower(repository) = lower(${repository})`])
  ]

  const list = Effect.fnUntraced(function* ({ before, limit, ...filter }: DeliveryQuery) {
    const older = before === undefined ? readSql`1 = 1` : readSql`id < ${before}`
    // GitHub's id has an index.
    const range = filter.guid === undefined ? older : readSql.and([older, readSql`guid = ${filter.guid}`])
    const newest = (what: Statement.Fragment) =>
      readSql`(SELECT ${what} FROM webhook_deliveries WHERE ${range} ORDER BY id DESC
        LIMIT ${readSql.literal(String(atMost))}) AS newest`
    const wanted = conditions(filter)
    const where = wanted.length === 0 ? readSql`1 = 1` : readSql.and(wanted)
    // One more than is shown tells whether there are more.
    const rows =
      yield* readSql`SELECT * FROM ${newest(columns)} WHERE ${where} ORDER BY id DESC LIMIT ${limit + 1}`.pipe(
        Effect.flatMap(decodeDeliveries)
      )
    const deliveries = rows.slice(0, limit)
    if (rows.length > limit) return { deliveries, next: deliveries.at(-1)?.id ?? null }
    if (wanted.length === 0) return { deliveries, next: null }
    const [looked] = yield* readSql<{ n: number; last: number | null }>`
      SELECT count(*) AS n, min(id) AS last FROM ${newest(readSql`id`)}`
    return { deliveries, next: (looked?.n ?? 0) < atMost ? null : (looked?.last ?? null) }
  })

  return DeliveryStore.of({
    list: Effect.fn("DeliveryStore.list")((query: DeliveryQuery) => list(query).pipe(asStoreError("deliveries"))),
    get: Effect.fn("DeliveryStore.get")(function* (id: number) {
      const [delivery] = yield* sql`SELECT ${columns} FROM webhook_deliveries WHERE id = ${id}`.pipe(
        Effect.flatMap(decodeDeliveries)
      )
      if (delivery === undefined) return Option.none()
      const [row] = yield* sql<{ body: string | null }>`SELECT body FROM webhook_deliveries WHERE id = ${id}`
      return Option.some({ delivery, body: row?.body ?? null })
    }, asStoreError("deliveries"))
  })
})

export class DeliveryStore extends Context.Service<
  DeliveryStore,
  {
    /** Newest first. A page may be short, or empty, although there is a next one. */
    readonly list: (query: DeliveryQuery) => Effect.Effect<DeliveryPage, StoreError>
    /** None when there is no such delivery. */
    readonly get: (id: number) => Effect.Effect<Option.Option<StoredDelivery>, StoreError>
  }
>()("runnerd/services/store/DeliveryStore") {
  static readonly layer = Layer.effect(DeliveryStore, make(lookedThrough))
  /** For tests: what a few deliveries need to be more than are looked through. */
  static readonly layerTest = (atMost: number) => Layer.effect(DeliveryStore, make(atMost))
}
