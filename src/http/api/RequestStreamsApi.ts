// Live requests, timelines and logs as server-sent events: the contract.
//
// Gotchas: the token travels in the Authorization header as always, so a browser reads these with fetch, not with
// EventSource. A stream ends when the server stops, the database fails or the client is too slow to be kept: connect again
// with the id of the last event as `Last-Event-ID`.
import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import { NotFound, Unavailable } from "./ApiErrors.ts"
import { Authorization } from "./Authorization.ts"
import { filterQuery } from "./RequestListQuery.ts"
import { ListedRequestView, LogName, TimelineEntryView, tailQuery } from "./RequestsApi.ts"
import { SchemaErrors } from "./SchemaErrors.ts"

const event = <const Name extends string, Data extends Schema.ConstraintCodec<unknown, unknown>>(
  name: Name,
  data: Data
) =>
  Schema.Struct({
    id: Schema.optionalKey(Schema.String).annotateKey({ description: "For `Last-Event-ID`, to resume after it." }),
    event: Schema.Literal(name).annotate({ description: "What kind of event it is." }),
    data: Schema.fromJsonString(data).annotateKey({ description: "JSON." })
  })

const Nothing = Schema.Struct({})

const heartbeat = event("heartbeat", Nothing)

const RequestEvent = Schema.Union([
  event("ready", Nothing),
  event("request", ListedRequestView),
  event("left", Schema.Struct({ id: Schema.String.annotate({ description: "The request's id." }) })),
  event("reset", Nothing),
  heartbeat
]).annotate({
  description:
    "`ready` once all later changes will be told; `request`: one as it is now, new or changed; `left`: one that changed and is not in the list (any more); `reset`: too much has changed to be told, read the list anew; `heartbeat` every 15 seconds at least."
})
export type RequestEvent = typeof RequestEvent.Type

const TimelineEvent = Schema.Union([event("entry", TimelineEntryView), heartbeat]).annotate({
  description: "`entry`: one entry of the timeline, the oldest first; `heartbeat` every 15 seconds at least."
})
export type TimelineEvent = typeof TimelineEvent.Type

const LogEvent = Schema.Union([
  event("text", Schema.Struct({ text: Schema.String.annotate({ description: "What was printed." }) })),
  heartbeat
]).annotate({
  description: "`text`: what comes next in the log, first its last 256 KiB; `heartbeat` every 15 seconds at least."
})
export type LogEvent = typeof LogEvent.Type

const resumed = {
  "last-event-id": Schema.optionalKey(Schema.String.check(Schema.isPattern(/^\d{1,15}$/))).annotate({
    description: "The id of the last event that arrived: what came after it is told first."
  })
}

const id = { id: Schema.String.annotate({ description: "The request's id." }) }

export class RequestStreamsApi extends HttpApiGroup.make("runnerRequestStreams")
  .add(
    HttpApiEndpoint.get("requests", "/runner_requests/stream", {
      headers: resumed,
      query: filterQuery,
      success: HttpApiSchema.StreamSse({ events: RequestEvent }),
      error: Unavailable
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Follow the list of requests",
        description:
          "Changes of the requests that the list with these filters shows. Connect, wait for `ready`, read the list, then apply what comes; what comes may already be in the list. What a request waits for is told with its changes: when a limit changes and no request does, nothing is told."
      })
    ),
    HttpApiEndpoint.get("events", "/runner_requests/:id/events/stream", {
      headers: resumed,
      params: id,
      success: HttpApiSchema.StreamSse({ events: TimelineEvent }),
      error: [NotFound, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Follow a timeline",
        description: "The request's timeline, and every new entry as it is written."
      })
    ),
    HttpApiEndpoint.get("logs", "/runner_requests/:id/logs/:name/stream", {
      headers: resumed,
      params: { ...id, name: LogName },
      query: tailQuery,
      success: HttpApiSchema.StreamSse({ events: LogEvent }),
      error: [NotFound, Unavailable]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Follow a log",
        description: "The end of the log, as long as `tail` says, and everything that is added to it."
      })
    )
  )
  .middleware(SchemaErrors)
  .middleware(Authorization)
  .annotateMerge(
    OpenApi.annotations({ title: "Live requests", description: "Server-sent events; at most 500 streams at once." })
  ) {}
