// How the record of what an operator did shows a request: what an operator's word can change, as the API names it.
import * as DateTime from "effect/DateTime"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"

export const requestState = (request: RunnerRequest) => ({
  status: request.status,
  repository_full_name: request.repository,
  requested_labels: [...request.requestedLabels],
  runner_spec_name: request.specName,
  retry_count: request.attempt,
  failure_stage: request.failureStage,
  failure_reason: request.failureReason,
  stop_asked_at: request.stopAskedAt === null ? null : DateTime.formatIso(DateTime.makeUnsafe(request.stopAskedAt)),
  stop_reason: request.stopReason
})
