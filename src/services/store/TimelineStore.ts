// Reading a request's timeline. Entries are written with the transition they belong to (RequestStore.ts).
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { TimelineEntry } from "../../domain/Timeline.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

// Nobody reads more, and a request that is put off for weeks writes an entry each time.
const mostEntries = 5000

const decodeEntries = Schema.decodeUnknownEffect(Schema.Array(TimelineEntry))

export class TimelineStore extends Context.Service<
  TimelineStore,
  {
    /** The newest 5,000 entries, oldest first; empty for an unknown request. */
    readonly of: (requestId: string) => Effect.Effect<ReadonlyArray<TimelineEntry>, StoreError>
    /** Those of them that were written after the entry of this number. */
    readonly after: (requestId: string, id: number) => Effect.Effect<ReadonlyArray<TimelineEntry>, StoreError>
  }
>()("runnerd/services/store/TimelineStore") {
  static readonly layer = Layer.effect(
    TimelineStore,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const after = Effect.fn("TimelineStore.after")(function* (requestId: string, last: number) {
        const entries = yield* sql`SELECT id, request_id, at, code, message, stage FROM request_events
            WHERE request_id = ${requestId} AND id > ${last} ORDER BY id DESC LIMIT ${mostEntries}`.pipe(
          Effect.flatMap(decodeEntries)
        )
        return entries.toReversed()
      }, asStoreError("timeline"))
      return TimelineStore.of({ of: (requestId) => after(requestId, 0), after })
    })
  )
}
