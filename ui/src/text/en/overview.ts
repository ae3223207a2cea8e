// Words of the overview.
const counted = (sandboxes: number) => (sandboxes === 1 ? "1 sandbox" : `${sandboxes} sandboxes`)

export const overview = {
  title: "Overview",
  description: "What runs, what waits and why, and what failed.",
  health: {
    title: "Health",
    lastDelivery: "Last delivery",
    noDelivery: "none yet",
    notKnown: "not known",
    database: "Database",
    answersIn: (time: string) => `answers in ${time}`,
    silent: "does not answer",
    limits: "Limits",
    noLimit: "none holds",
    someLimits: (count: number) => (count === 1 ? "1 holds, until" : `${count} hold, the first until`),
    nodes: "Nodes",
    alive: (alive: number, all: number) => (alive === all ? `${alive} alive` : `${alive} of ${all} alive`)
  },
  counts: {
    title: "Requests now",
    queued: "Queued",
    creating: "Creating",
    running: "Running",
    stopping: "Stopping",
    failed: "Failed in 24 hours",
    oldest: "oldest",
    idle: (busy: number, idle: number) => `${busy} busy, ${idle} idle`,
    sandboxes: (sandboxes: number, limit: number | null) =>
      limit === null ? counted(sandboxes) : `${sandboxes} of ${counted(limit)}`
  },
  specs: {
    title: "Runner specs",
    empty: "There is no runner spec yet. Jobs are refused until there is one.",
    columns: { spec: "Spec", use: "Use", busy: "Busy", idle: "Idle", pending: "Pending", limit: "Limit" },
    disabled: "disabled",
    breaker: {
      paused: "paused",
      died: (deaths: number) =>
        deaths === 1
          ? "The newest sandbox died before it took a job:"
          : `The newest ${deaths} sandboxes died before they took a job, the last one so:`,
      again: "It is tried again",
      probing: "One sandbox tries now whether it works again.",
      resume: "Resume",
      resumeSpec: (spec: string) => `Resume ${spec}`,
      resumed: (spec: string) => `${spec} is provisioned for again.`
    },
    unlimited: "none",
    bar: (sandboxes: number, limit: number | null) =>
      limit === null ? `${counted(sandboxes)}, no limit` : `${sandboxes} of ${counted(limit)}`
  },
  times: {
    title: "Times",
    range: "Time range",
    hours: { 1: "1 hour", 6: "6 hours", 24: "24 hours", 168: "7 days" },
    queue: "Queue time",
    queueHint: "until a runner took the job",
    run: "Run time",
    runHint: "until the runner ended",
    p50: "p50",
    p95: "p95",
    jobs: "Jobs",
    slice: "Until",
    empty: "No job in this time.",
    noChart: "The chart cannot be drawn here.",
    table: "Show as a table",
    chart: (what: string) => `Chart: ${what}`
  },
  waiting: {
    title: "Waiting longest",
    all: "All that waits",
    empty: "Nothing waits for a runner."
  },
  failures: {
    title: "Newest failures",
    all: "All failures",
    empty: "Nothing failed in the last 24 hours.",
    unknown: "No reason is recorded."
  }
}
