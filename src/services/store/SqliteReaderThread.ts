// The thread of SqliteReader.ts: runs one statement after the other on a connection that can only read.
import { parentPort, workerData } from "node:worker_threads"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"

/** A statement to run. `arrays`: rows as arrays of values. */
export interface Question {
  readonly number: number
  readonly sql: string
  readonly params: ReadonlyArray<SQLInputValue>
  readonly arrays: boolean
}

export type Answer =
  | { readonly number: number; readonly rows: ReadonlyArray<unknown> }
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
  prepared.set(sql, statement)
  return statement
}

const answer = ({ arrays, number, params, sql }: Question): Answer => {
  try {
    const statement = prepare(sql)
    statement.setReturnArrays(arrays)
    return { number, rows: statement.all(...params) }
  } catch (cause) {
    const { errcode, message } = cause as { readonly errcode?: unknown; readonly message: string }
    return { number, message, errcode }
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.on("message", (question: Question) => parentPort?.postMessage(answer(question)))
