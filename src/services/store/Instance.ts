// The identity of this installation: the mark that everything of ours outside carries.
//
// Answers for: an id that lives in the database and stays the same for as long as the database does, and the
// fingerprint of where that database was when the id was made.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { exclusively } from "./Dialect.ts"
import { randomId } from "./RandomId.ts"
import { asStoreError } from "./StoreError.ts"
import { StoreClock } from "./StoreClock.ts"

const idLength = 16
const tagLength = 6

const make = Effect.fnUntraced(function* (fingerprint: string) {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const fresh = yield* randomId(idLength)
  const now = yield* clock.now
  const id = yield* Effect.gen(function* () {
    const rows = yield* sql<{ id: string }>`SELECT id FROM instance`
    if (rows[0] !== undefined) return rows[0].id
    yield* sql`INSERT INTO instance ${sql.insert({ id: fresh, fingerprint, createdAt: now })}`
    return fresh
  }).pipe(exclusively(sql), asStoreError("instance"))
  return Instance.of({ id, tag: id.slice(0, tagLength) })
})

export class Instance extends Context.Service<
  Instance,
  {
    readonly id: string
    /** The short form that runner names carry: lower-case letters and digits. */
    readonly tag: string
  }
>()("runnerd/services/store/Instance") {
  /** `fingerprint`: where the database is, for example path, device and inode of an SQLite file. */
  static readonly layer = (fingerprint: string) => Layer.effect(Instance, make(fingerprint))
}
