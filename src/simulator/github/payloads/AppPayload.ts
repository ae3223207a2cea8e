// How a GitHub App that was made from a manifest looks in answers.
import type { MadeApp } from "../machine/MadeApps.ts"
import { accountPayload, isoTime, nodeId } from "./AccountPayload.ts"

export const madeAppPayload = (serverUrl: string, app: MadeApp) => ({
  id: app.id,
  slug: app.slug,
  node_id: nodeId("Integration", app.id),
  owner: accountPayload(serverUrl, app.owner),
  name: app.name,
  description: app.description,
  external_url: app.url,
  html_url: `${serverUrl}/apps/${app.slug}`,
  created_at: isoTime(app.createdAt),
  updated_at: isoTime(app.createdAt),
  permissions: app.permissions,
  events: app.events
})
