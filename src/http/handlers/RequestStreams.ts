// Handlers of live requests, timelines and logs.
//
// Answers for: what of a change is told to one client, and where a client that comes back is taken up again. A stream tells
// how things are, not each step: what changed twice before the client took it is told once.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { Reason } from "../../domain/Explanation.ts"
import { matches, type RequestFilter } from "../../domain/RequestFilter.ts"
import type { TimelineEntry } from "../../domain/Timeline.ts"
import { ChangeFeed, type Changes } from "../../services/store/ChangeFeed.ts"
import { LogStore, type LogStream } from "../../services/store/LogStore.ts"
import type { SeenRequest } from "../../services/store/OperatorStore.ts"
import { RequestStore } from "../../services/store/RequestStore.ts"
import type { StoreError } from "../../services/store/StoreError.ts"
import { TimelineStore } from "../../services/store/TimelineStore.ts"
import { Api } from "../api/Api.ts"
import type { LogEvent, RequestEvent, TimelineEvent } from "../api/RequestStreamsApi.ts"
import { LiveStreams } from "../LiveStreams.ts"
import { Unsent } from "../Unsent.ts"
import { notFound } from "./CatalogChanges.ts"
import { filterOf } from "./RequestQuery.ts"
import { controlLog, listedView, logCharacters, timelineView } from "./RequestViews.ts"
import { orUnavailable } from "./StoreFailures.ts"
import { waitingReasonsOfChanges } from "./WaitingReasons.ts"

/** More than these at once are not told one by one. */
const mostUnsent = 2_000
/** How far below the newest id a row may still appear: its transaction was begun earlier and committed later. */
const window = 1_000

/** A stream that ends when the database fails: the client connects again, and is told then that it is not there. */
const endWithStore = <A>(stream: Stream.Stream<A, StoreError>): Stream.Stream<A> =>
  Stream.catchCause(stream, (cause) => Stream.drain(Stream.fromEffect(Effect.logWarning("A live stream ended", cause))))

const lastOf = (headers: { readonly "last-event-id"?: string | undefined }) =>
  headers["last-event-id"] === undefined ? undefined : Number(headers["last-event-id"])

/** Undefined for what the list has nothing to do with. */
const requestEvent = (
  filter: RequestFilter,
  { job, request }: SeenRequest,
  waiting: Reason | null
): RequestEvent | undefined => {
  const id = String(request.updatedAt)
  if (matches(filter, request, job)) return { id, event: "request", data: listedView(request, job, waiting) }
  // What never changes of a request tells that it has never been in the list.
  const ever = { ...filter, statuses: null, failureReason: null, prefix: null, specName: null }
  return matches(ever, request, job) ? { id, event: "left", data: { id: request.id } } : undefined
}

const reset: RequestEvent = { event: "reset", data: {} }

