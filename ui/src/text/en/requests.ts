// Words of the list of requests.
export const requests = {
  title: "Requests",
  description: "One wanted runner each.",
  empty: "No requests yet. One appears as soon as GitHub tells of a queued job.",
  emptyFiltered: "No request is like this.",
  columns: {
    status: "Status",
    job: "Job",
    spec: "Spec",
    reason: "Waits for, or failed by",
    age: "Created",
    changed: "Changed",
    ended: "Ended",
    queue: "Queued for",
    run: "Ran for",
    links: "GitHub"
  },
  filters: {
    status: "Status",
    search: "Begins with",
    searchHint: "id, job, runner, sandbox",
    repository: "Repository",
    repositoryHint: "owner/repo",
    spec: "Spec",
    workflow: "Workflow",
    reason: "Failure code",
    created: "Created",
    times: {
      "1h": "in the last hour",
      "6h": "in the last 6 hours",
      "24h": "in the last 24 hours",
      "7d": "in the last 7 days",
      between: "between"
    },
    from: "From",
    until: "Until",
    endedSince: (time: string) => `Ended since ${time}`,
    onlyEnded: "Only what has ended, as it is sorted by that",
    remove: "remove"
  },
  statuses: {
    waiting: "waiting",
    queued: "queued",
    creating: "creating",
    running: "running",
    stopping: "stopping",
    completed: "completed",
    failed: "failed"
  },
  atLeast: (total: number) => `${total} or more`,
  openJob: (job: string) => `${job} at GitHub`,
  openPull: (number: number) => `Pull request ${number} at GitHub`,
  news: (count: number) => (count === 1 ? "1 more is new or changed" : `${count} more are new or changed`),
  selected: (count: number) => (count === 1 ? "1 request selected" : `${count} requests selected`),
  select: (id: string) => `Select ${id}`,
  selectAll: "Select all on this page",
  retry: "Retry",
  stop: "Stop",
  done: (count: number) => (count === 1 ? "1 request was asked for" : `${count} requests were asked for`),
  confirm: {
    stop: (count: number) => (count === 1 ? "Stop this request?" : `Stop ${count} requests?`),
    stopDescription: "A runner that works on a job is stopped too, and GitHub fails the job.",
    retry: (count: number) => (count === 1 ? "Retry this request?" : `Retry ${count} requests?`),
    retryDescription: "Each is admitted anew, by today's specs and policies, and gets all its attempts again.",
    cancel: "Cancel"
  }
}
