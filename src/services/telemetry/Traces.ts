// Where spans of requests go.
//
// Answers for: telling of spans that are over, and what is done for a request appearing below it in its trace. Ambient, like
// Metrics: without a layer (OtlpExport.ts) nothing is traced and nothing is computed for it. What spans there are is
// domain/RequestTrace.ts.
// Gotcha: only what belongs to a request is traced: a look for work every second would bury it.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Tracer from "effect/Tracer"
import { currentSpan, type RequestSpan, spansOfStep } from "../../domain/RequestTrace.ts"
import type { RunnerRequest } from "../../domain/RunnerRequest.ts"
import { traceIdOf } from "../../domain/TraceContext.ts"
import type { Step } from "./RequestMetrics.ts"

export interface TracesShape {
  /** Nobody need compute a span when it is false. */
  readonly enabled: boolean
  /** Never fails and never waits. */
  readonly tell: (spans: ReadonlyArray<RequestSpan>) => void
}

export const Traces: Context.Reference<TracesShape> = Context.Reference<TracesShape>(
  "runnerd/services/telemetry/Traces",
  { defaultValue: () => ({ enabled: false, tell: constVoid }) }
)

/** After the commit of what it tells of. `now`: the time of the write. */
export const traceStep = (traces: TracesShape, { after, before, fact }: Step, now: number): void => {
  if (traces.enabled) traces.tell(spansOfStep(before, fact, after, now))
}

/** Marks the parents below which spans are kept. */
export const OfRequest: Context.Reference<boolean> = Context.Reference<boolean>(
  "runnerd/services/telemetry/Traces/OfRequest",
  { defaultValue: () => false }
)

const kept = Context.make(OfRequest, true)

/** What is done inside is done for the request, in the phase that it is in now. */
export const doneFor =
  (request: RunnerRequest) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>> =>
    Effect.flatMap(Traces, ({ enabled }) => {
      const span = enabled ? currentSpan(request) : null
      if (span === null) return self as Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>>
      return Effect.withParentSpan(self, Tracer.externalSpan({ ...span, sampled: true, annotations: kept }))
    })

/** What every line of the log about a request carries. */
export const aboutRequest = (
  request: Pick<RunnerRequest, "id" | "jobId" | "repository" | "specName" | "traceContext">
) => ({
  request: request.id,
  job: request.jobId,
  repository: request.repository,
  spec: request.specName,
  trace_id: traceIdOf(request.traceContext)
})
