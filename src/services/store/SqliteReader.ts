// A second connection to the SQLite file, in a thread of its own, for reads that may take long.
//
// Answers for: a client that never stops the process, however long its statement runs: node:sqlite is synchronous, so what
// is slow must not run in the main thread. In WAL mode a reader and the writer do not wait for each other.
// Gotchas: the thread starts with the first statement, and again after it has died; what it was asked then fails. A
// statement that nobody waits for any more is still finished.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Stream from "effect/Stream"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Statement from "effect/sql/Statement"
import { Worker } from "node:worker_threads"
import { fromValues, toColumn, toField, toFields } from "./ColumnNames.ts"
import { ReadClient } from "./ReadClient.ts"
import { bind, sqlError } from "./SqliteClient.ts"
import type { Answer, Question, Table } from "./SqliteReaderThread.ts"

// tsc leaves this address as it is.
const program = new URL(`./SqliteReaderThread.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url)

/** One runaway result must not take the process with it. */
const resourceLimits = { maxOldGenerationSizeMb: 256 }

class ReaderThread {
  readonly #filename: string
  readonly #waiting = new Map<number, Deferred.Deferred<Table, SqlError>>()
  #worker: Worker | undefined
  #number = 0

  constructor(filename: string) {
    this.#filename = filename
  }

  #start(): Worker {
    const worker = new Worker(program, { workerData: { filename: this.#filename }, resourceLimits, stderr: false })
    worker.unref()
    worker.on("message", (answer: Answer) => this.#take(answer))
    worker.on("error", (cause) => this.#died(worker, cause))
    worker.on("exit", (code) => this.#died(worker, new Error(`The reading thread ended with ${code}`)))
    return worker
  }

  #take(answer: Answer) {
    const waiting = this.#waiting.get(answer.number)
    this.#waiting.delete(answer.number)
    if (waiting === undefined) return
    if ("table" in answer) Deferred.doneUnsafe(waiting, Effect.succeed(answer.table))
    else this.#fail(waiting, Object.assign(new Error(answer.message), { errcode: answer.errcode }))
  }

  #fail(waiting: Deferred.Deferred<Table, SqlError>, cause: unknown) {
    const error = sqlError(cause, { message: "SQLite statement failed", operation: "read" })
    Deferred.doneUnsafe(waiting, Effect.fail(error))
  }

  #died(worker: Worker, cause: unknown) {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const each of waiting) this.#fail(each, cause)
  }

  ask(sql: string, params: ReadonlyArray<unknown>): Effect.Effect<Table, SqlError> {
    return Effect.suspend(() => {
      this.#worker ??= this.#start()
      const answer = Deferred.makeUnsafe<Table, SqlError>()
      this.#number += 1
      this.#waiting.set(this.#number, answer)
      const question: Question = { number: this.#number, sql, params: params.map(bind) }
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      this.#worker.postMessage(question)
      return Deferred.await(answer)
    })
  }

  close(): Promise<unknown> {
    return this.#worker?.terminate() ?? Promise.resolve()
  }
}

const connectionTo = (thread: ReaderThread): Connection => {
  const asItIs = (name: string) => name
  // The only transformation there is: the names of columns.
  const objects: Connection["execute"] = (sql, params, transformRows) =>
    Effect.map(thread.ask(sql, params), ({ columns, rows }) =>
      fromValues(columns, rows, transformRows === undefined ? asItIs : toField)
    )
  const values: Connection["executeValues"] = (sql, params) =>
    Effect.map(thread.ask(sql, params), ({ rows }) => rows as ReadonlyArray<never>)
  return {
    execute: objects,
    executeUnprepared: objects,
    executeRaw: (sql, params) => objects(sql, params, undefined),
    executeValues: values,
    executeValuesUnprepared: values,
    executeStream: () => Stream.die(new Error("SqliteReader does not stream"))
  }
}

const make = Effect.fnUntraced(function* (filename: string) {
  const thread = yield* Effect.acquireRelease(
    Effect.sync(() => new ReaderThread(filename)),
    (open) => Effect.promise(() => open.close())
  )
  const connection = Effect.succeed(connectionTo(thread))
  return yield* SqlClient.make({
    acquirer: connection,
    transactionAcquirer: Effect.die(new Error("SqliteReader has no transactions")),
    compiler: Statement.makeCompilerSqlite(toColumn),
    transformRows: toFields,
    driver: "sqlite-node",
    spanAttributes: [["db.system.name", "sqlite"]]
  })
})

/** `filename`: the path of the database, which must exist by the time of the first statement. */
export const layer = (filename: string) =>
  Layer.effect(ReadClient, make(filename)).pipe(Layer.provide(Reactivity.layer))
