// Reading webhook deliveries. They are written by IntakeStore.ts, and forgotten by RetentionStore.ts.
//
// Gotcha: there may be millions; they are read from the newest on, by their number, and never counted.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { IntakePath } from "./JobRow.ts"
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

export interface DeliveryQuery {
  readonly limit: number
  /** Only those that came before the one of this number. */
  readonly before: number | undefined
  /** Only the one with GitHub's id. */
  readonly guid: string | undefined
}

export class DeliveryStore extends Context.Service<
  DeliveryStore,
  {
    /** Newest first. */
    readonly list: (query: DeliveryQuery) => Effect.Effect<ReadonlyArray<DeliveryRow>, StoreError>
    /** With its payload, null when that is kept no more; none when there is no such delivery. */
    readonly get: (
      id: number
    ) => Effect.Effect<Option.Option<{ readonly delivery: DeliveryRow; readonly body: string | null }>, StoreError>
  }
>()("runnerd/services/store/DeliveryStore") {
  static readonly layer = Layer.effect(
    DeliveryStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const columns = sql.literal(
        `id, guid, path, event, action, repository, installation_id, job_id, outcome, received_at, times_received,
         CASE WHEN body IS NULL THEN 0 ELSE 1 END AS has_body`
      )
      return DeliveryStore.of({
        list: Effect.fn("DeliveryStore.list")(function* ({ before, guid, limit }: DeliveryQuery) {
          const where = sql.and([
            sql`1 = 1`,
            ...(before === undefined ? [] : [sql`id < ${before}`]),
            ...(guid === undefined ? [] : [sql`guid = ${guid}`])
          ])
          return yield* sql`SELECT ${columns} FROM webhook_deliveries WHERE ${where} ORDER BY id DESC LIMIT ${limit}`.pipe(
            Effect.flatMap(decodeDeliveries)
          )
        }, asStoreError("deliveries")),
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
  )
}
