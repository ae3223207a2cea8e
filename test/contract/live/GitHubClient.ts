// The unmodified Octokit for one repository, and the mark by which a run knows its own runners there.
import { readFileSync } from "node:fs"
import { App } from "@octokit/app"
import { Octokit } from "@octokit/core"

/** Of the run; a runner's name has 64 characters at most. */
export const markOf = (run: string): string => `conformance-${run.slice(0, 13)}-`

/** By token, or as the App when there is an id. */
export const octokitOf = async (
  { url = "", token = "", appId = "", keyFile = "", repository = "" }: Readonly<Record<string, string>>,
  fetcher: typeof fetch
): Promise<Octokit> => {
  const Client = Octokit.defaults({ baseUrl: url, request: { fetch: fetcher } })
  if (appId === "") return new Client({ auth: token })
  const app = new App({ appId, privateKey: readFileSync(keyFile, "utf8"), Octokit: Client })
  const [owner = "", repo = ""] = repository.split("/")
  const { data } = await app.octokit.request("GET /repos/{owner}/{repo}/installation", { owner, repo })
  return app.getInstallationOctokit(data.id)
}
