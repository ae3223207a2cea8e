// Handlers of the webhook deliveries. A replay reads the stored payload as intake does and asks the very admission.
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { admit } from "../../domain/Admission.ts"
import { decodeWebhook } from "../../services/github/WebhookPayload.ts"
import { CatalogStore } from "../../services/store/CatalogStore.ts"
import { type DeliveryRow, DeliveryStore } from "../../services/store/DeliveryStore.ts"
import { asStoreError } from "../../services/store/StoreError.ts"
import { Api } from "../api/Api.ts"
import { Conflict } from "../api/ApiErrors.ts"
import type { DeliveryView } from "../api/DeliveriesApi.ts"
import { matchView } from "./AdmissionViews.ts"
import { notFound } from "./CatalogChanges.ts"
import { pageOf } from "./Paging.ts"
import { orUnavailable } from "./StoreFailures.ts"

const deliveryView = (row: DeliveryRow): DeliveryView => ({
  id: row.id,
  guid: row.guid,
  received_at: DateTime.formatIso(DateTime.makeUnsafe(row.receivedAt)),
  times_received: row.timesReceived,
  path: row.path,
  event: row.event,
  action: row.action,
  repository_full_name: row.repository,
  installation_id: row.installationId,
  workflow_job_id: row.jobId,
  outcome: row.outcome,
  has_body: row.hasBody === 1
})

const nextPage = (url: string, last: number) => {
  const { pathname, searchParams } = new URL(url, "http://host")
  searchParams.set("before", String(last))
  return `<${pathname}?${searchParams.toString()}>; rel="next"`
}

export const layer = HttpApiBuilder.group(
  Api,
  "webhookDeliveries",
  Effect.fnUntraced(function* (handlers) {
    const deliveries = yield* DeliveryStore
    const catalogStore = yield* CatalogStore
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query, request }) {
        const { limit } = pageOf(query)
        // One more than is shown tells whether there are more.
        const rows = yield* deliveries.list({ limit: limit + 1, before: query.before, guid: query.guid })
        const shown = rows.slice(0, limit)
        const last = shown.at(-1)
        return HttpApiSchema.withHeaders({
          body: shown.map(deliveryView),
          headers: rows.length > limit && last !== undefined ? { link: nextPage(request.url, last.id) } : {}
        })
      }, orUnavailable),
      replay: Effect.fnUntraced(
        function* ({ params }) {
          const found = yield* deliveries.get(params.id)
          if (Option.isNone(found)) return yield* notFound("no such delivery")
          const { body, delivery } = found.value
          const event = body === null ? null : Result.getOrNull(decodeWebhook(delivery.event, body))
          if (delivery.jobId !== null && event === null) {
            return yield* new Conflict({ error: "the delivery's payload is kept no more", code: "payload_gone" })
          }
          const admission =
            event?._tag === "WorkflowJob"
              ? matchView(
                  event.facts.repository,
                  event.facts.labels,
                  admit({
                    repository: event.facts.repository,
                    labels: event.facts.labels,
                    catalog: yield* catalogStore.current
                  })
                )
              : null
          return { delivery: deliveryView(delivery), admission }
        },
        asStoreError("replay"),
        orUnavailable
      )
    })
  })
)
