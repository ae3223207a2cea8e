// Words of the runner groups: their list, and the page of one.
export const groups = {
  title: "Groups",
  description: "Named sets of specs, so that one policy can grant several. Not GitHub's runner groups.",
  create: "New group",
  empty: "There is no runner group. A group lets one policy grant several specs at once.",
  emptyFiltered: "No group is like this.",
  columns: { name: "Name", specs: "Specs", policies: "Policies", updated: "Changed" },
  filters: { search: "Contains", searchHint: "name, spec …", enabled: "Enabled" },
  noSpecs: "none",
  noPolicies: "granted to nobody",
  enable: (name: string) => `Runner group ${name} is enabled`,
  turnedOn: (name: string) => `${name} grants its specs again`,
  turnedOff: (name: string) => `${name} grants nothing now`,
  actions: (name: string) => `Actions of ${name}`,
  grant: "Grant it to a repository"
}

export const group = {
  titleNew: "New group",
  titleClone: (name: string) => `New group, like ${name}`,
  back: "All groups",
  gone: {
    title: (name: string) => `There is no runner group ${name} any more`,
    description: "It was deleted meanwhile. What stands here can be saved as a new group of that name.",
    again: "Create it again"
  },
  exists: "There is a group of this name.",
  created: (name: string) => `${name} is created`,
  saved: (name: string) => `${name} is saved`,
  fields: { name: "Name", description: "Description", spec_names: "Specs", enabled: "Enabled" },
  hints: {
    name: "Cannot be changed later: policies refer to it.",
    description: "For people. May be empty.",
    spec_names: "What whoever is granted the group may use. None: it grants nothing.",
    enabled: "A disabled group grants nothing. Its policies stay."
  },
  noSpec: "There is no runner spec yet.",
  newSpec: "Create one",
  missing: "no such spec",
  grants: {
    title: "Who may use it",
    nobody: "No policy grants it.",
    add: "Grant it to a repository"
  },
  deletion: {
    title: (name: string) => `Delete runner group ${name}?`,
    description: "If a policy names it, nothing is deleted yet, and you are told which.",
    done: (name: string) => `${name} is deleted`,
    disabled: (count: number) => (count === 1 ? "1 policy is off now." : `${count} policies are off now.`),
    consequences: "The policies that name it stay, and are turned off. Its specs are left alone."
  }
}
