// What spans look like on their way out: Effect's, of what a process does for a request, and those that follow from its row.
//
// Answers for: keeping what belongs to a request and nothing else, and for a parent never being sent after its children: they
// wait for the outermost span of this process. Not for sending (OtlpExport.ts).
// Gotchas: the outermost span of a process has a parent that follows from the row (Traces.ts). Statements of the database are
// left out: one commit serves many requests.
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { TraceData } from "effect/observability/OtlpTracer"
import * as OtlpResource from "effect/observability/OtlpResource"
import * as Tracer from "effect/Tracer"
import type { RequestSpan } from "../../domain/RequestTrace.ts"
import { OfRequest } from "./Traces.ts"

export type OtlpSpan = TraceData["resourceSpans"][number]["scopeSpans"][number]["spans"][number]

/** Numbers that OTLP has for them. */
const kinds: Readonly<Record<Tracer.SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }
const status = { unset: 0, ok: 1, error: 2 } as const

const nothingDropped = { droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 }

const attributesOf = (entries: Iterable<[string, unknown]>) =>
  OtlpResource.entriesToAttributes([...entries].filter(([, value]) => value !== null && value !== undefined))

const exception = (type: string, message: string, at: string): OtlpSpan["events"][number] => ({
  name: "exception",
  timeUnixNano: at,
  droppedAttributesCount: 0,
  attributes: attributesOf([
    ["exception.type", type],
    ["exception.message", message]
  ])
})

const nanos = (millis: number): string => String(BigInt(Math.round(millis * 1000)) * 1000n)

/** A span that follows from a row. */
export const ofRequestSpan = (span: RequestSpan): OtlpSpan => {
  const { attributes, error } = span
  const at = nanos(span.endedAt)
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentId ?? undefined,
    name: span.name,
    kind: kinds.internal,
    startTimeUnixNano: nanos(span.startedAt),
    endTimeUnixNano: at,
    attributes: attributesOf(Object.entries(error === null ? attributes : { ...attributes, "error.type": error.type })),
    events: error === null ? [] : [exception(error.type, error.message, at)],
    status: error === null ? { code: status.ok } : { code: status.error, message: error.message },
    links: [],
    ...nothingDropped
  }
}

/** The tag of the failure, and of what it was for where that is another: `SandboxError` and `RateLimited`. */
const typeOf = (error: unknown): string => {
  if (typeof error !== "object" || error === null) return "Error"
  const tag = "_tag" in error ? String(error._tag) : error instanceof Error ? error.name : "Error"
  const reason: unknown = "reason" in error ? error.reason : undefined
  const tagged = typeof reason === "object" && reason !== null && "_tag" in reason
  return tagged ? `${tag}.${String(reason._tag)}` : tag
}

const resultOf = (exit: Exit.Exit<unknown, unknown>, at: string): Pick<OtlpSpan, "events" | "status"> => {
  if (exit._tag === "Success") return { status: { code: status.ok }, events: [] }
  if (Cause.hasInterruptsOnly(exit.cause)) return { status: { code: status.unset }, events: [] }
  const failure = Option.getOrUndefined(Cause.findErrorOption(exit.cause)) ?? Cause.squash(exit.cause)
  const message = failure instanceof Error ? failure.message : String(failure)
  return { status: { code: status.error, message }, events: [exception(typeOf(failure), message, at)] }
}

/** The outermost span of this process, and those below it that are over. */
class Tree {
  over = false
  readonly waiting: Array<OtlpSpan> = []
}

class RecordedSpan extends Tracer.NativeSpan {
  readonly #tree: Tree
  readonly #outermost: boolean
  readonly #send: (spans: ReadonlyArray<OtlpSpan>) => void

  constructor(options: ConstructorParameters<typeof Tracer.NativeSpan>[0], send: RecordedSpan["send"]) {
    super(options)
    const parent = Option.getOrUndefined(options.parent)
    this.#outermost = !(parent instanceof RecordedSpan)
    this.#tree = parent instanceof RecordedSpan ? parent.#tree : new Tree()
    this.#send = send
  }

  get send() {
    return this.#send
  }

  override end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    if (this.status._tag === "Ended") return
    super.end(endTime, exit)
    const encoded = this.#encode(endTime, exit)
    // What outlives the outermost one, in a fiber that was left, waits for nobody.
    if (this.#tree.over) this.#send([encoded])
    else if (this.#outermost) {
      this.#tree.over = true
      this.#send([encoded, ...this.#tree.waiting.splice(0)])
    } else this.#tree.waiting.push(encoded)
  }

  #encode(endTime: bigint, exit: Exit.Exit<unknown, unknown>): OtlpSpan {
    const at = String(endTime)
    return {
      traceId: this.traceId,
      spanId: this.spanId,
      parentSpanId: Option.getOrUndefined(this.parent)?.spanId,
      name: this.name,
      kind: kinds[this.kind],
      startTimeUnixNano: String(this.startTime),
      endTimeUnixNano: at,
      attributes: attributesOf(this.attributes),
      links: [],
      ...resultOf(exit, at),
      ...nothingDropped
    }
  }
}

const isKept = (parent: Option.Option<Tracer.AnySpan>, name: string): boolean => {
  if (Option.isNone(parent) || name.startsWith("sql.")) return false
  return parent.value instanceof RecordedSpan || Context.get(parent.value.annotations, OfRequest)
}

/** `send`: never fails and never waits; parents come first. */
export const makeTracer = (send: (spans: ReadonlyArray<OtlpSpan>) => void): Tracer.Tracer =>
  Tracer.make({
    span: (options) =>
      isKept(options.parent, options.name)
        ? new RecordedSpan(options, send)
        : new Tracer.NativeSpan({ ...options, sampled: false })
  })
