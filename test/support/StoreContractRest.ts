// What every database must do with the rest: schema, logs, batches, nodes.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { instant } from "../../src/services/store/Dialect.ts"
import { ClaimStore } from "../../src/services/store/ClaimStore.ts"
import * as GroupCommit from "../../src/services/store/GroupCommit.ts"
import { Instance } from "../../src/services/store/Instance.ts"
import { keptCharacters, LogStore } from "../../src/services/store/LogStore.ts"
import * as Migrations from "../../src/services/store/Migrations.ts"
import { NodeSession } from "../../src/services/store/NodeSession.ts"
import { NodeStore } from "../../src/services/store/NodeStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { claim, deliver, saveSpec } from "./StoreScenes.ts"

const append = (requestId: string, stream: "stdout" | "stderr", text: string) =>
  LogStore.use((logs) => logs.append({ requestId, fence: 0, stream, text }))
const tail = (requestId: string, stream: "stdout" | "stderr", most: number) =>
  LogStore.use((logs) => logs.tail(requestId, stream, most))

/** A table of its own, so that what a batch wrote can be counted. */
const notesTable = SqlClient.SqlClient.use((sql) => sql`CREATE TABLE IF NOT EXISTS notes (text TEXT NOT NULL UNIQUE)`)
const notes = SqlClient.SqlClient.use((sql) =>
  Effect.map(sql<{ text: string }>`SELECT text FROM notes ORDER BY text`, (rows) => rows.map((row) => row.text))
)

/** Writes each input as a row and answers with the size of the batch. */
const batchWriter = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* GroupCommit.make({
    maxBatch: 4,
    decides: true,
    write: (inputs: ReadonlyArray<string>) =>
      sql`INSERT INTO notes ${sql.insert(inputs.map((text) => ({ text })) as never)}`.pipe(
        Effect.as(inputs.map((text) => ({ text, batch: inputs.length })))
      )
  })
})

