// Why a request is where it is: what it waits for, in the order in which that must pass, or how it ended.
//
// Answers for: an answer for every request there is, told by the rules that claims obey (Capacity.ts) and by the deadlines
// that its owner keeps (NextActor.ts). Pure. Not for reading how things stand (services/store/ExplanationStore.ts).
// Gotcha: a node's own permits are not known here. Where nothing else stands in the way, "next" is the whole truth for
// all others: the next node with room takes it.
import * as Schema from "effect/Schema"
import { type Capacity, obstacleCodes, obstacles } from "./Capacity.ts"
import { jobHeld } from "./Demand.ts"
import type { NextActor } from "./NextActor.ts"
import { hasTakenJob, isFinished, type RunnerRequest } from "./RunnerRequest.ts"
import type { JobFacts } from "./WorkflowJob.ts"
import { counted, withoutEnd } from "./Sentence.ts"

export const ExplanationCode = Schema.Literals([
  "stop_asked",
  "displaced",
  "job_held",
  "deferred",
  "retry_wait",
  "no_node",
  ...obstacleCodes,
  "in_line",
  "next",
  "provisioning",
  "runner_starting",
  "waiting_for_job",
  "working",
  "cleaning_up",
  "cleanup_wait",
  "refused",
  "failed",
  "completed"
])
export type ExplanationCode = typeof ExplanationCode.Type

export interface Reason {
  readonly code: ExplanationCode
  /** A whole sentence. */
  readonly message: string
  /** Epoch milliseconds; null: nobody knows, or it has no end. */
  readonly until: number | null
}

export interface Circumstances {
  readonly capacity: Capacity
  /** Requests of the same spec that may be provisioned now and come first. */
  readonly ahead: number
  /** Whether any node is alive. */
  readonly anyNode: boolean
  /** What GitHub says of the job that caused the request. */
  readonly job: Pick<JobFacts, "status" | "runnerName" | "jobId"> | null
  readonly next: NextActor
}

const sentence = (text: string | null, otherwise: string): string =>
  text === null || text.trim() === "" ? otherwise : `${withoutEnd(text)}.`

const reason = (code: ExplanationCode, message: string, until: number | null = null): Reason => ({
  code,
  message,
  until
})

const nextAt = ({ next }: Circumstances): number | null => (next.who === "nobody" ? null : next.at)

const waitsByItself = (request: RunnerRequest, now: number): ReadonlyArray<Reason> => {
  if (request.dueAt === null || request.dueAt <= now) return []
  if (request.lastErrorCode === jobHeld.code) return [reason("job_held", jobHeld.message, null)]
  return request.lastErrorClass === "retryable"
    ? [reason("retry_wait", sentence(request.lastErrorMessage, "The last attempt failed."), request.dueAt)]
    : [reason("deferred", sentence(request.lastErrorMessage, "It is put off."), request.dueAt)]
}

const displaced = (request: RunnerRequest, { job }: Circumstances): ReadonlyArray<Reason> =>
  job === null || job.runnerName === null || job.runnerName === request.runnerName || hasTakenJob(request)
    ? []
    : [
        reason(
          "displaced",
          `Job ${job.jobId}, for which it was made, was given to runner ${job.runnerName}; its runner is for another job that waits.`
        )
      ]

const queued = (request: RunnerRequest, now: Circumstances): ReadonlyArray<Reason> => {
  const { ahead, anyNode, capacity } = now
  const itself = waitsByItself(request, capacity.now)
  const inTheWay =
    request.specName === null ? [] : obstacles(capacity, { specName: request.specName, repository: request.repository })
  const line =
    itself.length > 0
      ? []
      : ahead > 0
        ? [
            reason(
              "in_line",
              `${counted(ahead, "request", "requests")} of its runner spec ${ahead === 1 ? "comes" : "come"} first.`
            )
          ]
        : inTheWay.length === 0 && anyNode
          ? [reason("next", "Nothing stands in its way: the next node with room provisions it.", nextAt(now))]
          : []
  return [
    ...displaced(request, now),
    ...itself,
    ...(anyNode ? [] : [reason("no_node", "No node of this installation is alive.")]),
    ...inTheWay,
    ...line
  ]
}

const running = (request: RunnerRequest, now: Circumstances): ReadonlyArray<Reason> => {
  if (hasTakenJob(request)) {
    return [reason("working", `The runner works on job "${request.assignedJobName ?? request.assignedJobId}".`)]
  }
  return request.readyAt === null
    ? [reason("runner_starting", "The runner was started and does not listen for jobs yet.", nextAt(now))]
    : [
        ...displaced(request, now),
        reason("waiting_for_job", "The runner listens, and GitHub has given it no job yet.", nextAt(now))
      ]
}

const stopping = (request: RunnerRequest, now: Circumstances): ReadonlyArray<Reason> =>
  request.cleanupDueAt !== null && request.cleanupDueAt > now.capacity.now
    ? [
        reason(
          "cleanup_wait",
          sentence(request.lastErrorMessage, "Something could not be removed, and is tried again."),
          request.cleanupDueAt
        )
      ]
    : [reason("cleaning_up", "Sandbox and registration are being removed.", nextAt(now))]

const ofStatus = (request: RunnerRequest, now: Circumstances): ReadonlyArray<Reason> => {
  switch (request.status) {
    case "queued":
      return queued(request, now)
    case "creating":
      return [reason("provisioning", `The runner is being made (${request.stage ?? "sandbox_create"}).`, nextAt(now))]
    case "running":
      return running(request, now)
    case "stopping":
      return stopping(request, now)
    case "completed":
      return [reason("completed", "It is over, and nothing is left outside.")]
    case "failed":
      return [
        reason(
          request.failureStage === "admission" ? "refused" : "failed",
          sentence(request.error, "It failed, and nothing is left outside.")
        )
      ]
  }
}

/** Whether its place in line decides what is told of it first: nothing else keeps it from being provisioned. */
export const waitsInLine = (request: RunnerRequest, capacity: Capacity): boolean =>
  request.status === "queued" &&
  request.specName !== null &&
  waitsByItself(request, capacity.now).length === 0 &&
  obstacles(capacity, { specName: request.specName, repository: request.repository }).length === 0

/** Never empty. The first reason is the one to tell when there is room for one. */
export const explain = (request: RunnerRequest, now: Circumstances): ReadonlyArray<Reason> => {
  const stop =
    request.stopAskedAt === null || isFinished(request)
      ? []
      : [reason("stop_asked", `${request.stopAskedBy ?? "An operator"} asked for it to be stopped.`, nextAt(now))]
  return [...stop, ...ofStatus(request, now)]
}

/** The one reason to tell of a request that waits; null for one that works on a job, or is over. */
export const waitingFor = (request: RunnerRequest, now: Circumstances): Reason | null => {
  const [first] = explain(request, now)
  return first === undefined || isFinished(request) || first.code === "working" ? null : first
}
