// Handlers of the runner requests.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { JobStore } from "../../services/store/JobStore.ts"
import { LogStore } from "../../services/store/LogStore.ts"
import { ManualStore } from "../../services/store/ManualStore.ts"
import { OperatorStore, type SeenRequest } from "../../services/store/OperatorStore.ts"
import { RequestSearch } from "../../services/store/RequestSearch.ts"
import { RequestStore } from "../../services/store/RequestStore.ts"
import { TimelineStore } from "../../services/store/TimelineStore.ts"
import { Api } from "../api/Api.ts"
import { Conflict } from "../api/ApiErrors.ts"
import { CurrentActor } from "../api/Authorization.ts"
import { refusalError } from "./AdmissionErrors.ts"
import { changeOf, notFound, orPreconditionFailed } from "./CatalogChanges.ts"
import { type Conditions, withEntityTag } from "./EntityTag.ts"
import { pageOf, withPage } from "./Paging.ts"
import { filterOf, sortOf } from "./RequestQuery.ts"
import { controlLog, listedView, logCharacters, requestView, timelineView } from "./RequestViews.ts"
import { orUnavailable } from "./StoreFailures.ts"
import { waitingReasons } from "./WaitingReasons.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "runnerRequests",
  Effect.fnUntraced(function* (handlers) {
    const requests = yield* RequestStore
    const search = yield* RequestSearch
    const jobs = yield* JobStore
    const timeline = yield* TimelineStore
    const logs = yield* LogStore
    const operator = yield* OperatorStore
    const manual = yield* ManualStore
    const reasonsOf = yield* waitingReasons

    const unknown = notFound("runner not found")

    const view = Effect.fnUntraced(function* (request: RunnerRequest) {
      const [job] = yield* jobs.named(request.jobId === null ? [] : [request.jobId])
      return withEntityTag(requestView(request, job))
    })

    const changeWith = (headers: Conditions) =>
      changeOf(headers, ({ job, request }: SeenRequest) => requestView(request, job))

    const find = Effect.fnUntraced(function* (id: string) {
      const request = yield* requests.get(id)
      if (Option.isSome(request)) return request.value
      return yield* unknown
    })

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query, request }) {
        const page = pageOf(query)
        const asked = { filter: filterOf(query), sort: sortOf(query), page, exactTotal: query.total === "exact" }
        const { exact, requests: rows, total } = yield* search.search(asked)
        const known = yield* jobs.listed(rows.flatMap((row) => row.jobId ?? []))
        const byId = new Map(known.map((job) => [job.jobId, job]))
        const seen = rows.map((row) => ({ request: row, job: byId.get(row.jobId ?? -1) }))
        const waiting = yield* reasonsOf(seen)
        const views = seen.map((each, index) => listedView(each.request, each.job, waiting[index] ?? null))
        const { body, headers } = withPage(request, page, total, views)
        return HttpApiSchema.withHeaders({
          body,
          headers: { ...headers, "x-total-count-exact": exact ? ("true" as const) : ("false" as const) }
        })
      }, orUnavailable),
      get: Effect.fnUntraced(function* ({ params }) {
        return yield* view(yield* find(params.id))
      }, orUnavailable),
      create: Effect.fnUntraced(function* ({ payload }) {
        const input = {
          id: payload.id,
          repository: payload.repository_full_name,
          specName: payload.runner_spec_name ?? undefined,
          labels: (payload.labels ?? []).map((label) => label.trim()).filter((label) => label !== "")
        }
        const answer = yield* manual.create(input, (yield* CurrentActor).name)
        switch (answer._tag) {
          case "Created":
            return yield* view(answer.request)
          case "Existing": {
            // Of two answers of one shape the contract can only tell the first.
            const { body, headers } = yield* view(answer.request)
            return HttpServerResponse.jsonUnsafe(body, { status: 200, headers })
          }
          case "Taken":
            return yield* new Conflict({ error: "a workflow job's request has this id", code: "already_exists" })
          case "Refused":
            return yield* refusalError(answer.refusal)
        }
      }, orUnavailable),
      stop: Effect.fnUntraced(
        function* ({ headers, params, query }) {
          const asked = yield* operator.stop(params.id, query.reason ?? null, yield* changeWith(headers))
          if (Option.isNone(asked)) return yield* unknown
          return yield* view(asked.value)
        },
        orPreconditionFailed,
        orUnavailable
      ),
      retry: Effect.fnUntraced(
        function* ({ headers, params }) {
          const answer = yield* operator.retry(params.id, yield* changeWith(headers))
          if (Option.isNone(answer)) return yield* unknown
          if (answer.value._tag === "Retried") return yield* view(answer.value.request)
          return yield* new Conflict({ error: answer.value.message, code: "retry_not_allowed" })
        },
        orPreconditionFailed,
        orUnavailable
      ),
      events: Effect.fnUntraced(function* ({ params }) {
        yield* find(params.id)
        return (yield* timeline.of(params.id)).map(timelineView)
      }, orUnavailable),
      logs: Effect.fnUntraced(function* ({ params, query }) {
        yield* find(params.id)
        const length = query.tail ?? logCharacters
        const body =
          params.name === "control.log"
            ? controlLog(yield* timeline.of(params.id)).slice(-length)
            : yield* logs.tail(params.id, params.name === "stdout.log" ? "stdout" : "stderr", length)
        const file = { "content-disposition": `attachment; filename="${params.id}-${params.name}"` }
        return HttpApiSchema.withHeaders({
          body,
          headers: { "cache-control": "no-store", ...(query.download === "true" ? file : {}) }
        })
      }, orUnavailable)
    })
  })
)
