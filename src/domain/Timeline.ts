// One entry of a request's timeline: what happened and why, for machines (code) and people (message).
//
// Answers for: the codes. A code is part of the API: it may be added, never renamed.
import * as Schema from "effect/Schema"
import { Stage } from "./RunnerRequest.ts"

export const TimelineCode = Schema.Literals([
  "queued",
  "refused",
  "claimed",
  "adopted",
  "sandbox_created",
  "sandbox_extended",
  "runner_registered",
  "runner_started",
  "runner_ready",
  "job_assigned",
  "runner_exited",
  "stream_lost",
  "stream_reconnected",
  "not_needed",
  "stopping",
  "stop_withdrawn",
  "deferred",
  "retry_scheduled",
  "cleanup_failed",
  "sandbox_removed",
  "requeued",
  "stop_asked",
  "retry_asked",
  "completed",
  "failed",
  "note"
])
export type TimelineCode = typeof TimelineCode.Type

export interface TimelineEvent {
  readonly code: TimelineCode
  /** A whole sentence for people. Never holds a secret. */
  readonly message: string
  readonly stage: Stage | null
}

export const TimelineEntry = Schema.Struct({
  id: Schema.Finite,
  requestId: Schema.String,
  at: Schema.Finite,
  code: TimelineCode,
  message: Schema.String,
  stage: Schema.NullOr(Stage)
})
export type TimelineEntry = typeof TimelineEntry.Type
