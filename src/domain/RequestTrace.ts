// The trace of a request: which spans a step in its life completes, and who is whose parent.
//
// Answers for: names, ids, times and attributes, all from the row alone. A span's id follows from the request and from when
// the span began, so a process that takes a request over completes the very spans that a dead one had begun, and what both did
// below them is one tree. Not for sending anything (services/telemetry).
// Gotchas: a span that has children is told of once, by whoever ends it, together with those around it: told earlier, it might
// be lost with the process while its children were sent. An instant loses its fraction in the database, so only its whole
// milliseconds count in an id.
import type { RequestFact } from "./RequestFact.ts"
import { isFinished, type RunnerRequest } from "./RunnerRequest.ts"
import { parseContext, type SpanContext, spanIdOf } from "./TraceContext.ts"

type Attributes = Readonly<Record<string, string | number | boolean | null>>

export interface RequestSpan extends SpanContext {
  /** Null: the root of its trace. */
  readonly parentId: string | null
  readonly name: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  readonly attributes: Attributes
  /** `type`: the code of the reason. */
  readonly error: { readonly type: string; readonly message: string } | null
}

type Spans = ReadonlyArray<RequestSpan>

type Phase = "attempt" | "provision" | "clean-up"

/** Null when the request has no trace. */
const phaseOf = (request: RunnerRequest, phase: Phase, since: number): SpanContext | null => {
  const root = parseContext(request.traceContext)
  return root && { ...root, spanId: spanIdOf(`${root.spanId}/${phase}/${Math.floor(since)}`) }
}

/** Below what everything belongs that is done for the request now; null when it has no trace. */
export const currentSpan = (request: RunnerRequest): SpanContext | null => {
  const { creatingAt, status, stoppingAt } = request
  if (status === "creating" && creatingAt !== null) return phaseOf(request, "provision", creatingAt)
  if (status === "running" && creatingAt !== null) return phaseOf(request, "attempt", creatingAt)
  if (status === "stopping" && stoppingAt !== null) return phaseOf(request, "clean-up", stoppingAt)
  return parseContext(request.traceContext)
}

/** What every span of a request says. */
const subject = (request: RunnerRequest): Attributes => ({
  "runnerd.request": request.id,
  "runnerd.spec": request.specName,
  "vcs.repository.name": request.repository,
  "cicd.pipeline.task.run.id": request.jobId === null ? null : String(request.jobId)
})

const between = (startedAt: number, endedAt: number) => ({ startedAt, endedAt: Math.max(startedAt, endedAt) })

/** A span without children of its own. `key`: tells those of one name and moment apart. */
const leaf = (parent: SpanContext, name: string, startedAt: number, key = "") => ({
  traceId: parent.traceId,
  parentId: parent.spanId,
  spanId: spanIdOf(`${parent.spanId}/${name}/${Math.floor(startedAt)}/${key}`),
  name
})

/** Why an attempt that is over has failed; null: it has not. Waiting for room is no failure. */
const failureOf = (before: RunnerRequest, fact: RequestFact): RequestSpan["error"] => {
  if (fact._tag === "AttemptFailed") {
    const { _tag, code, message } = fact.disposition
    return _tag === "Deferred" ? null : { type: code, message }
  }
  if (before.outcome === "failed") return { type: before.failureReason ?? "failed", message: before.error ?? "" }
  if (before.outcome !== "requeue" || before.lastErrorClass === "deferred") return null
  return { type: before.lastErrorCode ?? "failed", message: before.lastErrorMessage ?? "" }
}

/** Why an attempt ended that may be followed by another. */
const reasonOf = (before: RunnerRequest, fact: RequestFact): Attributes => {
  if (fact._tag === "AttemptFailed") {
    return { "runnerd.reason": fact.disposition.code, "runnerd.disposition": fact.disposition._tag.toLowerCase() }
  }
  if (before.outcome !== "requeue") return {}
  return { "runnerd.reason": before.lastErrorCode, "runnerd.disposition": before.lastErrorClass }
}

/** The part of its wait that a write to a queued row ends, with what ended it; the row was last written when it began. */
export const waited = (before: RunnerRequest, endedBy: RequestFact["_tag"] | "StopAsked", now: number): Spans => {
  const root = parseContext(before.traceContext)
  if (root === null || before.status !== "queued") return []
  const attributes = {
    ...subject(before),
    "runnerd.reason": before.lastErrorCode,
    "runnerd.wait.ended_by": endedBy
  }
  const span = leaf(root, "wait in line", before.updatedAt, endedBy)
  return [{ ...span, ...between(before.updatedAt, now), attributes, error: null }]
}

