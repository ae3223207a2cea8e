// A runner spec as the API shows it.
import * as DateTime from "effect/DateTime"
import type { RunnerSpec } from "../../domain/RunnerSpec.ts"
import type { RunnerSpecView } from "../api/SpecsApi.ts"

export const specView = (spec: RunnerSpec): RunnerSpecView => ({
  name: spec.name,
  labels: spec.labels,
  template_id: spec.templateId,
  runner_group: spec.runnerGroup,
  max_concurrency: spec.maxConcurrency,
  min_idle: spec.minIdle,
  priority: spec.priority,
  enabled: spec.enabled,
  default_available: spec.defaultAvailable,
  created_at: DateTime.formatIso(spec.createdAt),
  updated_at: DateTime.formatIso(spec.updatedAt)
})
