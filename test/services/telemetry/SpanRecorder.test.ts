import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Tracer from "effect/Tracer"
import { RateLimited, SandboxError } from "../../../src/domain/SandboxError.ts"
import { makeTracer, ofRequestSpan, type OtlpSpan } from "../../../src/services/telemetry/SpanRecorder.ts"
import { OfRequest } from "../../../src/services/telemetry/Traces.ts"

const traceId = "0af7651916cd43dd8448eb211c80319c"
const parentSpanId = "b7ad6b7169203331"

const recording = () => {
  const sent: Array<ReadonlyArray<OtlpSpan>> = []
  const traced = Effect.provideService(
    Tracer.Tracer,
    makeTracer((spans) => sent.push(spans))
  )
  return { sent, traced, names: () => sent.map((batch) => batch.map(({ name }) => name)) }
}

const external = (ofRequest: boolean) =>
  Tracer.externalSpan({ traceId, spanId: parentSpanId, sampled: true, annotations: Context.make(OfRequest, ofRequest) })

const ofRequest = Effect.withParentSpan(external(true))

describe("recorded spans", () => {
  it.effect("are sent when the outermost one is over, it first: a killed process leaves no orphan", () =>
    Effect.gen(function* () {
      const { names, sent, traced } = recording()
      const begun = yield* Deferred.make<void>()
      const goOn = yield* Deferred.make<void>()
      const inner = Effect.withSpan(Effect.void, "inner")
      const work = inner.pipe(
        Effect.andThen(Deferred.succeed(begun, undefined)),
        Effect.andThen(Deferred.await(goOn)),
        Effect.withSpan("outer")
      )
      const fiber = yield* Effect.forkChild(work.pipe(ofRequest, traced))
      yield* Deferred.await(begun)
      assert.deepStrictEqual(names(), [])
      yield* Deferred.succeed(goOn, undefined)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(names(), [["outer", "inner"]])
      const [outer, nested] = sent[0] ?? []
      assert.deepInclude(outer, { traceId, parentSpanId })
      assert.deepInclude(nested, { traceId, parentSpanId: outer?.spanId })
    })
  )

  it.effect("of what outlives the outermost one follow it", () =>
    Effect.gen(function* () {
      const { names, traced } = recording()
      const goOn = yield* Deferred.make<void>()
      const late = Deferred.await(goOn).pipe(Effect.withSpan("late"))
      const fiber = yield* Effect.forkDetach(late).pipe(Effect.withSpan("outer"), ofRequest, traced)
      yield* Deferred.succeed(goOn, undefined)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(names(), [["outer"], ["late"]])
    })
  )

  it.effect("are those of requests alone: no look for work, no foreign trace, no statement", () =>
    Effect.gen(function* () {
      const { names, traced } = recording()
      const statement = Effect.withSpan(Effect.withSpan(Effect.void, "below it"), "sql.execute")
      yield* traced(Effect.withSpan(statement, "a loop's"))
      yield* Effect.withSpan(Effect.void, "a caller's").pipe(Effect.withParentSpan(external(false)), traced)
      yield* Effect.withSpan(statement, "a request's").pipe(ofRequest, traced)
      assert.deepStrictEqual(names(), [["a request's"]])
    })
  )

  it.effect("have the tag and the reason of what failed, and no more of it than its message", () =>
    Effect.gen(function* () {
      const { sent, traced } = recording()
      const error = new SandboxError({
        operation: "create",
        reason: new RateLimited({ detail: "", retryAfterSeconds: 5 })
      })
      yield* Effect.fail(error).pipe(Effect.withSpan("Sandboxes.create"), ofRequest, traced, Effect.ignore)
      const [span] = sent[0] ?? []
      assert.strictEqual(span?.status.code, 2)
      assert.deepStrictEqual(span?.events[0]?.attributes, [
        { key: "exception.type", value: { stringValue: "SandboxError.RateLimited" } },
        { key: "exception.message", value: { stringValue: error.message } }
      ])
    })
  )
})

describe("a span that follows from a row", () => {
  const span = {
    traceId,
    spanId: "00f067aa0ba902b7",
    parentId: null,
    name: "runner request",
    startedAt: 1_700_000_000_000.25,
    endedAt: 1_700_000_001_000,
    attributes: { "runnerd.request": "101", "runnerd.spec": null },
    error: { type: "spec_not_found", message: "It is gone." }
  }

  it("has its times in nanoseconds, what is known of it, and its error", () => {
    const sent = ofRequestSpan(span)
    assert.deepInclude(sent, {
      traceId,
      parentSpanId: undefined,
      startTimeUnixNano: "1700000000000250000",
      endTimeUnixNano: "1700000001000000000",
      status: { code: 2, message: "It is gone." }
    })
    assert.deepStrictEqual(sent.attributes, [
      { key: "runnerd.request", value: { stringValue: "101" } },
      { key: "error.type", value: { stringValue: "spec_not_found" } }
    ])
  })
})
