// What a list of requests is asked for, in the domain's words.
import * as DateTime from "effect/DateTime"
import {
  newestFirst,
  type RequestFilter,
  type RequestSort,
  type SortKey,
  waitingStatuses
} from "../../domain/RequestFilter.ts"
import type { RequestStatus } from "../../domain/RunnerRequest.ts"
import type { FilterQuery } from "../api/RequestListQuery.ts"

const statusesOf = ({ status, waiting }: FilterQuery): ReadonlyArray<RequestStatus> | null => {
  const asked = status === undefined ? null : [...new Set(status)]
  if (waiting !== "true") return asked
  return asked === null ? waitingStatuses : waitingStatuses.filter((each) => asked.includes(each))
}

const millis = (time: DateTime.Utc | undefined) => (time === undefined ? null : DateTime.toEpochMillis(time))

export const filterOf = (query: FilterQuery): RequestFilter => ({
  statuses: statusesOf(query),
  repository: query.repository ?? null,
  specName: query.spec ?? null,
  workflow: query.workflow ?? null,
  job: query.job ?? null,
  failureReason: query.failure_reason ?? null,
  prefix: query.q ?? null,
  createdAfter: millis(query.created_after),
  createdBefore: millis(query.created_before),
  finishedAfter: millis(query.finished_after),
  finishedBefore: millis(query.finished_before)
})

interface AskedOrder {
  readonly sort?: SortKey | undefined
  readonly order?: "asc" | "desc" | undefined
}

export const sortOf = ({ order, sort: key = newestFirst.key }: AskedOrder): RequestSort => ({
  key,
  reversed: order !== undefined && order !== (key === "status" ? "asc" : "desc")
})
