// From a decoded event to what intake takes.
//
// Answers for: one reading of a delivery whether GitHub sent it or it was fetched from GitHub's log, and for setting
// those of other installations apart: when one installation is configured, only its events are for us. A workflow_run says
// nothing of jobs, only that its jobs are worth listing.
// Gotcha: a payload without an installation (a hook of a repository or an organisation) belongs to none and is taken.
import * as Duration from "effect/Duration"
import { isAllowed } from "../domain/RepositoryName.ts"
import type { RunnerdConfig } from "./config/RunnerdConfig.ts"
import type { WebhookEvent } from "./github/WebhookPayload.ts"
import type { Delivery } from "./store/IntakeTypes.ts"
import type { IntakePath } from "./store/JobRow.ts"

export interface IntakeRules {
  /** The installation whose events alone are taken; null: any. */
  readonly installation: number | null
  /** The repositories that may have runners; empty: all. */
  readonly allowedRepositories: ReadonlyArray<string>
  readonly runDelayMillis: number
}

export const intakeRules = ({ github, repair }: RunnerdConfig): IntakeRules => ({
  installation: github.auth._tag === "App" ? (github.auth.installationId ?? null) : null,
  allowedRepositories: github.allowedRepositories,
  runDelayMillis: Duration.toMillis(repair.workflowRunDelay)
})

export const isForeign = (configured: number | null, installationId: number | null): boolean =>
  configured !== null && installationId !== null && installationId !== configured

export interface Incoming {
  readonly event: WebhookEvent
  /** GitHub's name of the event. */
  readonly name: string
  readonly guid: string | null
  readonly body: string
  readonly path: IntakePath
  /** When its first byte was read; null where nothing was sent to us. */
  readonly receivedAt: number | null
}

export const deliveryOf = (incoming: Incoming, rules: IntakeRules): Delivery => {
  const { body, event, guid, name, path, receivedAt } = incoming
  const about = {
    guid,
    event: name,
    action: event.action,
    repository: null,
    installationId: null,
    body: null,
    path,
    facts: null,
    run: null,
    foreign: false,
    receivedAt
  }
  if (event._tag === "Ignored") return about
  const { installationId, repository } = event._tag === "WorkflowJob" ? event.facts : event
  const told = { ...about, repository, installationId }
  // What belongs to others is noted, not kept.
  if (isForeign(rules.installation, installationId)) return { ...told, foreign: true }
  if (event._tag === "WorkflowJob") return { ...told, body, facts: event.facts }
  const worthListing = event.action !== "completed" && isAllowed(rules.allowedRepositories, repository)
  return { ...told, body, run: worthListing ? { runId: event.runId, delayMillis: rules.runDelayMillis } : null }
}
