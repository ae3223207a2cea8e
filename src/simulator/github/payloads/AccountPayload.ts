// How an owner or a user looks in answers and webhooks.
//
// Answers for: `owner`, `sender`, `actor` and the `organization` of a webhook. Shapes after @octokit/webhooks-examples.
import type { Account } from "../machine/Entities.ts"

export const nodeId = (kind: string, id: number): string =>
  Buffer.from(`0${kind.length}:${kind}${id}`).toString("base64")

/** UTC, without fractions of a second, as GitHub writes times; null stays null. */
export const isoTime = (millis: number): string => new Date(millis).toISOString().replace(/\.\d{3}Z$/, "Z")
export const isoTimeOrNull = (millis: number | null): string | null => (millis === null ? null : isoTime(millis))

export const accountPayload = (serverUrl: string, account: Account) => {
  const url = `${serverUrl}/users/${account.login}`
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type, account.id),
    avatar_url: `${serverUrl}/avatars/u/${account.id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `${serverUrl}/${account.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: "public",
    site_admin: false
  }
}

export const organizationPayload = (serverUrl: string, account: Account) => {
  const url = `${serverUrl}/orgs/${account.login}`
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type, account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${serverUrl}/avatars/u/${account.id}?v=4`,
    description: ""
  }
}
