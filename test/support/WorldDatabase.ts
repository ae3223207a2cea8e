// Reading the SQLite file of a running runnerd, as an operator would with the sqlite3 shell.
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"

export type Row = Readonly<Record<string, string | number | null>>

/** Opens read-only for one query, so that nothing is held between two looks. */
export const rows = (worldFolder: string, query: string, ...values: ReadonlyArray<string | number>): Array<Row> => {
  const database = new DatabaseSync(join(worldFolder, "runnerd.db"), { readOnly: true, timeout: 5000 })
  try {
    return database.prepare(query).all(...values) as Array<Row>
  } finally {
    database.close()
  }
}

/** The number in the first column of the first row. */
export const count = (worldFolder: string, query: string, ...values: ReadonlyArray<string | number>): number =>
  Number(Object.values(rows(worldFolder, query, ...values)[0] ?? {})[0])
