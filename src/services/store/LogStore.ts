// What runners print, by batches of lines, read from the tail.
//
// Answers for: appending without ever holding up or failing the runner's owner (what cannot be stored is lost,
// with a warning), bounded reads, and what one request may take in all. Not for the control log: that is the timeline.
// Gotcha: the fence is looked at once for a batch, and locks nothing: what is under way while a request changes hands may still
// be stored.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import * as GroupCommit from "./GroupCommit.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

export const LogStream = Schema.Literals(["stdout", "stderr"])
export type LogStream = typeof LogStream.Type

export interface LogChunk {
  readonly requestId: string
  /** Of the claim under which the runner is followed: nothing is stored once another has taken the request. */
  readonly fence: number
  readonly stream: LogStream
  readonly text: string
}

export interface LogPart {
  readonly text: string
  /** The number of the newest chunk in it; 0: there is none. */
  readonly last: number
}

const maxBatch = 256
const readBatch = 200

/** What `trim` leaves of one stream of one request, in characters: its beginning and its end. */
export const keptCharacters = { beginning: 1024 * 1024, end: 4 * 1024 * 1024 }

/** PostgreSQL stores no NUL in a text. */
const storable = (text: string) => text.replaceAll("\0", "\uFFFD")

interface Fenced {
  readonly id: string
  readonly fence: number
}

const leftOut = "\n[runnerd] Output is left out here, because there is too much of it.\n"

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock

  const submit = yield* GroupCommit.make({
    maxBatch,
    decides: false,
    write: Effect.fnUntraced(function* (chunks: ReadonlyArray<LogChunk>) {
      const at = yield* clock.now
      const ids = [...new Set(chunks.map(({ requestId }) => requestId))]
      const rows = yield* sql<Fenced>`SELECT id, fence FROM runner_requests WHERE ${sql.in("id", ids)}`
      const fences = new Map(rows.map(({ fence, id }) => [id, fence]))
      const entries = chunks.flatMap(({ fence, requestId, stream, text }) =>
        fence === (fences.get(requestId) ?? fence) ? [{ requestId, at, stream, text: storable(text) }] : []
      )
      if (entries.length > 0) yield* sql`INSERT INTO request_logs ${sql.insert(entries as never)}`
      return chunks.map(() => undefined)
    })
  })

  const end = Effect.fn("LogStore.end")(function* (requestId: string, stream: LogStream, maxCharacters: number) {
    const newestFirst: Array<string> = []
    let length = 0
    let before = Number.MAX_SAFE_INTEGER
    let last = 0
    while (length < maxCharacters) {
      const rows = yield* sql<{ id: number; text: string }>`SELECT id, text FROM request_logs
        WHERE request_id = ${requestId} AND stream = ${stream} AND id < ${before} ORDER BY id DESC LIMIT ${readBatch}`
      for (const row of rows) {
        newestFirst.push(row.text)
        length += row.text.length
        last = Math.max(last, row.id)
        before = Math.min(before, row.id)
      }
      if (rows.length < readBatch) break
    }
    return { text: newestFirst.toReversed().join("").slice(-maxCharacters), last }
  }, asStoreError("logTail"))

  return LogStore.of({
    append: Effect.fnUntraced(function* (chunk: LogChunk) {
      yield* submit(chunk).pipe(
        Effect.catchCause(() => Effect.logWarning("A part of a runner's log could not be stored and is lost"))
      )
    }),
    trim: Effect.fn("LogStore.trim")(
      function* (requestId: string, stream: LogStream) {
        const surplus = yield* sql<{ id: number }>`SELECT id FROM (
            SELECT id, text, sum(length(text)) OVER (ORDER BY id) AS up_to_here,
              sum(length(text)) OVER (ORDER BY id DESC) AS from_here
            FROM request_logs WHERE request_id = ${requestId} AND stream = ${stream}
          ) AS chunks
          WHERE (up_to_here > ${keptCharacters.beginning} OR text = ${leftOut}) AND from_here > ${keptCharacters.end}
          ORDER BY id`
        const [first, ...rest] = surplus.map((row) => row.id)
        if (first === undefined) return
        yield* sql`UPDATE request_logs SET text = ${leftOut} WHERE id = ${first}`
        const last = rest.at(-1)
        if (last === undefined) return
        yield* sql`DELETE FROM request_logs
          WHERE request_id = ${requestId} AND stream = ${stream} AND id > ${first} AND id <= ${last}`
      },
      sql.withTransaction,
      asStoreError("logTrim")
    ),
    end,
    tail: (requestId, stream, maxCharacters) => Effect.map(end(requestId, stream, maxCharacters), ({ text }) => text),
    after: Effect.fn("LogStore.after")(function* (requestId: string, stream: LogStream, last: number) {
      const parts: Array<LogPart> = []
      while (true) {
        const rows = yield* sql<{ id: number; text: string }>`SELECT id, text FROM request_logs
          WHERE request_id = ${requestId} AND stream = ${stream} AND id > ${parts.at(-1)?.last ?? last}
          ORDER BY id LIMIT ${readBatch}`
        const newest = rows.at(-1)
        if (newest === undefined) return parts
        parts.push({ text: rows.map(({ text }) => text).join(""), last: newest.id })
        if (rows.length < readBatch) return parts
      }
    }, asStoreError("logAfter"))
  })
})

export class LogStore extends Context.Service<
  LogStore,
  {
    /** Of a claim that is over nothing is stored, and nothing is said. */
    readonly append: (chunk: LogChunk) => Effect.Effect<void>
    /** Leaves the beginning and the end of a stream that takes more than `keptCharacters`, give or take a chunk each. */
    readonly trim: (requestId: string, stream: LogStream) => Effect.Effect<void, StoreError>
    /** The last `maxCharacters` of a stream; empty when there is nothing. */
    readonly tail: (requestId: string, stream: LogStream, maxCharacters: number) => Effect.Effect<string, StoreError>
    /** The same, with where it ends. */
    readonly end: (requestId: string, stream: LogStream, maxCharacters: number) => Effect.Effect<LogPart, StoreError>
    /** What was appended after the chunk of this number, in parts of bounded length. */
    readonly after: (
      requestId: string,
      stream: LogStream,
      last: number
    ) => Effect.Effect<ReadonlyArray<LogPart>, StoreError>
  }
>()("runnerd/services/store/LogStore") {
  static readonly layer = Layer.effect(LogStore, make)
}
