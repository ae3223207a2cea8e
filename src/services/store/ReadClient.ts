// The client for reads that may take long: lists, totals, figures.
//
// Answers for: keeping them apart from writes. On PostgreSQL it is the pool; on SQLite, whose one connection is also
// intake's and stops the whole process while it works, it is a second connection in a thread of its own
// (SqliteReader.ts). A database in memory has one connection only.
// Gotcha: it sees what is committed. Nothing is written through it, and it takes no part in a transaction.
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"

export class ReadClient extends Context.Service<ReadClient, SqlClient.SqlClient>()(
  "runnerd/services/store/ReadClient"
) {
  /** The same client as for writes. */
  static readonly shared = Layer.effect(ReadClient, SqlClient.SqlClient)
}
