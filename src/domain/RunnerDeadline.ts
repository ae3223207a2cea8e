// How long a running runner may go on without saying what it is expected to say.
//
// Answers for: which deadline is next. What its passing means is in fibers/RunnerDeadlines.ts. Gotcha: only the end of
// its sandbox's life ends a runner that has a job.
import { hasTakenJob, type RunnerRequest } from "./RunnerRequest.ts"

/** All in milliseconds. */
export interface Patience {
  /** From the start to "Listening for Jobs". */
  readonly ready: number
  /** From then to a job. */
  readonly idle: number
  /** The life of a new sandbox, and how much longer each extension lets it live. */
  readonly life: number
}

export interface RunnerDeadline {
  /** Epoch milliseconds. */
  readonly at: number
  readonly kind: "ready" | "idle" | "extend" | "life"
}

/** What is not to be looked at before, as epoch milliseconds: GitHub said busy or nothing, E2B refused or said nothing. */
export interface Pauses {
  readonly idle: number
  readonly extend: number
}

export const noPauses: Pauses = { idle: 0, extend: 0 }

const minute = 60_000

/** How long before its end a sandbox's life is extended: long enough for E2B to be away for a while. */
const ahead = (patience: Patience) => Math.min(5 * minute, patience.life / 4)

/** When E2B ends the sandbox, as far as we know. */
export const sandboxEnd = (request: RunnerRequest, patience: Patience): number =>
  request.sandboxEndsAt ?? (request.creatingAt ?? request.runningAt ?? request.updatedAt) + patience.life

export const runnerDeadline = (request: RunnerRequest, patience: Patience, pauses: Pauses): RunnerDeadline => {
  const end = sandboxEnd(request, patience)
  const extend = Math.max(end - ahead(patience), pauses.extend)
  const life: RunnerDeadline = extend < end ? { at: extend, kind: "extend" } : { at: end, kind: "life" }
  if (hasTakenJob(request)) return life
  const waiting: RunnerDeadline =
    request.readyAt === null
      ? { at: (request.runningAt ?? request.updatedAt) + patience.ready, kind: "ready" }
      : { at: Math.max(pauses.idle, request.readyAt + patience.idle), kind: "idle" }
  return waiting.at < life.at ? waiting : life
}
