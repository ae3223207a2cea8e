// REST routes of webhook deliveries: of the App's hook, or of a hook of a repository or an organisation.
//
// Answers for: listing (newest first, by cursor), reading and redelivering them; and where the App's hook points.
// Gotcha: pages go by `cursor`, not by `page`; the cursor is opaque and stands in the Link header.
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import { notFound } from "../machine/Refused.ts"
import type { Delivery, DeliveryLog } from "../hooks/DeliveryLog.ts"
import type { WebhookSender } from "../hooks/WebhookSender.ts"
import type { Authentication } from "./Authentication.ts"
import type { Answer, Call, Route } from "./Route.ts"
import { invalid, numberParam } from "./Route.ts"

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

/** 422 for a cursor that no answer gave. */
const idOfCursor = (cursor: string): number => {
  const id = /^v1_(\d+)$/.exec(Buffer.from(cursor, "base64url").toString())?.[1]
  if (id === undefined) throw invalid("cursor is not one that was given.")
  return Number(id)
}

/** Where deliveries can be asked for: the App's own hook, or one of a repository or an organisation by its number. */
const places = [
  { path: "/app/hook/deliveries", operations: "apps", rights: { appOnly: true } },
  {
    path: "/repos/{owner}/{repo}/hooks/{hook_id}/deliveries",
    operations: "repos",
    rights: { permission: ["repository_hooks", "write"] }
  },
  {
    path: "/orgs/{org}/hooks/{hook_id}/deliveries",
    operations: "orgs",
    rights: { permission: ["organization_hooks", "write"] }
  }
] as const

export const hookRoutes = (
  machine: GitHubMachine,
  auth: Authentication,
  log: DeliveryLog,
  sender: WebhookSender
): ReadonlyArray<Route> => {
  const { hookId, targetType } = sender.identity

  /** 404 unless this is the hook by which this simulator sends, and the caller may see where it is. */
  const checkHook = (call: Call): void => {
    if (call.params["hook_id"] === undefined) {
      if (targetType !== "integration") throw notFound()
      return
    }
    auth.scope(call)
    if (targetType !== "repository" || numberParam(call, "hook_id") !== hookId) throw notFound()
  }

  const deliveryOf = (call: Call): Delivery => {
    checkHook(call)
    const delivery = log.find(numberParam(call, "delivery_id"))
    if (delivery === null) throw notFound()
    return delivery
  }

  const list = (call: Call): Answer => {
    checkHook(call)
    const perPage = Math.min(100, Number(call.query.get("per_page") ?? 30) || 30)
    const status = call.query.get("status")
    const matching = log.ended().filter((delivery) => {
      if (status === null) return true
      return (delivery.status === "OK") === (status === "success")
    })
    const cursor = call.query.get("cursor")
    const newest = cursor === null ? Infinity : idOfCursor(cursor)
    // The one that the cursor meant may be forgotten by now.
    const start = matching.findIndex(({ id }) => id <= newest)
    const from = start === -1 ? matching.length : start
    const next = matching[from + perPage]
    const query = new URLSearchParams(call.query)
    if (next !== undefined) query.set("cursor", cursorOf(next))
    const link = `<${machine.serverUrl}${call.url.pathname}?${query.toString()}>; rel="next"`
    const body = matching.slice(from, from + perPage).map(deliverySummary)
    return { status: 200, body, headers: next === undefined ? {} : { Link: link } }
  }

  const read = (call: Call): Answer => {
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

  const redeliver = (call: Call): Answer => {
    sender.redeliver(deliveryOf(call))
    return { status: 202, body: {} }
  }

  /** The App's hook, which has no URL while nothing is sent. */
  const config = (call: Call): Answer => {
    checkHook(call)
    const { target } = sender
    const url = target === null ? {} : { url: target.url, secret: "********" }
    return { status: 200, body: { content_type: "json", insecure_ssl: "0", ...url } }
  }

  const ofApp: Route = {
    method: "GET",
    path: "/app/hook/config",
    operation: "apps/get-webhook-config-for-app",
    appOnly: true,
    handle: config
  }

  const ofPlaces = places.flatMap(({ path, operations, rights }): ReadonlyArray<Route> => [
    { method: "GET", path, operation: `${operations}/list-webhook-deliveries`, ...rights, handle: list },
    {
      method: "GET",
      path: `${path}/{delivery_id}`,
      operation: `${operations}/get-webhook-delivery`,
      ...rights,
      handle: read
    },
    {
      method: "POST",
      path: `${path}/{delivery_id}/attempts`,
      operation: `${operations}/redeliver-webhook-delivery`,
      ...rights,
      handle: redeliver
    }
  ])
  return [ofApp, ...ofPlaces]
}
