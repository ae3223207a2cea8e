// Counting and tracing what befell requests, once it is durable.
//
// Answers for: metrics and spans of each step being told after the commit of the transaction that wrote it, and once: a batch that
// fails is written again. Not for what a step counts for (telemetry/RequestMetrics.ts).
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { Metrics } from "../telemetry/Metrics.ts"
import { countStep, type Step } from "../telemetry/RequestMetrics.ts"
import { traceStep, Traces } from "../telemetry/Traces.ts"

/** Inside the transaction that writes the steps. `now`: the time of the write. */
export type TellSteps = (steps: ReadonlyArray<Step>, now: number) => Effect.Effect<void>

export const makeTellSteps = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const metrics = yield* Metrics
  const traces = yield* Traces
  const tellSteps: TellSteps = (steps, now) =>
    sql.afterCommit(
      Effect.sync(() => {
        for (const step of steps) {
          countStep(metrics, step, now)
          traceStep(traces, step, now)
        }
      })
    )
  return tellSteps
})
