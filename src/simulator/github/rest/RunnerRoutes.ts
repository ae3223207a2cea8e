// REST routes of self-hosted runners, for repositories and organisations alike.
//
// Answers for: registration and remove tokens, generate-jitconfig, listing, reading and deleting runners, runner groups.
// Gotcha: generate-jitconfig registers an offline ephemeral runner at once, whether or not the answer arrives.
import type { Runner, RunnerScope } from "../machine/Entities.ts"
import type { GitHubMachine } from "../machine/GitHubMachine.ts"
import { notFound } from "../machine/Refused.ts"
import { placeOf } from "../machine/RunnerRegistry.ts"
import { isoTime } from "../payloads/AccountPayload.ts"
import { minimalRepositoryPayload } from "../payloads/RepositoryPayload.ts"
import { encodedJitConfig, runnerGroupPayload, runnerPayload } from "../payloads/RunnerPayload.ts"
import type { Authentication } from "./Authentication.ts"
import { paged } from "./Paging.ts"
import type { RateLimits } from "./RateLimits.ts"
import type { Answer, Call, Route } from "./Route.ts"
import { invalid, numberParam, objectBody } from "./Route.ts"

const maxNameLength = 64
const maxLabels = 100

interface JitRequest {
  readonly name: string
  readonly groupId: number
  readonly labels: ReadonlyArray<string>
  readonly workFolder: string
}

const jitRequest = (call: Call): JitRequest => {
  const body = objectBody(call)
  const { name, runner_group_id: groupId, labels, work_folder: workFolder } = body
  for (const key of ["name", "runner_group_id", "labels"]) {
    if (body[key] === undefined) throw invalid(`"${key}" wasn't supplied.`)
  }
  if (typeof name !== "string" || name === "") throw invalid("For 'properties/name', it is not a string.")
  if (name.length > maxNameLength) throw invalid(`Name is too long (maximum is ${maxNameLength} characters)`)
  if (typeof groupId !== "number") throw invalid("For 'properties/runner_group_id', it is not an integer.")
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === "string" && label !== "")) {
    throw invalid("For 'properties/labels', it is not an array of strings.")
  }
  if (labels.length < 1 || labels.length > maxLabels) {
    throw invalid(`For 'properties/labels', it must have 1 to ${maxLabels} items.`)
  }
  return {
    name,
    groupId,
    labels: labels as Array<string>,
    workFolder: typeof workFolder === "string" ? workFolder : "_work"
  }
}

