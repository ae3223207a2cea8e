// GitHub as a service that the contract tests can be pointed at.
//
// Answers for: how it is reached, what the tests use there, and removing the runners they left, by the mark in their names.
// Gotcha: nothing here is billed; calls count against the credentials' hourly limit (5,000 at least).
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { markOf, octokitOf } from "./GitHubClient.ts"
import type { LiveService, Settings } from "./LiveService.ts"

const token = "ghp_rehearsal"

export const gitHubService: LiveService = {
  name: "github",
  suites: ["test/contract/github/Repository.test.ts"],
  settings: {
    repository: { variable: "GITHUB_TEST_REPOSITORY" },
    url: { variable: "GITHUB_API_URL", otherwise: "https://api.github.com" },
    token: { variable: "GITHUB_TOKEN", otherwise: "", secret: true },
    appId: { variable: "GITHUB_APP_ID", otherwise: "" },
    keyFile: { variable: "GITHUB_APP_PRIVATE_KEY_FILE", otherwise: "" }
  },

  rehearse: async () => {
    const simulator = await startGitHubSimulator({
      app: { id: 1, webhookSecret: "rehearsal" },
      installations: [{ id: 1, owner: "acme", ownerType: "Organization", repositories: ["one"] }],
      pats: [{ token, login: "rehearsal" }]
    })
    const told = () => {
      const calls = Object.entries(simulator.state().restCalls)
      const sum = (of: ReadonlyArray<[string, number]>) => of.reduce((total, [, count]) => total + count, 0)
      const writes = sum(calls.filter(([route]) => !route.startsWith("GET ")))
      const registrations = sum(calls.filter(([route]) => route.endsWith("generate-jitconfig")))
      const all = sum(calls)
      return [
        `${all} calls of the hour's limit, ${writes} of them writes: ${all + 4 * writes} points of the secondary limit`,
        `at most ${registrations} runners are registered, none of which ever runs; nothing is billed`
      ]
    }
    const settings = { url: simulator.url, token, repository: "acme/one", appId: "", keyFile: "" }
    return { settings, told, close: simulator.close }
  },

  cleanUp: async (settings: Settings, run) => {
    const octokit = await octokitOf(settings, fetch)
    const [owner = "", repo = ""] = (settings["repository"] ?? "").split("/")
    const path = "/repos/{owner}/{repo}/actions/runners"
    const ours: Array<number> = []
    for (let page = 1; ; page++) {
      const { data } = await octokit.request(`GET ${path}`, { owner, repo, per_page: 100, page })
      for (const { id, name } of data.runners) if (name.startsWith(markOf(run))) ours.push(id)
      if (data.runners.length < 100) break
    }
    for (const id of ours) await octokit.request(`DELETE ${path}/{runner_id}`, { owner, repo, runner_id: id })
    return ours.length
  }
}
