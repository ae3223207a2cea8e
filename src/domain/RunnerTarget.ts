// Where a runner registers: one repository, or the organisation that owns it.
//
// Answers for: the choice (a GitHub runner group makes it an organisation runner) and the URL a runner
// registers at. Gotcha: an organisation target still names the job's repository, because that
// repository's installation of the GitHub App gives the token.

/** A registration target at GitHub. `repository` is the name without its owner. */
export type RunnerTarget =
  | { readonly _tag: "Repository"; readonly owner: string; readonly repository: string }
  | { readonly _tag: "Organization"; readonly owner: string; readonly repository: string }

/**
 * The target of a request: the organisation when a GitHub runner group is asked for, else the repository.
 *
 * Total: a name without a slash gives an empty `repository`, which the GitHub service refuses before any call.
 */
export const ofRequest = (repositoryFullName: string, runnerGroup: string | null): RunnerTarget => {
  const slash = repositoryFullName.indexOf("/")
  const owner = slash === -1 ? repositoryFullName : repositoryFullName.slice(0, slash)
  const repository = slash === -1 ? "" : repositoryFullName.slice(slash + 1)
  const wantsGroup = runnerGroup !== null && runnerGroup.trim() !== ""
  return { _tag: wantsGroup ? "Organization" : "Repository", owner, repository }
}

/** `owner/name` of the job's repository. */
export const repositoryFullName = (target: RunnerTarget): string => `${target.owner}/${target.repository}`

/** The same target has the same key whatever the case of its names: GitHub's names are case-insensitive. */
export const key = (target: RunnerTarget): string =>
  target._tag === "Repository"
    ? `repository:${target.owner}/${target.repository}`.toLowerCase()
    : `organization:${target.owner}`.toLowerCase()

/** The URL that `config.sh --url` takes. `serverUrl`: GitHub's web origin, without a trailing slash. */
export const registrationUrl = (target: RunnerTarget, serverUrl: string): string =>
  target._tag === "Repository" ? `${serverUrl}/${target.owner}/${target.repository}` : `${serverUrl}/${target.owner}`
