// What is said when the demo's time is over: how each unfinished job stands, and its request's timeline.
//
// Answers for: the text. Gotcha: runnerd may be what does not answer any more, so a failed call is part of the report.
import { isFinished, type JobView, type RequestView } from "./JobViews.ts"
import { callApi } from "./LocalWorld.ts"

interface Entry {
  readonly at: string
  readonly code: string
  readonly message: string
}

const timeline = async (url: string, id: string): Promise<ReadonlyArray<string>> => {
  try {
    const entries = await callApi<ReadonlyArray<Entry>>(url, "GET", `/runner_requests/${id}/events`)
    return entries.map((entry) => `      ${entry.at}  ${entry.code}: ${entry.message}`)
  } catch (failure) {
    return [`      the timeline cannot be read: ${String(failure)}`]
  }
}

const requestLine = (request: RequestView): string =>
  [
    `    request ${request.id}: ${request.status}`,
    request.stage ?? undefined,
    request.error ?? request.last_error_message ?? undefined
  ]
    .filter((part) => part !== undefined)
    .join(", ")

export const tellUnfinished = async (
  url: string,
  jobs: ReadonlyArray<JobView>,
  requests: ReadonlyArray<RequestView>
): Promise<void> => {
  for (const job of jobs.filter((job) => job.status !== "completed")) {
    console.log(`  ${job.name}: ${job.status}${job.request === null ? ", runnerd knows nothing of it" : ""}`)
  }
  const unfinishedJobs = new Set(jobs.filter((job) => job.status !== "completed").map((job) => String(job.id)))
  for (const request of requests) {
    if (isFinished(request) && !unfinishedJobs.has(request.id)) continue
    console.log(requestLine(request))
    for (const line of await timeline(url, request.id)) console.log(line)
  }
}