export const layer = HttpApiBuilder.group(
  Api,
  "runnerRequestStreams",
  Effect.fnUntraced(function* (handlers) {
    const feed = yield* ChangeFeed
    const requests = yield* RequestStore
    const timeline = yield* TimelineStore
    const logs = yield* LogStore
    const live = yield* LiveStreams
    const reasonsOf = yield* waitingReasonsOfChanges

    const known = Effect.fnUntraced(function* (id: string) {
      if (Option.isNone(yield* requests.get(id))) return yield* notFound("runner not found")
    })

    const changes = (filter: RequestFilter, last: number | undefined) =>
      Effect.gen(function* () {
        const unsent = new Unsent<string, SeenRequest>(mostUnsent)
        const put = (all: Changes) => {
          if (all === "too many") unsent.overflow()
          else for (const each of all) unsent.put(each.request.id, each)
        }
        const since = yield* feed.requests(put)
        if (last !== undefined) put(yield* feed.changedSince(last))
        const ready: RequestEvent = { id: String(last ?? since), event: "ready", data: {} }
        const next = Effect.gen(function* () {
          const { overflown, values } = yield* unsent.take
          if (overflown) return [reset]
          const waiting = yield* reasonsOf(values)
          return values.flatMap((each, index) => requestEvent(filter, each, waiting[index] ?? null) ?? [])
        })
        return Stream.concat(Stream.succeed(ready), Stream.flattenIterable(Stream.fromEffectRepeat(next)))
      })

    /** `read` at once, and again whenever `listen` tells of the request. */
    const whenever = <A>(
      id: string,
      listen: (tell: (ids: ReadonlyArray<string>) => void) => Effect.Effect<void, StoreError, Scope.Scope>,
      read: Effect.Effect<ReadonlyArray<A>, StoreError>
    ) =>
      Effect.gen(function* () {
        const unsent = new Unsent<"anything", true>(1)
        yield* listen((ids) => {
          if (ids.includes(id)) unsent.put("anything", true)
        })
        unsent.put("anything", true)
        return Stream.flattenIterable(Stream.fromEffectRepeat(Effect.andThen(unsent.take, read)))
      })

    /** The entries after `last`, each once, however late it was committed. */
    const newEntries = (id: string, last: number | undefined) => {
      let newest = last ?? 0
      let sent = new Set<number>()
      let begun = false
      return Effect.map(
        Effect.suspend(() => timeline.after(id, begun ? newest - window : newest)),
        (entries): ReadonlyArray<TimelineEntry> => {
          const news = entries.filter((entry) => !sent.has(entry.id))
          begun = true
          sent = new Set([...sent, ...news.map((entry) => entry.id)].filter((each) => each > newest - window))
          newest = Math.max(newest, ...news.map((entry) => entry.id))
          return news
        }
      )
    }

    const entryEvents = (entries: ReadonlyArray<TimelineEntry>) =>
      entries.map((entry): TimelineEvent => ({ id: String(entry.id), event: "entry", data: timelineView(entry) }))

    const controlEvents = (entries: ReadonlyArray<TimelineEntry>, longest: number): ReadonlyArray<LogEvent> => {
      const last = entries.at(-1)
      if (last === undefined) return []
      return [{ id: String(last.id), event: "text", data: { text: controlLog(entries).slice(-longest) } }]
    }

    const newText = (id: string, stream: LogStream, last: number | undefined, longest: number) => {
      let newest = last
      return Effect.gen(function* () {
        const found =
          newest === undefined ? [yield* logs.end(id, stream, longest)] : yield* logs.after(id, stream, newest)
        newest = found.at(-1)?.last ?? newest
        return found
          .filter(({ text }) => text !== "")
          .map((part): LogEvent => ({ id: String(part.last), event: "text", data: { text: part.text } }))
      })
    }

    return handlers.handleAll({
      requests: ({ headers, query }) =>
        live.start(endWithStore(Stream.unwrap(changes(filterOf(query), lastOf(headers))))),
      events: Effect.fnUntraced(function* ({ headers, params }) {
        yield* known(params.id)
        const read = Effect.map(newEntries(params.id, lastOf(headers)), entryEvents)
        return yield* live.start(endWithStore(Stream.unwrap(whenever(params.id, feed.timelines, read))))
      }, orUnavailable),
      logs: Effect.fnUntraced(function* ({ headers, params, query: { tail = logCharacters } }) {
        yield* known(params.id)
        const last = lastOf(headers)
        if (params.name === "control.log") {
          const read = Effect.map(newEntries(params.id, last), (entries) => controlEvents(entries, tail))
          return yield* live.start(endWithStore(Stream.unwrap(whenever(params.id, feed.timelines, read))))
        }
        const read = newText(params.id, params.name === "stdout.log" ? "stdout" : "stderr", last, tail)
        return yield* live.start(endWithStore(Stream.unwrap(whenever(params.id, feed.logs, read))))
      }, orUnavailable)
    })
  })
)
