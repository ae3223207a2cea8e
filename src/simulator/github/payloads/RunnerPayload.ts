// How runners, their groups and JIT configurations look in REST answers.
//
// Answers for: those three. Gotcha: the content of a JIT configuration is our own, read by our runner's stand-in; only
// its form (base64 of JSON {file name: base64 of content}) is GitHub's.
import type { Runner, RunnerGroup } from "../machine/Entities.ts"

export const runnerPayload = (runner: Runner) => ({
  id: runner.id,
  name: runner.name,
  // GitHub says "unknown" until the runner has connected for the first time.
  os: runner.version !== null ? "Linux" : "unknown",
  status: runner.session === null ? "offline" : "online",
  busy: runner.job !== null,
  labels: runner.labels,
  runner_group_id: runner.group.id,
  ephemeral: runner.ephemeral,
  ...(runner.version === null ? {} : { version: runner.version })
})

export const runnerGroupPayload = (serverUrl: string, organization: string, group: RunnerGroup) => ({
  id: group.id,
  name: group.name,
  visibility: group.repositoryIds === null ? "all" : "selected",
  default: group.isDefault,
  selected_repositories_url: `${serverUrl}/orgs/${organization}/actions/runner-groups/${group.id}/repositories`,
  runners_url: `${serverUrl}/orgs/${organization}/actions/runner-groups/${group.id}/runners`,
  hosted_runners_url: `${serverUrl}/orgs/${organization}/actions/runner-groups/${group.id}/hosted-runners`,
  inherited: false,
  allows_public_repositories: false,
  restricted_to_workflows: false,
  selected_workflows: [],
  workflow_restrictions_read_only: false
})

/** The files beside run.sh that make a runner: `.runner`, `.credentials`, `.credentials_rsaparams`. */
export const runnerFiles = (serverUrl: string, runner: Runner): Readonly<Record<string, string>> => {
  const { repository, installation } = runner.scope
  const settings = {
    agentId: runner.id,
    agentName: runner.name,
    poolId: runner.group.id,
    poolName: runner.group.name,
    ephemeral: runner.ephemeral,
    serverUrl,
    gitHubUrl: `${serverUrl}/${repository?.fullName ?? installation.account.login}`,
    workFolder: runner.workFolder,
    jitConfig: runner.jit
  }
  return {
    ".runner": JSON.stringify(settings, null, 2),
    ".credentials": JSON.stringify({ scheme: "OAuth", data: { token: runner.token } }),
    ".credentials_rsaparams": JSON.stringify({ exponent: "AQAB" })
  }
}

export const encodedJitConfig = (serverUrl: string, runner: Runner): string => {
  const files = Object.entries(runnerFiles(serverUrl, runner))
  const encoded = files.map(([name, content]) => [name, Buffer.from(content).toString("base64")])
  return Buffer.from(JSON.stringify(Object.fromEntries(encoded))).toString("base64")
}
