// Handlers of the webhook deliveries. A replay reads the stored payload as intake does and asks the very admission.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { admit } from "../../domain/Admission.ts"
import type { JobFacts } from "../../domain/WorkflowJob.ts"
import { decodeWebhook } from "../../services/github/WebhookPayload.ts"
import { CatalogStore } from "../../services/store/CatalogStore.ts"
import { type DeliveryRow, DeliveryStore, type StoredDelivery } from "../../services/store/DeliveryStore.ts"
import { asStoreError } from "../../services/store/StoreError.ts"
import { Api } from "../api/Api.ts"
import { Conflict } from "../api/ApiErrors.ts"
import type { DeliveryDetailView, DeliveryView } from "../api/DeliveriesApi.ts"
import { matchView } from "./AdmissionViews.ts"
import { notFound } from "./CatalogChanges.ts"
import { pageOf } from "./Paging.ts"
import { orUnavailable } from "./StoreFailures.ts"
import { time, optionalTime } from "./Times.ts"

const deliveryView = (row: DeliveryRow): DeliveryView => ({
  id: row.id,
  guid: row.guid,
  received_at: time(row.receivedAt),
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

const jobView = (facts: JobFacts): DeliveryDetailView["job"] => ({
  name: facts.name,
  workflow_name: facts.workflowName,
  labels: facts.labels,
  status: facts.status,
  conclusion: facts.conclusion,
  runner_name: facts.runnerName,
  workflow_run_id: facts.runId,
  run_attempt: facts.runAttempt,
  head_branch: facts.headBranch,
  head_sha: facts.headSha,
  pull_request_number: facts.pullRequestNumber,
  github_job_url: facts.url,
  created_at: optionalTime(facts.createdAt),
  started_at: optionalTime(facts.startedAt),
  completed_at: optionalTime(facts.completedAt)
})

/** Null: the payload is kept no more. */
const eventOf = ({ body, delivery }: StoredDelivery) =>
  body === null ? null : Result.getOrNull(decodeWebhook(delivery.event, body))

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

    const storedOf = Effect.fnUntraced(function* (id: number) {
      const found = yield* deliveries.get(id)
      return Option.isNone(found) ? yield* notFound("no such delivery") : found.value
    })

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query, request }) {
        const { limit } = pageOf(query)
        const { before, event, guid, outcome, path, repository, workflow_job_id: jobId } = query
        const asked = { limit, before, guid, path, event, outcome, repository, jobId }
        const { deliveries: shown, next } = yield* deliveries.list(asked)
        return HttpApiSchema.withHeaders({
          body: shown.map(deliveryView),
          headers: next === null ? {} : { link: nextPage(request.url, next) }
        })
      }, orUnavailable),
      get: Effect.fnUntraced(function* ({ params }) {
        const stored = yield* storedOf(params.id)
        const event = eventOf(stored)
        return { ...deliveryView(stored.delivery), job: event?._tag === "WorkflowJob" ? jobView(event.facts) : null }
      }, orUnavailable),
      replay: Effect.fnUntraced(
        function* ({ params }) {
          const stored = yield* storedOf(params.id)
          const { delivery } = stored
          const event = eventOf(stored)
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
