// Words of the repository policies: their list, and the page of one.
export const policies = {
  title: "Policies",
  description: "Which repositories may use which specs, beside those that are available to every allowed repository.",
  create: "New policy",
  empty: "There is no policy. Without one a repository may use the specs that are available to everybody.",
  emptyFiltered: "No policy is like this.",
  columns: { repository: "Repository", target: "May use", created: "Made" },
  filters: { search: "Contains", searchHint: "repository, spec …", enabled: "Enabled" },
  spec: "spec",
  group: "group",
  missing: "does not exist",
  enable: (repository: string, target: string) => `The policy of ${repository} for ${target} is enabled`,
  turnedOn: (repository: string, target: string) => `${repository} may use ${target} again`,
  turnedOff: (repository: string, target: string) => `${repository} may not use ${target} by this policy any more`,
  actions: (repository: string, target: string) => `Actions of the policy of ${repository} for ${target}`
}

export const policy = {
  titleNew: "New policy",
  title: (id: number | string) => `Policy ${id}`,
  back: "All policies",
  gone: {
    title: (id: number) => `There is no policy ${id} any more`,
    description: "It was deleted meanwhile. What stands here can be saved as a new policy.",
    again: "Create it again"
  },
  exists: "There is a policy that grants the same to the same repositories.",
  created: "The policy is created",
  saved: "The policy is saved",
  fields: {
    repository_full_name: "Repository",
    kind: "Grants",
    runner_spec_name: "Spec",
    runner_group_name: "Group",
    enabled: "Enabled"
  },
  hints: {
    repository_full_name: "owner/repo, or owner/* for all of an owner's. Case is ignored.",
    kind: "One spec, or all specs of a group.",
    runner_spec_name: "Jobs still have to ask for its labels.",
    runner_group_name: "What is put into the group later is granted, too.",
    enabled: "A disabled policy grants nothing."
  },
  placeholders: { repository_full_name: "owner/repo", choose: "Choose one" },
  kinds: { spec: "A spec", group: "A group of specs" },
  none: {
    spec: "There is no runner spec to grant yet.",
    group: "There is no runner group to grant yet.",
    newSpec: "Create a spec",
    newGroup: "Create a group"
  },
  missing: (name: string) => `${name} (does not exist)`,
  deletion: {
    title: (repository: string) => `Delete this policy of ${repository}?`,
    description: "Jobs that came before keep what they were given. Deleting cannot be undone.",
    done: "The policy is deleted"
  }
}
