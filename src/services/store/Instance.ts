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

/** What an operator is told as long as a database is not confirmed: how it is, and what to do. */
export const isUnconfirmed = "is a copy, a restored backup, or was moved: sweeps and adoption stay off"
export const howToConfirm =
  "If no runnerd works on the original any more, run `runnerd confirm-database` and start again"

/** Both in one line. */
export const unconfirmed = `This database ${isUnconfirmed}. ${howToConfirm}`

const make = Effect.fnUntraced(function* (fingerprint: string) {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const fresh = yield* randomId(idLength)
  const now = yield* clock.now
  const known = yield* Effect.gen(function* () {
    const [known] = yield* sql<{ id: string; fingerprint: string }>`SELECT id, fingerprint FROM instance`
    if (known !== undefined) return known
    yield* sql`INSERT INTO instance ${sql.insert({ id: fresh, fingerprint, createdAt: now })}`
    return { id: fresh, fingerprint }
  }).pipe(exclusively(sql), asStoreError("instance"))
  const confirmed = known.fingerprint === fingerprint
  if (!confirmed) {
    yield* Effect.logError(unconfirmed).pipe(Effect.annotateLogs({ was: known.fingerprint, is: fingerprint }))
  }
  return Instance.of({ id: known.id, tag: known.id.slice(0, tagLength), confirmed })
})

/** Whether the database is where it was made or confirmed; true while it has no id. */
export const isConfirmed = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, fingerprint: string) {
  const [known] = yield* sql<{ fingerprint: string }>`SELECT fingerprint FROM instance`
  return known === undefined || known.fingerprint === fingerprint
})

/** An operator's word that this database is the one whose sandboxes and runners are outside. */
export const confirm = Effect.fn("Instance.confirm")(function* (fingerprint: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE instance SET fingerprint = ${fingerprint}`
}, asStoreError("confirmInstance"))

export class Instance extends Context.Service<
  Instance,
  {
    readonly id: string
    /** Whether the database is where it was when the id was made, or an operator has said that it may be here. */
    readonly confirmed: boolean
    /** The short form that runner names carry: lower-case letters and digits. */
    readonly tag: string
  }
>()("runnerd/services/store/Instance") {
  /** `fingerprint`: where the database is, for example path, device and inode of an SQLite file. */
  static readonly layer = (fingerprint: string) => Layer.effect(Instance, make(fingerprint))
}
