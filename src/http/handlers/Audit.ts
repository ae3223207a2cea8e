// Handler of the audit events.
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { AuditEvent } from "../../domain/AuditEvent.ts"
import { AuditStore } from "../../services/store/AuditStore.ts"
import { Api } from "../api/Api.ts"
import type { AuditEventView } from "../api/AuditApi.ts"
import { pageOf, withPage } from "./Paging.ts"
import { orUnavailable } from "./StoreFailures.ts"
import { time } from "./Times.ts"

const eventView = (event: AuditEvent): AuditEventView => ({
  id: event.id,
  created_at: time(event.at),
  actor: event.actor,
  action: event.action,
  resource_type: event.resourceType,
  resource_id: event.resourceId,
  before: event.before,
  after: event.after,
  payload_json: JSON.stringify(event.after ?? event.before)
})

export const layer = HttpApiBuilder.group(
  Api,
  "auditEvents",
  Effect.fnUntraced(function* (handlers) {
    const audit = yield* AuditStore
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query, request }) {
        const page = pageOf(query)
        const { action, actor, resource_id: resourceId, resource_type: resourceType } = query
        const { events, total } = yield* audit.list(page, { action, actor, resourceId, resourceType })
        return withPage(request, page, total, events.map(eventView))
      }, orUnavailable)
    })
  })
)
