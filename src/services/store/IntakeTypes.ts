// What goes into IntakeStore.ts, and what became of it.
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import type { JobFacts } from "../../domain/WorkflowJob.ts"
import type { IntakePath } from "./JobRow.ts"

/** One delivery whose signature was verified, or a fact learnt otherwise. */
export interface Delivery {
  /** GitHub's delivery id; null when there was none. */
  readonly guid: string | null
  readonly event: string
  readonly action: string | null
  readonly repository: string | null
  readonly installationId: number | null
  /** Kept for replay. */
  readonly body: string | null
  readonly path: IntakePath
  /** Null when the delivery says nothing about a job. */
  readonly facts: JobFacts | null
  /** A run whose jobs are to be listed after so many milliseconds. */
  readonly run: { readonly runId: number; readonly delayMillis: number } | null
  /** It belongs to another installation than ours: noted, nothing else. */
  readonly foreign: boolean
  /** When its first byte was read, epoch milliseconds by this process's clock; null where nothing was sent to us. */
  readonly receivedAt: number | null
}

export type IntakeOutcome =
  /** A new request was made. */
  | { readonly _tag: "Created"; readonly request: RunnerRequest }
  /** The job is refused: a new, failed row with the reason. */
  | { readonly _tag: "Refused"; readonly request: RunnerRequest }
  /** Queued again; the request of this job is known. */
  | { readonly _tag: "Existing"; readonly request: RunnerRequest }
  /** News about a request that is known. */
  | { readonly _tag: "Recorded"; readonly request: RunnerRequest }
  /** Kept as facts, or nothing to keep. */
  | { readonly _tag: "Ignored" }
  /** The jobs of its run are going to be listed. */
  | { readonly _tag: "RunToCheck" }
  /** Refused: another installation's. */
  | { readonly _tag: "Foreign" }

/** Whether GitHub has a record of it in its log of deliveries. */
export const isDelivered = (path: IntakePath): boolean => path === "webhook" || path === "redelivery"
