// The thread of SqliteReader.ts: runs one statement after the other on a connection that can only read.
import { parentPort, workerData } from "node:worker_threads"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"

/** A statement to run. */
export interface Question {
  readonly number: number
  readonly sql: string
  readonly params: ReadonlyArray<SQLInputValue>
}

/** Values in the order of the columns: with its names in each row, a page of requests is twice as dear to hand over. */
export interface Table {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<unknown>>
}

export type Answer =
  | { readonly number: number; readonly table: Table }
  | { readonly number: number; readonly message: string; readonly errcode: unknown }

const preparedLimit = 200

const database = new DatabaseSync((workerData as { readonly filename: string }).filename, { readOnly: true })
// A checkpoint or a schema change may stand in the way for a moment. Waiting holds up nobody but other readers.
database.exec("PRAGMA busy_timeout = 5000")
database.exec("PRAGMA cache_size = -16000")

const prepared = new Map<string, StatementSync>()

const prepare = (sql: string): StatementSync => {
  const known = prepared.get(sql)
  if (known !== undefined) return known
  if (prepared.size >= preparedLimit) prepared.clear()
  const statement = database.prepare(sql)
  statement.setReturnArrays(true)
  prepared.set(sql, statement)
  return statement
}

const answer = ({ number, params, sql }: Question): Answer => {
  try {
    const statement = prepare(sql)
    const rows = statement.all(...params) as unknown as Table["rows"]
    return { number, table: { columns: statement.columns().map(({ name }) => name), rows } }
  } catch (cause) {
    const { errcode, message } = cause as { readonly errcode?: unknown; readonly message: string }
    return { number, message, errcode }
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.on("message", (question: Question) => parentPort?.postMessage(answer(question)))
