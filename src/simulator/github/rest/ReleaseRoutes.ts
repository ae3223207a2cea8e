// The releases of actions/runner, which anybody may read.
//
// Answers for: /repos/actions/runner/releases, newest first. Gotcha: of other repositories' releases nothing is known: 404.
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import { notFound } from "../machine/Refused.ts"
import { accountPayload, isoTime, nodeId } from "../payloads/AccountPayload.ts"
import { paged } from "./Paging.ts"
import type { Route } from "./Route.ts"
import { param } from "./Route.ts"

export const releaseRoutes = (machine: GitHubMachine): ReadonlyArray<Route> => {
  const { serverUrl } = machine
  const shown = ({ publishedAt, version }: GitHubMachine["runnerReleases"][number], index: number) => {
    const tag = `v${version}`
    const url = `${serverUrl}/repos/actions/runner`
    const id = index + 1
    return {
      url: `${url}/releases/${id}`,
      html_url: `${serverUrl}/actions/runner/releases/tag/${tag}`,
      assets_url: `${url}/releases/${id}/assets`,
      upload_url: `${url}/releases/${id}/assets{?name,label}`,
      tarball_url: `${url}/tarball/${tag}`,
      zipball_url: `${url}/zipball/${tag}`,
      id,
      node_id: nodeId("Release", id),
      tag_name: tag,
      target_commitish: "main",
      name: tag,
      body: "",
      draft: false,
      prerelease: false,
      created_at: isoTime(publishedAt),
      published_at: isoTime(publishedAt),
      author: accountPayload(serverUrl, machine.actor),
      assets: []
    }
  }
  return [
    {
      method: "GET",
      path: "/repos/{owner}/{repo}/releases",
      operation: "repos/list-releases",
      public: true,
      handle: (call) => {
        if (`${param(call, "owner")}/${param(call, "repo")}`.toLowerCase() !== "actions/runner") throw notFound()
        const newestFirst = machine.runnerReleases.map(shown).toReversed()
        const page = paged(call, serverUrl, newestFirst)
        return { status: 200, body: page.items, headers: page.headers }
      }
    }
  ]
}
