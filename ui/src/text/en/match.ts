// Words of the match test and of the dry run.
export const match = {
  title: "Match test",
  description: "Which runner spec a job would get, and why. Decided as for a webhook, and nothing is stored.",
  repository: "Repository",
  repositoryHint: "owner/repo",
  noRepository: "Which repository the job is of",
  labels: "Labels of the job",
  labelsHint: "self-hosted, e2b",
  labelsNote: "As runs-on has them, between commas.",
  test: "Test",
  tryChange: "Try a change",
  none: "Enter a repository and what its job has in runs-on.",
  admitted: (spec: string) => `Runner spec ${spec} would serve it`,
  refused: "Refused: it would become a failed request",
  ignored: "Ignored: it asks for nothing of ours, so it would only be remembered",
  by: {
    title: "What let it in",
    default: (spec: string) => `Runner spec ${spec} is available by default.`,
    policy: (id: number, repository: string) => `Policy ${id} for ${repository} grants it.`,
    groupPolicy: (id: number, repository: string, group: string) =>
      `Policy ${id} for ${repository} grants it by runner group ${group}.`
  },
  steps: "Step by step",
  remedies: {
    title: "What would make it match",
    allow: (repository: string) =>
      `Add ${repository}, or its owner followed by /*, to github.allowed_repositories in the configuration, and start runnerd again.`,
    noLabels: "Give the job the labels of one of these runner specs.",
    noSpec: "There is no runner spec yet. Create one that has the labels.",
    spec: "Runner spec",
    enable: "enable it",
    grant: (repository: string) => `grant it to ${repository} by a policy, or make it available by default`,
    addLabels: (labels: string) => `add ${labels} to its labels, or leave them out of runs-on`,
    useLabels: (labels: string) => `runs-on: [${labels}]`,
    try: "Try on recent jobs"
  }
}

export const dryRun = {
  title: "Try a change",
  description: "Which of the jobs that came lately would be matched otherwise if this were saved. Nothing is stored.",
  dialog: "Tried on recent jobs",
  back: "Match test",
  kind: "Change",
  kinds: {
    spec: "change or create a runner spec",
    spec_gone: "delete a runner spec",
    policy: "add a policy",
    policy_gone: "delete a policy"
  },
  fields: {
    spec: "Runner spec",
    labels: "Labels",
    labelsHint: "as they are",
    priority: "Priority",
    enabled: "Enabled",
    default: "Available by default",
    repository: "Repository",
    repositoryHint: "owner/repo or owner/*",
    grants: "Grants",
    policy: "Policy"
  },
  asIs: "as it is",
  yes: "yes",
  no: "no",
  grants: { spec: "runner spec", group: "runner group" },
  policyName: (id: number, repository: string, target: string) => `${id}: ${repository} → ${target}`,
  needed: "Needed",
  run: "Try",
  none: "Say what is to be changed, and try it.",
  window: "Jobs of",
  windows: { 1: "the last hour", 24: "the last 24 hours", 168: "the last 7 days", 720: "the last 30 days" },
  noJobs: "No job came in that time.",
  same: (jobs: number) => `All ${jobs} jobs would be decided as they are now.`,
  changed: (changed: number, jobs: number) =>
    changed === 1
      ? `1 of ${jobs} jobs would be decided otherwise.`
      : `${changed} of ${jobs} jobs would be decided otherwise.`,
  columns: { jobs: "Jobs", repository: "Repository", labels: "Labels", before: "Now", after: "Then" },
  outcomes: { admitted: "admitted", refused: "refused", ignored: "ignored" }
}
