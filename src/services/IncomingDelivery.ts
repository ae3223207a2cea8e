// From a decoded event to what intake takes.
//
// Answers for: one reading of a delivery whether GitHub sent it or it was fetched from GitHub's log, and for setting
// those of other installations apart: when one installation is configured, only its events are for us.
// Gotcha: a payload without an installation (a hook of a repository or an organisation) belongs to none and is taken.
import type { GitHubAuth } from "./config/RunnerdConfig.ts"
import type { WebhookEvent } from "./github/WebhookPayload.ts"
import type { Delivery } from "./store/IntakeStore.ts"
import type { IntakePath } from "./store/JobRow.ts"

/** The installation whose events alone are taken; null: any. */
export const configuredInstallation = (auth: GitHubAuth): number | null =>
  auth._tag === "App" ? (auth.installationId ?? null) : null

export const isForeign = (configured: number | null, installationId: number | null): boolean =>
  configured !== null && installationId !== null && installationId !== configured

export interface Incoming {
  readonly event: WebhookEvent
  /** GitHub's name of the event. */
  readonly name: string
  readonly guid: string | null
  readonly body: string
  readonly path: IntakePath
  readonly traceContext: string | null
}

export const deliveryOf = (incoming: Incoming, configured: number | null): Delivery => {
  const { body, event, guid, name, path, traceContext } = incoming
  const about = {
    guid,
    event: name,
    action: event.action,
    repository: null,
    installationId: null,
    body: null,
    path,
    facts: null,
    foreign: false,
    traceContext
  }
  if (event._tag === "Ignored") return about
  const { installationId, repository } = event._tag === "WorkflowJob" ? event.facts : event
  const told = { ...about, repository, installationId }
  // What belongs to others is noted, not kept.
  if (isForeign(configured, installationId)) return { ...told, foreign: true }
  return { ...told, body, facts: event._tag === "WorkflowJob" ? event.facts : null }
}
