// Words of the runner specs: their list, and the page of one.
export const specs = {
  title: "Specs",
  description: "What runners are like: the labels that jobs ask for, the sandbox's template, and limits.",
  create: "New spec",
  empty: "There is no runner spec yet. Until there is one, jobs are refused and get no runner.",
  emptyFiltered: "No spec is like this.",
  columns: {
    name: "Name",
    labels: "Labels",
    template: "Template",
    group: "GitHub group",
    groups: "Runner groups",
    available: "Default",
    limit: "Limit",
    priority: "Priority"
  },
  filters: { search: "Contains", searchHint: "name, label …", enabled: "Enabled" },
  everybody: "everybody",
  byPolicy: "by policy",
  unlimited: "unlimited",
  none: "–",
  enable: (name: string) => `Runner spec ${name} is enabled`,
  turnedOn: (name: string) => `${name} takes jobs again`,
  turnedOff: (name: string) => `${name} takes no more jobs`,
  actions: (name: string) => `Actions of ${name}`,
  requests: "Requests"
}

export const spec = {
  titleNew: "New spec",
  titleClone: (name: string) => `New spec, like ${name}`,
  back: "All specs",
  gone: {
    title: (name: string) => `There is no runner spec ${name} any more`,
    description: "It was deleted meanwhile. What stands here can be saved as a new spec of that name.",
    again: "Create it again"
  },
  exists: "There is a spec of this name.",
  created: (name: string) => `${name} is created`,
  saved: (name: string) => `${name} is saved`,
  fields: {
    name: "Name",
    labels: "Labels",
    template_id: "Template",
    runner_group: "GitHub runner group",
    max_concurrency: "Limit",
    min_idle: "Kept ready",
    priority: "Priority",
    enabled: "Enabled",
    default_available: "Available to every allowed repository"
  },
  hints: {
    name: "Cannot be changed later: groups, policies and requests refer to it.",
    labels:
      "A job fits when all labels of its runs-on are among these. Case is ignored. Enter or a comma ends one; a list can be pasted.",
    template_id: "An E2B template, by alias or id. Each runner gets a sandbox of its own made from it.",
    runner_group:
      "Empty: runners of the job's repository. Set: runners of the organisation, in this group of GitHub's.",
    max_concurrency: "Sandboxes of this spec at once. 0: unlimited, but for what all specs together may have.",
    min_idle: "Only 0 so far: a runner is made when a job waits for it.",
    priority: "Of two specs that fit a job the one with the higher number wins. 0 is ordinary; it may be negative.",
    enabled:
      "A disabled spec takes no new jobs; those that wait for it fail with that reason when their turn comes. Runners that run are left alone.",
    default_available: "Off: only repositories that a policy names may use it."
  },
  units: { sandboxes: "sandboxes", runners: "runners" },
  placeholders: { labels: "self-hosted, e2b", template_id: "gh-runner", runner_group: "none" },
  template: {
    checking: "Asking E2B …",
    found: (id: string) => `Found: ${id}`,
    builds: (usable: number, all: number) => `${usable} of ${all} builds can be used`,
    cpus: (count: number) => (count === 1 ? "1 CPU" : `${count} CPUs`),
    memory: (size: string) => `${size} memory`,
    disk: (size: string) => `${size} disk`,
    names: (names: string) => `also called ${names}`,
    built: "built",
    unknown: "E2B has no template of this name or id in this team.",
    cannotAsk: "E2B cannot be asked now; saving asks again.",
    again: "Ask again"
  },
  use: {
    title: "Now",
    busy: "Busy",
    idle: "Idle",
    pending: "Waiting",
    sandboxes: "Sandboxes",
    runner: (version: string) => `Its template brings actions/runner ${version}`,
    acceptedUntil: "end of its support at GitHub:"
  },
  grants: {
    title: "Who may use it",
    everybody: "Every allowed repository.",
    nobody: "No repository: it is not available to all, and no policy grants it.",
    viaGroup: (group: string) => `by group ${group}`,
    off: "off",
    add: "Grant it to a repository"
  },
  membership: {
    title: "Runner groups",
    empty: "There is no runner group. A group lets one policy grant several specs.",
    create: "New group",
    joined: (spec: string, group: string) => `${spec} is in ${group} now`,
    left: (spec: string, group: string) => `${spec} is not in ${group} any more`
  },
  deletion: {
    title: (name: string) => `Delete runner spec ${name}?`,
    description: "If anything depends on it, nothing is deleted yet, and you are told what does.",
    done: (name: string) => `${name} is deleted`,
    failed: (count: number) =>
      count === 1 ? "1 request that waited for it has failed." : `${count} requests that waited for it have failed.`,
    consequences:
      "Requests that wait for it fail at once. Runners that run are left alone. Groups lose it; policies stay, and grant nothing."
  }
}
