// The GitHub App that runnerd needs, as a manifest, and where GitHub takes one.
//
// Source: https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
import { neededForGroups, neededPermissions, usedEvents } from "../../domain/GitHubAppNeeds.ts"

export interface AppWish {
  readonly name: string
  /** Undefined: whoever makes it owns it. */
  readonly organization: string | undefined
  /** Where GitHub reaches runnerd, without a slash at the end. */
  readonly publicUrl: string
  /** GitHub's REST API. */
  readonly gitHubApiUrl: string
}

/** `redirectUrl`: where GitHub sends the browser when the App is made. */
export const manifestOf = ({ name, organization, publicUrl }: AppWish, redirectUrl: string) => ({
  name,
  url: publicUrl,
  description: "Ephemeral GitHub Actions runners in E2B sandboxes, by runnerd.",
  hook_attributes: { url: `${publicUrl}/webhooks/github`, active: true },
  redirect_url: redirectUrl,
  public: false,
  // Only organisations have runner groups.
  default_permissions: { ...neededPermissions, ...(organization === undefined ? {} : neededForGroups) },
  default_events: [...usedEvents]
})

/** GitHub's pages. A simulator has them at the address of its API. */
export const gitHubOrigin = (apiUrl: string): string => {
  const { origin } = new URL(apiUrl)
  return origin === "https://api.github.com" ? "https://github.com" : origin
}

export const newAppUrl = ({ gitHubApiUrl, organization }: AppWish, state: string): string => {
  const account = organization === undefined ? "" : `/organizations/${encodeURIComponent(organization)}`
  return `${gitHubOrigin(gitHubApiUrl)}${account}/settings/apps/new?state=${encodeURIComponent(state)}`
}
