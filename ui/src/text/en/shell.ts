// Words of the frame: what a token may do, and whether the page follows the service.
export const role = { viewer: "viewer", operator: "operator", admin: "admin" }

export const live = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "runnerd cannot be reached: trying again",
  ended: "Not live"
}

export const enabled = { yes: "enabled", no: "disabled" }

export const yesNo = { yes: "yes", no: "no" }

/** What is said alike of specs, groups and policies. */
export const catalogue = {
  enabled: "Enabled",
  actions: "Actions",
  edit: "Change",
  clone: "Clone",
  remove: "Delete …",
  settings: "Settings",
  create: "Create",
  openIt: "Open it",
  page: (from: number, to: number, total: number) => `${from} to ${to} of ${total}`,
  previous: "Previous",
  next: "Next"
}
