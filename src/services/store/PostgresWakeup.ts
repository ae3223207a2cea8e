// Wake-ups between nodes, by LISTEN and NOTIFY.
//
// Answers for: news of this process at once, and of the others as soon as PostgreSQL tells. Sending is a fiber's task, so
// that no answer to GitHub waits for it. Gotchas: what is lost (a broken connection, a full queue) is found by polling; a
// payload holds 8,000 bytes, so ids that would not fit are left out.
import * as PgConnection from "@effect/sql-pg/PgConnection"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { type News, Wakeup } from "../Wakeup.ts"
import { session } from "./PostgresClient.ts"
import { randomId } from "./RandomId.ts"

const channel = "runnerd_news"
const mostIds = 200
const waiting = 256

const Message = Schema.fromJsonString(
  Schema.Struct({ from: Schema.String, requestIds: Schema.Array(Schema.String), newRequests: Schema.Boolean })
)
const decode = Schema.decodeUnknownEffect(Message)
const encode = Schema.encodeSync(Message)

const together = (items: ReadonlyArray<News>): News => ({
  requestIds: [...new Set(items.flatMap((item) => item.requestIds))].slice(0, mostIds),
  newRequests: items.some((item) => item.newRequests)
})

const make = Effect.fnUntraced(function* (config: PgConnection.Config) {
  const sql = yield* SqlClient.SqlClient
  const news = yield* PubSub.unbounded<News>()
  const outgoing = yield* Queue.sliding<News>(waiting)
  const from = yield* randomId(12)

  const send = Effect.gen(function* () {
    const item = together(yield* Queue.takeBetween(outgoing, 1, waiting))
    yield* sql`SELECT pg_notify(${channel}, ${encode({ from, ...item })})`
  })
  yield* Effect.ignore(send).pipe(Effect.forever, Effect.forkScoped)

  const listen = Effect.gen(function* () {
    const connection = yield* PgConnection.make({ ...config, ...session, keepAlive: "5 seconds" })
    const heard = yield* connection.listen(channel)
    yield* Queue.take(heard).pipe(
      Effect.flatMap(({ payload }) => Effect.option(decode(payload))),
      Effect.flatMap((message) =>
        message._tag === "Some" && message.value.from !== from ? PubSub.publish(news, message.value) : Effect.void
      ),
      Effect.forever
    )
  }).pipe(Effect.scoped)
  yield* Effect.ignore(listen).pipe(Effect.repeat(Schedule.spaced("1 second")), Effect.forkScoped)

  return Wakeup.of({
    notify: (item) =>
      item.newRequests || item.requestIds.length > 0
        ? Effect.andThen(PubSub.publish(news, item), Queue.offer(outgoing, item))
        : Effect.void,
    subscribe: PubSub.subscribe(news)
  })
})

export const layer = (config: PgConnection.Config) => Layer.effect(Wakeup, make(config))