export const runnerRoutes = (
  machine: GitHubMachine,
  auth: Authentication,
  rateLimits: RateLimits
): ReadonlyArray<Route> => {
  const { serverUrl, topology, registry } = machine

  const issueToken =
    (purpose: "register" | "remove") =>
    (call: Call): Answer => {
      const { token, expiresAt } = registry.issueToken(auth.scope(call), purpose)
      return { status: 201, body: { token, expires_at: isoTime(expiresAt) } }
    }

  const generateJitConfig = (call: Call): Answer => {
    const scope = auth.scope(call)
    const { name, groupId, labels, workFolder } = jitRequest(call)
    const group = topology.groupById(scope, groupId)
    if (group === null) throw notFound()
    rateLimits.spendRegistration(placeOf(scope))
    const registration = { name, labels, group, ephemeral: true, jit: true, workFolder }
    const runner = machine.register(scope, registration, false)
    return {
      status: 201,
      body: { runner: runnerPayload(runner), encoded_jit_config: encodedJitConfig(serverUrl, runner) }
    }
  }

  const runnerOf = (call: Call, scope: RunnerScope): Runner => registry.find(scope, numberParam(call, "runner_id"))

  const list = (call: Call): Answer => {
    const all = registry.list(auth.scope(call), call.query.get("name") ?? undefined)
    const page = paged(call, serverUrl, all)
    return {
      status: 200,
      body: { total_count: page.totalCount, runners: page.items.map(runnerPayload) },
      headers: page.headers
    }
  }

  const remove = (call: Call): Answer => {
    machine.deleteRunner(runnerOf(call, auth.scope(call)))
    return { status: 204 }
  }

  const places = [
    { path: "/repos/{owner}/{repo}", suffix: "repo", permission: "administration" },
    { path: "/orgs/{org}", suffix: "org", permission: "organization_self_hosted_runners" }
  ]
  const routes = places.flatMap(({ path, suffix, permission }): ReadonlyArray<Route> => {
    const runners = `${path}/actions/runners`
    const write = { permission: [permission, "write"] as const }
    const read = { permission: [permission, "read"] as const }
    const operation = (name: string) => `actions/${name}-${suffix}`
    return [
      {
        method: "POST",
        path: `${runners}/registration-token`,
        operation: operation("create-registration-token-for"),
        ...write,
        handle: issueToken("register")
      },
      {
        method: "POST",
        path: `${runners}/remove-token`,
        operation: operation("create-remove-token-for"),
        ...write,
        handle: issueToken("remove")
      },
      {
        method: "POST",
        path: `${runners}/generate-jitconfig`,
        operation: operation("generate-runner-jitconfig-for"),
        ...write,
        handle: generateJitConfig
      },
      { method: "GET", path: runners, operation: operation("list-self-hosted-runners-for"), ...read, handle: list },
      {
        method: "GET",
        path: `${runners}/{runner_id}`,
        operation: operation("get-self-hosted-runner-for"),
        ...read,
        handle: (call) => ({ status: 200, body: runnerPayload(runnerOf(call, auth.scope(call))) })
      },
      {
        method: "DELETE",
        path: `${runners}/{runner_id}`,
        operation: operation("delete-self-hosted-runner-from"),
        ...write,
        handle: remove
      }
    ]
  })

  const groupOf = (call: Call) => {
    const installation = auth.organization(call)
    const group = topology.groupById({ installation, repository: null }, numberParam(call, "runner_group_id"))
    if (group === null) throw notFound()
    return { installation, group }
  }

  const groups: ReadonlyArray<Route> = [
    {
      method: "GET",
      path: "/orgs/{org}/actions/runner-groups/{runner_group_id}",
      operation: "actions/get-self-hosted-runner-group-for-org",
      permission: ["organization_self_hosted_runners", "read"],
      handle: (call) => {
        const { installation, group } = groupOf(call)
        return { status: 200, body: runnerGroupPayload(serverUrl, installation.account.login, group) }
      }
    },
    {
      method: "GET",
      path: "/orgs/{org}/actions/runner-groups/{runner_group_id}/runners",
      operation: "actions/list-self-hosted-runners-in-group-for-org",
      permission: ["organization_self_hosted_runners", "read"],
      handle: (call) => {
        const { installation, group } = groupOf(call)
        const all = registry.list({ installation, repository: null }).filter((runner) => runner.group === group)
        const page = paged(call, serverUrl, all)
        const body = { total_count: page.totalCount, runners: page.items.map(runnerPayload) }
        return { status: 200, body, headers: page.headers }
      }
    },
    {
      method: "GET",
      path: "/orgs/{org}/actions/runner-groups",
      operation: "actions/list-self-hosted-runner-groups-for-org",
      permission: ["organization_self_hosted_runners", "read"],
      handle: (call) => {
        const { account, runnerGroups, repositories } = auth.organization(call)
        const visibleTo = call.query.get("visible_to_repository")
        const repository = visibleTo === null ? undefined : repositories.get(visibleTo.toLowerCase())
        // An unknown repository sees what every repository sees. Unverified.
        const visible = runnerGroups.filter(
          ({ repositoryIds }) => visibleTo === null || repositoryIds === null || repositoryIds.has(repository?.id ?? -1)
        )
        const page = paged(call, serverUrl, visible)
        const body = page.items.map((group) => runnerGroupPayload(serverUrl, account.login, group))
        return { status: 200, body: { total_count: page.totalCount, runner_groups: body }, headers: page.headers }
      }
    },
    {
      method: "GET",
      path: "/orgs/{org}/actions/runner-groups/{runner_group_id}/repositories",
      operation: "actions/list-repo-access-to-self-hosted-runner-group-in-org",
      permission: ["organization_self_hosted_runners", "read"],
      handle: (call) => {
        const { installation, group } = groupOf(call)
        const all = [...installation.repositories.values()].filter(({ id }) => group.repositoryIds?.has(id) ?? true)
        const page = paged(call, serverUrl, all)
        const repositories = page.items.map((repository) => minimalRepositoryPayload(serverUrl, repository))
        return { status: 200, body: { total_count: page.totalCount, repositories }, headers: page.headers }
      }
    }
  ]
  return [...routes, ...groups]
}
