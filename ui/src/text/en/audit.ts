// Words of the audit trail.
export const audit = {
  title: "Audit",
  description: "Who did what by the API, and how it was before and after.",
  empty:
    "Nothing has been done yet. Each change of a spec, group or policy, and each stop and retry, is recorded here.",
  emptyFiltered: "Nothing like this was done.",
  columns: { time: "Time", actor: "Actor", action: "Action", resource: "Resource", change: "Change" },
  filters: { actor: "Actor", action: "Action", type: "Kind", resource: "Name or number" },
  types: {
    runner_request: "request",
    runner_spec: "runner spec",
    runner_group: "runner group",
    repository_policy: "policy"
  },
  show: (id: number) => `Show event ${id}`,
  hide: (id: number) => `Hide event ${id}`,
  created: "made",
  deleted: "removed",
  unchanged: "nothing"
}
