// What a call to GitHub or E2B counts for.
//
// Answers for: the words of operation, result and reason; the original's where it had one.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { SandboxError } from "../../domain/SandboxError.ts"
import type { GitHubCall } from "../github/GitHubTypes.ts"
import { Metrics, type MetricsShape } from "./Metrics.ts"

const snake = (word: string) => word.replaceAll(/\B[A-Z]/g, "_$&").toLowerCase()

/** Where the original's word for an operation is another than ours. */
const originalOperations: Readonly<Record<string, string>> = {
  registrationToken: "create_registration_token",
  deleteRunner: "remove_runner",
  listRunJobs: "list_workflow_run_jobs",
  getJob: "get_workflow_job"
}

const missing: ReadonlySet<string> = new Set(["NotFound", "NotInstalled", "SandboxGone", "ProcessNotFound"])

const resultOf = (failure: string | undefined, unchanged: boolean): string =>
  failure === undefined ? (unchanged ? "cache_hit" : "success") : missing.has(failure) ? "not_found" : "error"

const reasonOf = (failure: string | undefined): string => (failure === undefined ? "none" : snake(failure))

/** For `GitHubOptions.observe`. */
export const countGitHubCall =
  (metrics: MetricsShape) =>
  (call: GitHubCall): Effect.Effect<void> =>
    Effect.sync(() => {
      const operation = originalOperations[call.operation] ?? snake(call.operation)
      const result = resultOf(call.failure, call.unchanged)
      const reason = reasonOf(call.failure)
      metrics.count("e2b_runner_github_api_operations_total", { operation, result, reason })
      metrics.observe("e2b_runner_github_api_duration_seconds", { operation, result }, call.durationMillis / 1000)
    })

/** What GitHub says is left of the hour, by whose limit it is (domain/CallLimit.ts). */
export const noteRateLimit = (
  metrics: MetricsShape,
  scope: string,
  left: { readonly limit: number; readonly remaining: number }
): void => {
  metrics.set("runnerd_github_rate_limit_remaining", { scope }, left.remaining)
  metrics.set("runnerd_github_rate_limit_limit", { scope }, left.limit)
}

export interface RateLimit {
  readonly scope: string
  readonly remaining: number
  readonly limit: number
}

/** What this process was told last, by whose limit it is. */
export const rateLimits = ({ context }: MetricsShape): ReadonlyArray<RateLimit> => {
  const values = (name: string) =>
    Metric.snapshotUnsafe(context).flatMap((metric) =>
      metric.type === "Gauge" && metric.id === name
        ? [{ scope: metric.attributes?.["scope"] ?? "", value: Number(metric.state.value) }]
        : []
    )
  const limits = new Map(values("runnerd_github_rate_limit_limit").map(({ scope, value }) => [scope, value]))
  return values("runnerd_github_rate_limit_remaining")
    .map(({ scope, value }) => ({ scope, remaining: value, limit: limits.get(scope) ?? value }))
    .toSorted((a, b) => (a.scope < b.scope ? -1 : 1))
}

/** The same method, counted and timed until it answers. */
export const countedSandboxCall = Effect.gen(function* () {
  const metrics = yield* Metrics
  const count = (operation: string, startedAt: number, error: SandboxError | undefined) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const failure = error?.reason._tag
      const result = resultOf(failure, false)
      metrics.count("runnerd_sandbox_api_operations_total", { operation, result, reason: reasonOf(failure) })
      metrics.observe("runnerd_sandbox_api_duration_seconds", { operation, result }, (now - startedAt) / 1000)
    })
  return <Input extends ReadonlyArray<unknown>, A, R>(
    name: string,
    method: (...input: Input) => Effect.Effect<A, SandboxError, R>
  ) => {
    const operation = snake(name)
    return (...input: Input): Effect.Effect<A, SandboxError, R> =>
      Effect.flatMap(Clock.currentTimeMillis, (startedAt) =>
        method(...input).pipe(
          Effect.tap(() => count(operation, startedAt, undefined)),
          Effect.tapError((error) => count(operation, startedAt, error))
        )
      )
  }
})
