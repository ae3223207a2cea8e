// REST routes of the GitHub App: installations and their tokens; and a few that any caller may use.
//
// Answers for: /app…, …/installation, /installation/repositories, /rate_limit, /repos/{owner}/{repo}, /orgs/{org}, /user.
import type { Installation, Repository } from "../machine/Entities.ts"
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import { defaultPermissions } from "../machine/Topology.ts"
import { notFound } from "../machine/Refused.ts"
import { accountPayload, isoTime, nodeId, organizationPayload } from "../payloads/AccountPayload.ts"
import { appEvents, appSlug, installationPayload } from "../payloads/InstallationPayload.ts"
import { repositoryPayload } from "../payloads/RepositoryPayload.ts"
import { madeAppPayload } from "../payloads/AppPayload.ts"
import type { Authentication } from "./Authentication.ts"
import { paged } from "./Paging.ts"
import type { Principal } from "./Principal.ts"
import type { RateLimits } from "./RateLimits.ts"
import type { Call, Route } from "./Route.ts"
import { invalid, numberParam, objectBody, param } from "./Route.ts"

export interface AppRouteParts {
  readonly machine: GitHubMachine
  readonly auth: Authentication
  readonly rateLimits: RateLimits
  readonly appId: number
}

export const appRoutes = ({ machine, auth, rateLimits, appId }: AppRouteParts): ReadonlyArray<Route> => {
  const { serverUrl, topology } = machine
  const shown = (installation: Installation) => installationPayload(serverUrl, appId, installation)

  /** Null for the simulator's own App. */
  const madeBy = (principal: Principal) =>
    principal.kind === "app" && principal.made !== null
      ? { ...madeAppPayload(serverUrl, principal.made), installations_count: 0 }
      : null

  const installationOf = (call: Call): Installation => {
    const installation = topology.installations.get(numberParam(call, "installation_id"))
    if (installation === undefined || installation.foreign) throw notFound()
    return installation
  }

  const narrowedRepositories = (call: Call, installation: Installation): ReadonlyArray<Repository> | null => {
    const { repository_ids: ids, repositories: names } = objectBody(call)
    if (ids === undefined && names === undefined) return null
    if (![ids ?? [], names ?? []].every(Array.isArray)) throw invalid("repositories is not an array.")
    const all = [...installation.repositories.values()]
    const wanted = [...((ids as Array<unknown>) ?? []), ...((names as Array<unknown>) ?? [])]
    return wanted.map((key) => {
      const found = all.find((repository) => repository.id === key || repository.name === key)
      if (found === undefined) {
        throw invalid(
          "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
      }
      return found
    })
  }

  const createToken = (call: Call) => {
    const installation = installationOf(call)
    const repositories = narrowedRepositories(call, installation)
    const permissions = (objectBody(call)["permissions"] ?? installation.permissions) as Installation["permissions"]
    for (const [name, level] of Object.entries(permissions)) {
      const granted = installation.permissions[name]
      if (granted !== "write" && granted !== level) {
        throw invalid("The permissions requested are not granted to this installation.")
      }
    }
    const repositoryIds = repositories === null ? null : new Set(repositories.map((repository) => repository.id))
    const issued = auth.issue(installation, { repositoryIds, permissions })
    const body = {
      token: issued.token,
      expires_at: isoTime(issued.expiresAt),
      permissions,
      repository_selection: repositories === null ? "all" : "selected",
      ...(repositories === null
        ? {}
        : { repositories: repositories.map((repository) => repositoryPayload(serverUrl, repository)) })
    }
    return { status: 201, body }
  }

  return [
    {
      method: "GET",
      path: "/app",
      operation: "apps/get-authenticated",
      appOnly: true,
      handle: ({ principal }) => ({
        status: 200,
        body: madeBy(principal) ?? {
          id: appId,
          slug: appSlug,
          node_id: nodeId("Integration", appId),
          owner: accountPayload(serverUrl, machine.actor),
          name: "runnerd (simulated)",
          description: "",
          external_url: serverUrl,
          html_url: `${serverUrl}/apps/${appSlug}`,
          created_at: isoTime(0),
          updated_at: isoTime(0),
          permissions: defaultPermissions,
          events: appEvents,
          installations_count: topology.own().length
        }
      })
    },
    {
      method: "GET",
      path: "/app/installations",
      operation: "apps/list-installations",
      appOnly: true,
      handle: (call) => {
        const page = paged(call, serverUrl, madeBy(call.principal) === null ? topology.own() : [])
        return { status: 200, body: page.items.map(shown), headers: page.headers }
      }
    },
    {
      method: "GET",
      path: "/app/installations/{installation_id}",
      operation: "apps/get-installation",
      appOnly: true,
      handle: (call) => ({ status: 200, body: shown(installationOf(call)) })
    },
    {
      method: "POST",
      path: "/app/installations/{installation_id}/access_tokens",
      operation: "apps/create-installation-access-token",
      appOnly: true,
      handle: createToken
    },
    {
      method: "DELETE",
      path: "/app/installations/{installation_id}",
      operation: "apps/delete-installation",
      appOnly: true,
      handle: (call) => {
        machine.accounts.uninstall(installationOf(call).account.login)
        return { status: 204 }
      }
    },
    ...(["PUT", "DELETE"] as const).map((method): Route => ({
      method,
      path: "/app/installations/{installation_id}/suspended",
      operation: method === "PUT" ? "apps/suspend-installation" : "apps/unsuspend-installation",
      appOnly: true,
      handle: (call) => {
        machine.accounts.suspend(installationOf(call).account.login, method === "PUT")
        return { status: 204 }
      }
    })),
    {
      method: "GET",
      path: "/repos/{owner}/{repo}/installation",
      operation: "apps/get-repo-installation",
      appOnly: true,
      handle: (call) => ({ status: 200, body: shown(auth.repository(call).installation) })
    },
    {
      method: "GET",
      path: "/orgs/{org}/installation",
      operation: "apps/get-org-installation",
      appOnly: true,
      handle: (call) => ({ status: 200, body: shown(auth.organization(call)) })
    },
    {
      method: "GET",
      path: "/users/{username}/installation",
      operation: "apps/get-user-installation",
      appOnly: true,
      handle: (call) => {
        const installation = topology.ofOwner(param(call, "username"))
        if (installation === null || installation.foreign) throw notFound()
        return { status: 200, body: shown(installation) }
      }
    },
    {
      method: "GET",
      path: "/installation/repositories",
      operation: "apps/list-repos-accessible-to-installation",
      handle: (call) => {
        if (call.principal.kind !== "installation") throw notFound()
        const { installation, repositoryIds } = call.principal.token
        const all = [...installation.repositories.values()]
        const page = paged(
          call,
          serverUrl,
          all.filter((repository) => repositoryIds?.has(repository.id) ?? true)
        )
        const repositories = page.items.map((repository) => repositoryPayload(serverUrl, repository))
        const body = { total_count: page.totalCount, repository_selection: "selected", repositories }
        return { status: 200, body, headers: page.headers }
      }
    },
    {
      method: "GET",
      path: "/repos/{owner}/{repo}",
      operation: "repos/get",
      permission: ["metadata", "read"],
      handle: (call) => {
        const repository = repositoryPayload(serverUrl, auth.repository(call))
        return { status: 200, body: { ...repository, network_count: 0, subscribers_count: 0 } }
      }
    },
    {
      method: "GET",
      path: "/orgs/{org}",
      operation: "orgs/get",
      handle: (call) => ({ status: 200, body: organizationPayload(serverUrl, auth.organization(call).account) })
    },
    {
      method: "GET",
      path: "/rate_limit",
      operation: "rate-limit/get",
      handle: (call) => {
        const core = rateLimits.overview(call.principal)
        const search = { limit: 30, used: 0, remaining: 30, reset: core.reset }
        return { status: 200, body: { resources: { core, search }, rate: core } }
      }
    },
    {
      method: "GET",
      path: "/user",
      operation: "users/get-authenticated",
      handle: (call) => {
        if (call.principal.kind !== "user") throw notFound()
        const account = { id: machine.actor.id, login: call.principal.login, type: "User" as const }
        return { status: 200, body: accountPayload(serverUrl, account) }
      }
    }
  ]
}
