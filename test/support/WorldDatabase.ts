// Reading the database of a running runnerd, as an operator would with the sqlite3 shell or psql.
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as PostgresClient from "../../src/services/store/PostgresClient.ts"

export type Row = Readonly<Record<string, string | number | null>>

/** Gives the rows; a value stands for each `?`. */
export type Query = (query: string, ...values: ReadonlyArray<string | number>) => Promise<Array<Row>>

/** The file of an SQLite database. */
export const databaseFile = (worldFolder: string): string => join(worldFolder, "runnerd.db")

/** Opens read-only for one query, so that nothing is held between two looks. */
export const rows = (worldFolder: string, query: string, ...values: ReadonlyArray<string | number>): Array<Row> => {
  const database = new DatabaseSync(databaseFile(worldFolder), { readOnly: true, timeout: 5000 })
  try {
    return database.prepare(query).all(...values) as Array<Row>
  } finally {
    database.close()
  }
}

/** The number in the first column of the first row. */
export const count = (worldFolder: string, query: string, ...values: ReadonlyArray<string | number>): number =>
  Number(Object.values(rows(worldFolder, query, ...values)[0] ?? {})[0])

/** One connection to the PostgreSQL database at this address, made at the first query. */
export const openPostgres = (url: string): { readonly query: Query; readonly close: () => Promise<void> } => {
  const runtime = ManagedRuntime.make(PostgresClient.layer({ url: Redacted.make(url), maxConnections: 1 }))
  return {
    query: (query, ...values) => {
      let number = 0
      const numbered = query.replaceAll("?", () => `$${++number}`)
      return runtime.runPromise(
        SqlClient.SqlClient.use((sql) => sql.unsafe<Row>(numbered, values).withoutTransform).pipe(
          Effect.map((found) => [...found])
        )
      )
    },
    close: () => runtime.dispose()
  }
}
