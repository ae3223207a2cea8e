// Words of the list of deliveries and of one delivery.
export const deliveries = {
  title: "Deliveries",
  description: "What GitHub sent, and what became of it.",
  empty: "Nothing has been delivered yet. Deliveries appear as soon as GitHub's webhook reaches this runnerd.",
  emptyFiltered: "No delivery like this among those looked through.",
  columns: {
    received: "Received",
    event: "Event",
    repository: "Repository",
    job: "Job",
    path: "Path",
    outcome: "Became"
  },
  filters: {
    path: "Path",
    event: "Event",
    outcome: "Became",
    repository: "Repository",
    repositoryHint: "owner/repo",
    job: "Job id",
    guid: "GitHub's id"
  },
  paths: { webhook: "webhook", redelivery: "redelivery" },
  outcomes: {
    Created: "a request",
    Refused: "a refused request",
    Existing: "nothing new",
    Recorded: "news of a request",
    RunToCheck: "a run to look at",
    Ignored: "ignored",
    Foreign: "not ours"
  },
  times: (times: number) => `${times} times`,
  newest: "Newest",
  older: "Older",
  lookFurther: "Look further back"
}

export const delivery = {
  title: (id: string) => `Delivery ${id}`,
  back: "All deliveries",
  facts: "Delivery",
  fields: {
    guid: "GitHub's id",
    received: "Received",
    times: "Received how often",
    path: "Path",
    event: "Event",
    repository: "Repository",
    installation: "Installation",
    outcome: "Became",
    job: "Job"
  },
  job: "The job in its payload",
  noJob: "It is about no job, or its payload is not kept any more.",
  jobFields: {
    name: "Name",
    workflow: "Workflow",
    labels: "Labels",
    status: "Status",
    conclusion: "Conclusion",
    runner: "Runner",
    run: "Workflow run",
    attempt: "Attempt",
    branch: "Branch",
    commit: "Commit",
    pull: "Pull request",
    created: "Made",
    started: "Started",
    completed: "Ended"
  },
  github: "at GitHub",
  replay: {
    title: "Replay",
    description: "What would be decided of the job now, by today's specs, groups and policies. Nothing is stored.",
    again: "Decide again",
    nothing: "It is about no job, so there is nothing to decide.",
    gone: "Its payload is not kept any more, so it cannot be decided again.",
    admitted: (spec: string) => `Admitted: runner spec ${spec} would serve it`,
    refused: "Refused",
    ignored: "Ignored: it asks for nothing of ours",
    steps: "Step by step"
  }
}