/** A clean-up that is over, or that was called off because the runner took a job. */
const cleanedUp = (before: RunnerRequest, fact: RequestFact, after: RunnerRequest, now: number): Spans => {
  const { creatingAt, stoppingAt } = before
  if (stoppingAt === null || (after.stoppingAt === stoppingAt && !isFinished(after))) return []
  const place = phaseOf(before, "clean-up", stoppingAt)
  const parent = creatingAt === null ? parseContext(before.traceContext) : phaseOf(before, "attempt", creatingAt)
  if (place === null || parent === null) return []
  const attributes = {
    ...subject(before),
    "runnerd.sandbox": before.sandboxId,
    "cicd.worker.name": before.runnerName,
    "runnerd.outcome": fact._tag === "RunnerBusy" ? "called off" : before.outcome,
    "runnerd.cleanup.failures": before.cleanupAttempt
  }
  const times = between(stoppingAt, now)
  return [{ ...place, parentId: parent.spanId, name: "clean-up", ...times, attributes, error: null }]
}

/** An attempt that is over: provisioning, the wait for a job, the job, and around them the attempt. */
const tried = (before: RunnerRequest, fact: RequestFact, after: RunnerRequest, now: number): Spans => {
  const { assignedAt, creatingAt, exitedAt, runningAt, status, stoppingAt } = before
  const over = status !== "queued" && (after.status === "queued" || isFinished(after))
  const root = parseContext(before.traceContext)
  if (!over || root === null || creatingAt === null) return []
  const attempt = phaseOf(before, "attempt", creatingAt)
  const provision = phaseOf(before, "provision", creatingAt)
  if (attempt === null || provision === null) return []
  const attributes = {
    ...subject(before),
    "runnerd.attempt": before.attempt + (fact._tag === "AttemptFailed" || before.outcome !== "requeue" ? 1 : 0),
    "runnerd.sandbox": before.sandboxId,
    "cicd.worker.name": before.runnerName,
    ...reasonOf(before, fact)
  }
  const error = failureOf(before, fact)
  const ended = exitedAt ?? stoppingAt ?? now
  const spans: Array<RequestSpan> = []
  if (runningAt !== null) {
    const waiting = leaf(attempt, "wait for job", runningAt)
    spans.push({ ...waiting, ...between(runningAt, assignedAt ?? ended), attributes, error: null })
  }
  if (assignedAt !== null) {
    const job = { "runnerd.assigned_job": before.assignedJobId, "cicd.pipeline.task.name": before.assignedJobName }
    const span = leaf(attempt, "job", assignedAt)
    spans.push({ ...span, ...between(assignedAt, ended), attributes: { ...attributes, ...job }, error: null })
  }
  spans.push({
    ...provision,
    parentId: attempt.spanId,
    name: "provision",
    ...between(creatingAt, runningAt ?? stoppingAt ?? now),
    attributes,
    error: runningAt === null ? error : null
  })
  const times = between(creatingAt, now)
  return [...spans, { ...attempt, parentId: root.spanId, name: "attempt", ...times, attributes, error }]
}

/** The root: the whole life of a request that is over, or the one that began when it was asked to be tried again. */
export const lived = (request: RunnerRequest, now: number): Spans => {
  const root = parseContext(request.traceContext)
  if (root === null) return []
  const attributes = {
    ...subject(request),
    "runnerd.source": request.source,
    "runnerd.status": request.status,
    "runnerd.attempts": request.attempt,
    "runnerd.stage": request.failureStage
  }
  const error =
    request.status === "failed" ? { type: request.failureReason ?? "failed", message: request.error ?? "" } : null
  const times = between(request.retriedAt ?? request.queuedAt, now)
  return [{ ...root, parentId: null, name: "runner request", ...times, attributes, error }]
}

/** What the step from `before` to `after` completes. */
export const spansOfStep = (before: RunnerRequest, fact: RequestFact, after: RunnerRequest, now: number): Spans => [
  ...waited(before, fact._tag, now),
  ...cleanedUp(before, fact, after, now),
  ...tried(before, fact, after, now),
  ...(isFinished(after) && !isFinished(before) ? lived(after, now) : [])
]

/** How runnerd came to know something: a delivery, a look at GitHub, an operator's word. */
export interface Notice {
  readonly name: string
  readonly startedAt: number
  readonly endedAt: number
  /** Tells notices of one name and moment apart. */
  readonly key: string
  readonly attributes: Attributes
}

export const learnt = (request: RunnerRequest, notice: Notice): Spans => {
  const root = parseContext(request.traceContext)
  if (root === null) return []
  const span = leaf(root, notice.name, notice.startedAt, notice.key)
  const times = between(notice.startedAt, notice.endedAt)
  return [{ ...span, ...times, attributes: { ...subject(request), ...notice.attributes }, error: null }]
}

/** An operator's word. */
export const askedFor = (request: RunnerRequest, name: string, by: string, now: number): Spans =>
  learnt(request, { name, startedAt: now, endedAt: now, key: by, attributes: { "enduser.id": by } })
