// The record of what was changed by the management API.
//
// Answers for: its rows. Not for what is worth recording, nor for when: `append` writes in the transaction of whoever
// calls it, so that a change and its record are both there or neither is. What changed nothing is not recorded.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { type AuditAction, auditActions, AuditEvent } from "../../domain/AuditEvent.ts"
import type { Page } from "./RequestStore.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export interface NewAuditEvent {
  readonly actor: string
  readonly action: AuditAction
  /** The key of what was changed: a request's id, a name, a policy's number. */
  readonly resourceId: string
  /** Null: there was nothing before. */
  readonly before: Schema.Json
  /** Null: there is nothing afterwards. */
  readonly after: Schema.Json
}

/** Each is compared exactly; what is absent lets everything through. */
export interface AuditFilter {
  readonly actor?: string | undefined
  readonly action?: string | undefined
  readonly resourceType?: string | undefined
  readonly resourceId?: string | undefined
}

const State = Schema.NullOr(Schema.fromJsonString(Schema.Json))
const decodeEvents = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ ...AuditEvent.fields, before: State, after: State }))
)

const column = (state: Schema.Json) => (state === null ? null : JSON.stringify(state))

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock

  const conditions = ({ action, actor, resourceId, resourceType }: AuditFilter) =>
    Object.entries({ action, actor, resourceId, resourceType }).flatMap(([column, value]) =>
      value === undefined ? [] : [sql`${sql(column)} = ${value}`]
    )

  return AuditStore.of({
    append: Effect.fnUntraced(function* ({ action, actor, after, before, resourceId }: NewAuditEvent) {
      const at = yield* clock.now
      const what = { at, actor, action, resourceType: auditActions[action], resourceId }
      yield* sql`INSERT INTO audit_events ${sql.insert({ ...what, before: column(before), after: column(after) })}`
    }),
    list: Effect.fn("AuditStore.list")(function* (page: Page, filter: AuditFilter = {}) {
      const where = sql.and([sql`1 = 1`, ...conditions(filter)])
      const rows = yield* sql`SELECT * FROM audit_events WHERE ${where}
        ORDER BY id DESC LIMIT ${page.limit} OFFSET ${page.offset}`
      const total = yield* sql<{ n: number }>`SELECT count(*) AS n FROM audit_events WHERE ${where}`
      return { events: yield* decodeEvents(rows), total: total[0]?.n ?? 0 }
    }, asStoreError("listAudit"))
  })
})

export class AuditStore extends Context.Service<
  AuditStore,
  {
    /** Part of the caller's transaction: to be called inside `sql.withTransaction` or `exclusively(sql)`. */
    readonly append: (event: NewAuditEvent) => Effect.Effect<void, SqlError>
    /** Newest first; `total` counts all that the filter lets through. */
    readonly list: (
      page: Page,
      filter?: AuditFilter
    ) => Effect.Effect<{ readonly events: ReadonlyArray<AuditEvent>; readonly total: number }, StoreError>
  }
>()("runnerd/services/store/AuditStore") {
  static readonly layer = Layer.effect(AuditStore, make)
}
