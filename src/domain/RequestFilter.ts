// Which requests a list shows, and in which order.
//
// Answers for: the words, and what they say of one request. Finding many is RequestSearch.ts's, which must agree. Names of repositories,
// workflows and jobs are compared whole, `prefix` from the beginning, both without regard to the case of A–Z.
import type { RequestStatus, RunnerRequest } from "./RunnerRequest.ts"
import type { JobFacts } from "./WorkflowJob.ts"

/** All that is not null must hold. */
export interface RequestFilter {
  readonly statuses: ReadonlyArray<RequestStatus> | null
  readonly repository: string | null
  readonly specName: string | null
  readonly workflow: string | null
  /** The name of the job that caused the request. */
  readonly job: string | null
  readonly failureReason: string | null
  /** What the id, the runner's name, the sandbox's id or the job's name begins with. */
  readonly prefix: string | null
  /** Inclusive, epoch milliseconds. */
  readonly createdAfter: number | null
  /** Exclusive, epoch milliseconds. */
  readonly createdBefore: number | null
  /** Inclusive, epoch milliseconds; what has not finished is left out. */
  readonly finishedAfter: number | null
  /** Exclusive, epoch milliseconds; what has not finished is left out. */
  readonly finishedBefore: number | null
}

export const everyRequest: RequestFilter = {
  statuses: null,
  repository: null,
  specName: null,
  workflow: null,
  job: null,
  failureReason: null,
  prefix: null,
  createdAfter: null,
  createdBefore: null,
  finishedAfter: null,
  finishedBefore: null
}

export const sortKeys = ["created_at", "updated_at", "finished_at", "status"] as const
export type SortKey = (typeof sortKeys)[number]

/** Those with equal keys come by id. By `finished_at` only what has finished is listed; by `status` each status's newest first. */
export interface RequestSort {
  readonly key: SortKey
  /** The whole order the other way round: times from the oldest, statuses from the last of the alphabet. */
  readonly reversed: boolean
}

export const newestFirst: RequestSort = { key: "created_at", reversed: false }

/** Statuses of requests whose job still waits for its runner. */
export const waitingStatuses = ["queued", "creating"] as const satisfies ReadonlyArray<RequestStatus>

/** As both databases do: A–Z only. */
export const lowerCase = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

const same = (value: string | null | undefined, wanted: string | null): boolean =>
  wanted === null || (value !== null && value !== undefined && lowerCase(value) === lowerCase(wanted))

const within = (at: number | null, from: number | null, to: number | null): boolean =>
  (from === null || (at !== null && at >= from)) && (to === null || (at !== null && at < to))

/** Whether the filter lets a request through that was made for this job. */
export const matches = (
  filter: RequestFilter,
  request: RunnerRequest,
  job: Pick<JobFacts, "name" | "workflowName"> | undefined
): boolean => {
  const prefix = filter.prefix === null ? null : lowerCase(filter.prefix)
  return (
    (filter.statuses === null || filter.statuses.includes(request.status)) &&
    same(request.repository, filter.repository) &&
    (filter.specName === null || request.specName === filter.specName) &&
    same(job?.workflowName, filter.workflow) &&
    same(job?.name, filter.job) &&
    (filter.failureReason === null || request.failureReason === filter.failureReason) &&
    (prefix === null ||
      [request.id, request.runnerName, request.sandboxId, job?.name].some((text) =>
        lowerCase(text ?? "").startsWith(prefix)
      )) &&
    within(request.queuedAt, filter.createdAfter, filter.createdBefore) &&
    within(request.completedAt ?? request.failedAt, filter.finishedAfter, filter.finishedBefore)
  )
}