export const restContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`schema on ${name}`, () => {
    test(
      "migrating a migrated database does nothing",
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* Migrations.run, [])
      })
    )
  })

  describe(`group commit on ${name}`, () => {
    test(
      "writes that arrive together share a transaction of bounded size, and each gets its own answer, in order",
      Effect.gen(function* () {
        yield* notesTable
        const write = yield* batchWriter
        const texts = ["a", "b", "c", "d", "e", "f"]
        const answers = yield* Effect.all(texts.map(write), { concurrency: "unbounded" })
        assert.deepStrictEqual(
          answers.map((answer) => answer.text),
          texts
        )
        assert.deepStrictEqual(
          answers.map((answer) => answer.batch),
          [4, 4, 4, 4, 2, 2]
        )
        assert.deepStrictEqual(yield* notes, texts)
      }).pipe(Effect.scoped)
    )
    test(
      "one that fails fails alone: its neighbours are written, once",
      Effect.gen(function* () {
        yield* notesTable
        const write = yield* batchWriter
        yield* write("taken")
        const results = yield* Effect.all(
          ["a", "taken", "b"].map((text) => Effect.result(write(text))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          results.map((result) => result._tag),
          ["Success", "Failure", "Success"]
        )
        assert.deepStrictEqual(yield* notes, ["a", "b", "taken"])
        assert.deepStrictEqual((yield* write("c")).batch, 1)
      }).pipe(Effect.scoped)
    )
    test(
      "a caller that is interrupted has submitted its write all the same",
      Effect.gen(function* () {
        yield* notesTable
        const write = yield* batchWriter
        const fiber = yield* Effect.forkChild(write("a"), { startImmediately: true })
        yield* Fiber.interrupt(fiber)
        yield* write("b")
        assert.deepStrictEqual(yield* notes, ["a", "b"])
      }).pipe(Effect.scoped)
    )
  })

  describe(`logs on ${name}`, () => {
    test(
      "the tail is the end of one stream of one request, in order, across any number of batches (E-107)",
      Effect.gen(function* () {
        const pieces = Array.from({ length: 450 }, (_, index) => `line ${index}\n`)
        yield* Effect.forEach(pieces, (text) => append("1", "stdout", text))
        yield* append("1", "stderr", "other stream\n")
        yield* append("2", "stdout", "other request\n")
        const whole = pieces.join("")
        assert.strictEqual(yield* tail("1", "stdout", 1_000_000), whole)
        for (const most of [0, 1, 7, 100, 3000]) {
          assert.strictEqual(yield* tail("1", "stdout", most), most === 0 ? "" : whole.slice(-most), String(most))
        }
        assert.strictEqual(yield* tail("1", "stderr", 100), "other stream\n")
      })
    )
    test(
      "what comes from a claim that is over is not stored, and its neighbours in the batch are",
      Effect.gen(function* () {
        yield* saveSpec()
        for (const jobId of [101, 102]) yield* deliver({ jobId })
        const [first, other] = yield* claim({ owner: "first" })
        assert.deepStrictEqual([first?.request.fence, other?.request.fence], [1, 1])
        const print = (requestId: string, fence: number, text: string) =>
          LogStore.use((logs) => logs.append({ requestId, fence, stream: "stdout", text }))
        yield* print("101", 1, "one\n")
        yield* ClaimStore.use((claims) => claims.release("first"))
        yield* print("101", 1, "given up, and taken by nobody\n")
        yield* claim({ owner: "second" })
        yield* Effect.all([print("101", 1, "too late\n"), print("102", 2, "other\n"), print("101", 2, "two\n")], {
          concurrency: "unbounded"
        })
        assert.strictEqual(yield* tail("101", "stdout", 1000), "one\ngiven up, and taken by nobody\ntwo\n")
        assert.strictEqual(yield* tail("102", "stdout", 1000), "other\n")
      })
    )
    test(
      "a stream that takes too much keeps its beginning and its end, and says that something is left out",
      Effect.gen(function* () {
        const logs = yield* LogStore
        const chunk = "x".repeat(64 * 1024)
        yield* append("1", "stdout", "the beginning\n")
        for (let index = 0; index < 200; index += 1) yield* append("1", "stdout", chunk)
        yield* append("1", "stdout", "the end\n")
        yield* append("1", "stderr", "other stream\n")
        yield* append("2", "stdout", chunk)
        yield* logs.trim("1", "stdout")
        const kept = yield* tail("1", "stdout", 20_000_000)
        const { beginning, end } = keptCharacters
        assert.isAtMost(kept.length, beginning + end + 200)
        assert.isAtLeast(kept.length, beginning + end - 2 * chunk.length)
        assert.isTrue(kept.startsWith("the beginning\n") && kept.endsWith("the end\n"))
        assert.strictEqual(kept.split("[runnerd] Output is left out here").length, 2)
        yield* logs.trim("1", "stdout")
        assert.strictEqual(yield* tail("1", "stdout", 20_000_000), kept)
        for (let index = 0; index < 10; index += 1) yield* append("1", "stdout", chunk)
        yield* logs.trim("1", "stdout")
        const again = yield* tail("1", "stdout", 20_000_000)
        assert.isAtMost(again.length, beginning + end + 200)
        assert.strictEqual(again.split("[runnerd] Output is left out here").length, 2)
        assert.strictEqual(yield* tail("1", "stderr", 100), "other stream\n")
        assert.strictEqual((yield* tail("2", "stdout", 20_000_000)).length, chunk.length)
      })
    )
    // PostgreSQL reads what is no number here; the statement is the same.
    if (name.startsWith("SQLite")) {
      test(
        "the tail of a long log is read without its beginning (E-115)",
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          // No number that JavaScript has: whoever comes to this row fails.
          yield* sql`INSERT INTO request_logs (id, request_id, stream, at, text)
            VALUES (-9007199254740993, '1', 'stdout', ${instant(0)}, 'the beginning')`
          const lines = Array.from({ length: 2000 }, (_, index) => `line ${index}\n`)
          const rows = lines.map((text) => ({ requestId: "1", stream: "stdout", at: 1, text }))
          yield* sql`INSERT INTO request_logs ${sql.insert(rows as never)}`
          assert.strictEqual(yield* tail("1", "stdout", 5000), lines.join("").slice(-5000))
          const all = yield* Effect.exit(tail("1", "stdout", 1_000_000))
          assert.strictEqual(all._tag, "Failure", "the row is as bad as it is meant to be")
        })
      )
    }
    test(
      "nothing written is an empty log (E-107)",
      Effect.gen(function* () {
        assert.strictEqual(yield* tail("nobody", "stdout", 100), "")
      })
    )
    test(
      "what cannot be stored is lost and fails nobody, its neighbours included",
      Effect.gen(function* () {
        yield* Effect.all(
          [append("1", "stdout", "a"), append("1", "stdout", null as never), append("1", "stdout", "b")],
          {
            concurrency: "unbounded"
          }
        )
        assert.strictEqual(yield* tail("1", "stdout", 100), "ab")
      })
    )
    test(
      "a NUL that a job prints is stored as the sign for what cannot be shown",
      Effect.gen(function* () {
        yield* append("1", "stdout", "a\0b\n")
        assert.strictEqual(yield* tail("1", "stdout", 100), "a\uFFFDb\n")
      })
    )
  })

  describe(`timelines on ${name}`, () => {
    test(
      "the newest 5,000 entries of one request, oldest first",
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const write = (requestId: string, from: number, to: number) =>
          sql`INSERT INTO request_events ${sql.insert(
            Array.from({ length: to - from + 1 }, (_, index) => ({
              requestId,
              at: from + index,
              code: "note",
              message: "A note."
            })) as never
          )}`
        const timesOf = (requestId: string) =>
          TimelineStore.use((timeline) =>
            Effect.map(timeline.of(requestId), (entries) => entries.map((entry) => entry.at))
          )
        yield* write("1", 1, 5010)
        yield* write("2", 1, 2)
        assert.deepStrictEqual(
          yield* timesOf("1"),
          Array.from({ length: 5000 }, (_, index) => index + 11)
        )
        assert.deepStrictEqual(yield* timesOf("2"), [1, 2])
        assert.deepStrictEqual(yield* timesOf("nobody"), [])
      })
    )
  })

  describe(`nodes on ${name}`, () => {
    const lease = 30_000
    /** A process that lives until the scope closes. */
    const life = Effect.fnUntraced(function* (incarnation: string, lockKey: number) {
      const session = yield* NodeSession.use((sessions) => sessions.open(lockKey))
      yield* NodeStore.use((nodes) => nodes.register({ incarnation, host: "h", processId: 1, lockKey }))
      return session
    })
    test(
      "a heartbeat and an end are this incarnation's only, and one that has ended has no heartbeat",
      Effect.gen(function* () {
        const nodes = yield* NodeStore
        const sql = yield* SqlClient.SqlClient
        yield* TestClock.setTime(1000)
        yield* life("one", 1)
        yield* nodes.end("one")
        yield* TestClock.setTime(2000)
        yield* life("two", 2)
        yield* TestClock.setTime(3000)
        assert.isTrue(yield* nodes.heartbeat("two", lease))
        assert.isFalse(yield* nodes.heartbeat("one", lease))
        assert.isFalse(yield* nodes.heartbeat("nobody", lease))
        assert.deepStrictEqual(yield* nodes.alive(lease), ["two"])
        assert.deepStrictEqual(yield* nodes.bury(lease), [])
        const rows = yield* sql`SELECT incarnation, heartbeat_at, ended_at FROM nodes ORDER BY incarnation`
        assert.deepStrictEqual(
          rows.map((row) => ({ ...row })),
          [
            { incarnation: "one", heartbeatAt: 1000, endedAt: 1000 },
            { incarnation: "two", heartbeatAt: 3000, endedAt: null }
          ]
        )
        yield* TestClock.setTime(3000 + 25 * 3600 * 1000)
        yield* nodes.bury(lease)
        assert.isFalse((yield* sql`SELECT incarnation FROM nodes`).some((row) => row["incarnation"] === "one"))
      }).pipe(Effect.scoped)
    )
    test(
      "the first to ask leads, and goes on leading",
      Effect.gen(function* () {
        const { lead } = yield* life("one", 1)
        assert.isTrue(yield* lead)
        assert.isTrue(yield* lead)
      }).pipe(Effect.scoped)
    )
  })

  describe(`instance on ${name}`, () => {
    test(
      "its id and tag are lower-case letters and digits, fit for a runner's name",
      Effect.gen(function* () {
        const { id, tag } = yield* Instance
        assert.match(id, /^[a-z2-9]{16}$/)
        assert.isTrue(id.startsWith(tag))
        assert.strictEqual(tag.length, 6)
      })
    )
  })
}
