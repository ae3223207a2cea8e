// Words of the list of requests.
export const requests = {
  title: "Requests",
  description: "One wanted runner each, newest first.",
  empty: "No requests yet. One appears as soon as GitHub tells of a queued job.",
  emptyFiltered: "No request is like this.",
  columns: {
    status: "Status",
    job: "Job",
    spec: "Spec",
    reason: "Waits for, or failed by",
    age: "Age",
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
    since: (time: string) => `Since ${time}`,
    noSince: "Since any time"
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
  page: (from: number, to: number, total: string) => `${from} to ${to} of ${total}`,
  atLeast: (total: number) => `${total} or more`,
  newer: "Newer",
  older: "Older",
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
