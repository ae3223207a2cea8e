// What a GitHub App must be allowed, and told of, so that runnerd can work with it.
//
// Source: https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps

export const neededPermissions = { administration: "write", actions: "read", metadata: "read" } as const

/** On the organisation, for specs with a GitHub runner group. */
export const neededForGroups = { organization_self_hosted_runners: "write" } as const

/** The second one is another way to the same jobs. */
export const usedEvents = ["workflow_job", "workflow_run"] as const

/** As GitHub's settings call them. */
const names: Readonly<Record<string, string>> = {
  administration: "Administration",
  actions: "Actions",
  metadata: "Metadata",
  organization_self_hosted_runners: "Self-hosted runners (organisation)"
}

/** In words. */
export const permissionList = (wanted: Readonly<Record<string, string>>): string =>
  Object.entries(wanted)
    .map(([name, level]) => `${permissionName(name)}: ${level}`)
    .join(", ")

export const permissionName = (permission: string): string => names[permission] ?? permission
