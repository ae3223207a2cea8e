// What a step in the life of a request counts for.
//
// Gotcha: counted by whoever wrote the step, after its commit, so that a step that is decided twice but written once
// counts once.
import type { RequestFact } from "../../domain/RequestFact.ts"
import { isFinished, type RunnerRequest } from "../../domain/RunnerRequest.ts"
import type { MetricsShape } from "./Metrics.ts"

/** The spec of a request that has none. */
export const unassigned = "unassigned"

/** A fact that changed a request, with how it was before and is now. */
export interface Step {
  readonly before: RunnerRequest
  readonly fact: RequestFact
  readonly after: RunnerRequest
}

const reasonOf = (reason: string | null): string =>
  reason === null ? "none" : reason.startsWith("exit_code_") ? "exit_code" : reason

/** A request has ended. */
const countFinished = (metrics: MetricsShape, request: RunnerRequest): void =>
  metrics.count("runnerd_requests_finished_total", {
    spec: request.specName ?? unassigned,
    status: request.status,
    stage: request.failureStage ?? "none",
    reason: reasonOf(request.failureReason)
  })

/** A new request; a refused one is born finished. */
export const countRequest = (metrics: MetricsShape, request: RunnerRequest): void => {
  const { repository, source, specName } = request
  const result = isFinished(request) ? "rejected" : "created"
  metrics.count("e2b_runner_requests_total", { repository, spec: specName ?? unassigned, source, result })
  if (isFinished(request)) countFinished(metrics, request)
}

const sinceSeconds = (at: number | null, now: number): number => (at === null ? -1 : (now - at) / 1000)

/** `now`: the time of the write. */
export const countStep = (metrics: MetricsShape, { after, before, fact }: Step, now: number): void => {
  const spec = before.specName ?? unassigned
  const operation = (name: "create" | "stop", result: "success" | "retry" | "failed") =>
    metrics.count("e2b_runner_operations_total", { spec, operation: name, result })
  switch (fact._tag) {
    case "RunnerStarted":
      operation("create", "success")
      metrics.count("e2b_runner_registered_total", { spec, result: "success" })
      metrics.observe("e2b_runner_create_duration_seconds", { spec }, sinceSeconds(before.creatingAt, now))
      break
    case "AttemptFailed":
      metrics.count("runnerd_attempts_failed_total", {
        spec,
        disposition: fact.disposition._tag.toLowerCase(),
        stage: fact.stage,
        code: fact.disposition.code
      })
      if (before.status === "creating") {
        operation("create", after.status === "failed" || after.outcome === "failed" ? "failed" : "retry")
      }
      break
    case "SandboxRemoved":
      metrics.count("e2b_runner_cleanup_total", { spec, result: before.sandboxId === null ? "absent" : "removed" })
      break
    case "CleanupFailed":
      metrics.count("e2b_runner_cleanup_total", { spec, result: "error" })
      operation("stop", "retry")
      break
    case "CleanedUp":
      operation("stop", "success")
      metrics.observe("e2b_runner_stop_duration_seconds", { spec }, sinceSeconds(before.stoppingAt, now))
      break
  }
  if (isFinished(after) && !isFinished(before)) countFinished(metrics, after)
}
