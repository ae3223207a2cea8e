// REST routes of the App's webhook deliveries.
//
// Answers for: listing (newest first, by cursor), reading and redelivering them.
// Gotcha: pages go by `cursor`, not by `page`; the cursor is opaque and stands in the Link header.
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import { notFound } from "../machine/Refused.ts"
import type { Delivery, DeliveryLog } from "../hooks/DeliveryLog.ts"
import type { WebhookSender } from "../hooks/WebhookSender.ts"
import type { Call, Route } from "./Route.ts"
import { numberParam } from "./Route.ts"

export const deliverySummary = (delivery: Delivery) => ({
  id: delivery.id,
  guid: delivery.guid,
  delivered_at: new Date(delivery.deliveredAt).toISOString(),
  redelivery: delivery.redelivery,
  duration: delivery.durationSeconds,
  status: delivery.status,
  status_code: delivery.statusCode,
  event: delivery.webhook.event,
  action: delivery.webhook.action,
  installation_id: delivery.webhook.installationId,
  repository_id: delivery.webhook.repositoryId,
  throttled_at: null
})

const cursorOf = (delivery: Delivery): string => Buffer.from(`v1_${delivery.id}`).toString("base64url")

export const hookRoutes = (machine: GitHubMachine, log: DeliveryLog, sender: WebhookSender): ReadonlyArray<Route> => {
  const deliveryOf = (call: Call): Delivery => {
    const delivery = log.find(numberParam(call, "delivery_id"))
    if (delivery === null) throw notFound()
    return delivery
  }

  return [
    {
      method: "GET",
      path: "/app/hook/deliveries",
      operation: "apps/list-webhook-deliveries",
      appOnly: true,
      handle: (call) => {
        const perPage = Math.min(100, Number(call.query.get("per_page") ?? 30) || 30)
        const status = call.query.get("status")
        const matching = log.ended().filter((delivery) => {
          if (status === null) return true
          return (delivery.status === "OK") === (status === "success")
        })
        const cursor = call.query.get("cursor")
        const start = cursor === null ? 0 : matching.findIndex((delivery) => cursorOf(delivery) === cursor)
        const from = Math.max(0, start)
        const next = matching[from + perPage]
        const query = new URLSearchParams(call.query)
        if (next !== undefined) query.set("cursor", cursorOf(next))
        const link = `<${machine.serverUrl}/app/hook/deliveries?${query.toString()}>; rel="next"`
        const body = matching.slice(from, from + perPage).map(deliverySummary)
        return { status: 200, body, headers: next === undefined ? {} : { Link: link } }
      }
    },
    {
      method: "GET",
      path: "/app/hook/deliveries/{delivery_id}",
      operation: "apps/get-webhook-delivery",
      appOnly: true,
      handle: (call) => {
        const delivery = deliveryOf(call)
        const payload: unknown = JSON.parse(delivery.webhook.body)
        const body = {
          ...deliverySummary(delivery),
          url: delivery.url,
          request: { headers: delivery.requestHeaders, payload },
          response: { headers: delivery.responseHeaders, payload: delivery.responseBody }
        }
        return { status: 200, body }
      }
    },
    {
      method: "POST",
      path: "/app/hook/deliveries/{delivery_id}/attempts",
      operation: "apps/redeliver-webhook-delivery",
      appOnly: true,
      handle: (call) => {
        sender.redeliver(deliveryOf(call))
        return { status: 202, body: {} }
      }
    }
  ]
}
