// What changes in the store, told to whoever listens in this process.
//
// Answers for: one look at the database per kind of change and second, however many listen, and none while nobody does.
// News of this process brings the next look forward. Another node's changes are found by looking. Not for what a listener
// makes of a change (http/handlers/RequestStreams.ts).
// Gotcha: rows are found by when they were written, and a transaction may commit after a later one has: each look goes back
// a little and leaves out what was told already. What commits later than that is told when it changes next.
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as RcRef from "effect/RcRef"
import type * as Scope from "effect/Scope"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type * as Schema from "effect/Schema"
import { Wakeup } from "../Wakeup.ts"
import { instant } from "./Dialect.ts"
import { decodeJobs } from "./JobRow.ts"
import type { SeenRequest } from "./OperatorStore.ts"
import { ReadClient } from "./ReadClient.ts"
import { decodeRequests } from "./RequestRow.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** More has changed than is worth telling one by one. */
export type Changes = ReadonlyArray<SeenRequest> | "too many"

type Tell<A> = (changes: A) => void
type Failure = SqlError | Schema.SchemaError

const every = Duration.seconds(1)
/** A burst of news is one look. */
const atMostEvery = Duration.millis(100)
/** How far a look goes back in time, and in rows. */
const overlapMillis = 5_000
const overlapRows = 500
const mostRequests = 1_000
const mostRows = 10_000

const withJobs = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, ids: ReadonlyArray<string>) {
  const requests = yield* sql`SELECT * FROM runner_requests WHERE ${sql.in("id", ids)}
    ORDER BY updated_at, id`.pipe(Effect.flatMap(decodeRequests))
  const jobIds = requests.flatMap(({ jobId }) => jobId ?? [])
  const jobs =
    jobIds.length === 0
      ? []
      : yield* sql`SELECT * FROM workflow_jobs WHERE ${sql.in("job_id", jobIds)}`.pipe(Effect.flatMap(decodeJobs))
  const byId = new Map(jobs.map((job) => [job.jobId, job]))
  return requests.map((request): SeenRequest => ({ request, job: byId.get(request.jobId ?? -1) }))
})

const changedSince = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, since: number) {
  const rows = yield* sql<{ id: string }>`SELECT id FROM runner_requests
    WHERE updated_at >= ${instant(since - overlapMillis)} LIMIT ${mostRequests + 1}`
  if (rows.length > mostRequests) return "too many"
  return rows.length === 0
    ? []
    : yield* withJobs(
        sql,
        rows.map(({ id }) => id)
      )
})

/** What was written since the look before. */
const changedRequests = (sql: SqlClient.SqlClient, begun: number) => {
  let since = begun
  let told = new Map<string, string>()
  return Effect.gen(function* () {
    const rows = yield* sql<Record<string, string | number | null> & { id: string; updatedAt: number }>`
      SELECT id, updated_at, status, stage, attempt, fence, facts_version, handled_version, sandbox_id, assigned_job_id
      FROM runner_requests WHERE updated_at >= ${instant(since - overlapMillis)} LIMIT ${mostRows}`
    const seen = new Map(rows.map((row) => [row.id, JSON.stringify(row)]))
    const news = rows.filter(({ id }) => told.get(id) !== seen.get(id)).map(({ id }) => id)
    const changes: Changes =
      rows.length === mostRows || news.length > mostRequests
        ? "too many"
        : news.length === 0
          ? []
          : yield* withJobs(sql, news)
    told = seen
    since = rows.reduce((newest, { updatedAt }) => Math.max(newest, updatedAt), since)
    return changes
  })
}

/** The requests to which a table that only grows got rows since the look before. */
const grown = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, table: "request_events" | "request_logs") {
  const [newest] = yield* sql<{ id: number | null }>`SELECT max(id) AS id FROM ${sql(table)}`
  let last = newest?.id ?? 0
  const before = yield* sql<{ id: number }>`SELECT id FROM ${sql(table)} WHERE id > ${last - overlapRows}`
  let told = new Set(before.map(({ id }) => id))
  return Effect.gen(function* () {
    const rows = yield* sql<{ id: number; requestId: string }>`SELECT id, request_id FROM ${sql(table)}
      WHERE id > ${last - overlapRows} ORDER BY id LIMIT ${mostRows}`
    const news = rows.filter(({ id }) => !told.has(id))
    told = new Set(rows.map(({ id }) => id))
    last = rows.reduce((highest, { id }) => Math.max(highest, id), last)
    return [...new Set(news.map(({ requestId }) => requestId))]
  })
})

const make = Effect.gen(function* () {
  const sql = yield* ReadClient
  const clock = yield* StoreClock
  const wakeup = yield* Wakeup

  /** Looks while somebody listens, and tells all listeners alike. */
  const feed = Effect.fnUntraced(function* <A extends Changes | ReadonlyArray<string>>(
    begin: Effect.Effect<Effect.Effect<A, Failure>, Failure>
  ) {
    const watched = yield* RcRef.make({
      acquire: Effect.gen(function* () {
        const listeners = new Set<Tell<A>>()
        const news = yield* wakeup.subscribe
        const look = yield* begin
        const turn = Effect.gen(function* () {
          yield* Effect.raceFirst(Effect.sleep(every), PubSub.takeAll(news))
          const changes = yield* look
          if (changes.length > 0) for (const tell of listeners) tell(changes)
          yield* Effect.sleep(atMostEvery)
        })
        yield* Effect.ignore(turn, { log: "Debug" }).pipe(Effect.forever, Effect.forkScoped)
        return listeners
      })
    })
    return (tell: Tell<A>) =>
      Effect.flatMap(RcRef.get(watched), (listeners) =>
        Effect.acquireRelease(
          Effect.sync(() => listeners.add(tell)),
          () => Effect.sync(() => listeners.delete(tell))
        )
      ).pipe(Effect.asVoid, asStoreError("listen"))
  })

  const requests = yield* feed<Changes>(Effect.map(clock.now, (now) => changedRequests(sql, now)))

  return ChangeFeed.of({
    requests: (tell) => Effect.flatMap(clock.now, (now) => Effect.as(requests(tell), now)),
    changedSince: Effect.fn("ChangeFeed.changedSince")(
      (since: number): Effect.Effect<Changes, Failure> => changedSince(sql, since),
      asStoreError("changedSince")
    ),
    timelines: yield* feed<ReadonlyArray<string>>(grown(sql, "request_events")),
    logs: yield* feed<ReadonlyArray<string>>(grown(sql, "request_logs"))
  })
})

/** Calls `tell` with all that changes from now on, until the scope closes. It must return at once. */
type Listen<A, B> = (tell: Tell<A>) => Effect.Effect<B, StoreError, Scope.Scope>

export class ChangeFeed extends Context.Service<
  ChangeFeed,
  {
    /** Requests as they are after the change, the last changed at the end. Gives the time it begins at. */
    readonly requests: Listen<Changes, number>
    /** What was changed at this time or later, and a little before. */
    readonly changedSince: (since: number) => Effect.Effect<Changes, StoreError>
    /** Ids of requests whose timeline has new entries. */
    readonly timelines: Listen<ReadonlyArray<string>, void>
    /** Ids of requests whose runner has printed something. */
    readonly logs: Listen<ReadonlyArray<string>, void>
  }
>()("runnerd/services/store/ChangeFeed") {
  static readonly layer = Layer.effect(ChangeFeed, make)
}
