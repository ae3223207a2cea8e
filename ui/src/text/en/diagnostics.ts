// Words of the diagnostics.
export const diagnostics = {
  title: "Diagnostics",
  description: "How runnerd itself is.",
  yes: "yes",
  no: "no",
  none: "none",
  process: {
    title: "Process that answers",
    host: "Machine",
    pid: "Process",
    started: "Started",
    version: "runnerd",
    node: "Node.js",
    actors: "Requests in its care",
    memory: "Memory",
    heap: "JavaScript heap",
    ofHeap: (used: string, total: string) => `${used} of ${total}`,
    busy: "Busy",
    delay: "Timers late (p50, p99)"
  },
  database: {
    title: "Database",
    kind: "Kind",
    place: "Place",
    version: "Version",
    schema: "Schema",
    answers: "Answers in",
    size: "Size",
    instance: "Installation",
    unconfirmed: "not confirmed: nothing outside is removed until `runnerd confirm-database`"
  },
  nodes: {
    title: "Nodes",
    columns: {
      node: "Node",
      host: "Machine",
      process: "Process",
      started: "Started",
      sign: "Sign of life",
      state: "State"
    },
    alive: "alive",
    gone: "gone",
    leads: "leads",
    answers: "answers this"
  },
  limits: {
    title: "Limits of E2B and GitHub",
    empty: "Nothing is being waited for.",
    columns: { scope: "Whose", calls: "No calls until", runners: "No runners until", why: "Why", refusals: "Refusals" },
    pace: "Sandboxes a second",
    unlimited: "unlimited",
    now: "Sandboxes that may be asked for now",
    ceiling: "E2B gave no more than",
    points: (scope: string) => `Points of a minute, ${scope}`,
    ofPoints: (spent: number, allowed: number) => `${spent} of ${allowed}`
  },
  loops: {
    title: "Loops of this process",
    columns: {
      name: "Loop",
      began: "Newest turn",
      ended: "Last end",
      turns: "Turns",
      failures: "Failures",
      failed: "Last failure"
    }
  },
  work: {
    title: "Work in progress",
    empty: "No node holds a request.",
    columns: { node: "Node", status: "Status", stage: "Stage", requests: "Requests" }
  },
  settings: {
    title: "GitHub and E2B",
    auth: "Authenticates by",
    github: "GitHub's API",
    registration: "Registers runners by",
    e2b: "E2B's API",
    life: "Life of a sandbox, and at most"
  },
  doctor: {
    title: "Doctor",
    description:
      "Asks GitHub, E2B, the database and the clock whether all is as runnerd needs it. It may take half a minute, and changes nothing.",
    run: "Run the doctor",
    running: "Asking",
    status: { ok: "all right", warn: "to be looked at", fail: "does not work" }
  },
  more: {
    title: "More",
    api: "The API's description",
    metrics: "Metrics for Prometheus",
    metricsHint: "with a token of the role viewer, unless metrics.public is set",
    profiling: "Profiles",
    profilingOff: (reason: string) => `No profiling listener: ${reason}.`,
    profilingAt: (address: string) => `At ${address} of this process's machine, and only from there.`,
    profilingUnannounced: "Its address file could not be written: it takes a token of the role admin.",
    profilingHint: "Run this there to fetch a profile of each kind; the heap's holds every secret in memory."
  }
}
