// A repository whose runners the tests may register and remove: one of a simulator, or one that somebody named.
//
// Answers for: each answer being judged by GitHub's description, the names of runners, which carry the run's mark, and
// deleting what a test made.
import { assert } from "@effect/vitest"
import { onTestFinished } from "vitest"
import { markOf, octokitOf } from "../live/GitHubClient.ts"
import { liveSettings } from "../Outside.ts"
import { judgingFetch } from "./Description.ts"
import { pat, startFixture } from "./SimulatorFixture.ts"

const simulated = async (): Promise<Readonly<Record<string, string>>> => {
  const { simulator } = await startFixture()
  onTestFinished(() => simulator.close())
  return { url: simulator.url, token: pat, repository: "acme/one", run: "simulated" }
}

export const reachRepository = async () => {
  const settings = liveSettings("github") ?? (await simulated())
  const { url = "", repository = "", run = "" } = settings
  const wrong: Array<string> = []
  const octokit = await octokitOf(
    settings,
    judgingFetch(new URL(url).origin, (fault) => wrong.push(fault))
  )
  const [owner = "", repo = ""] = repository.split("/")
  const one = { owner, repo }
  const made: Array<number> = []
  let names = 0
  onTestFinished(async () => {
    for (const runner_id of made) {
      const path = "DELETE /repos/{owner}/{repo}/actions/runners/{runner_id}"
      await octokit.request(path, { ...one, runner_id }).catch((error: unknown) => {
        if ((error as { readonly status?: number }).status !== 404) throw error
      })
    }
    assert.deepStrictEqual(wrong, [], "answers against GitHub's description")
  })
  const freshName = () => `${markOf(run)}${process.pid.toString(36)}-${Date.now().toString(36)}-${++names}`
  const register = async (name = freshName()) => {
    const path = "POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig"
    const labels = ["self-hosted", "conformance"]
    const { data } = await octokit.request(path, { ...one, name, runner_group_id: 1, labels })
    made.push(data.runner.id)
    return data
  }
  return { octokit, one, url, freshName, register }
}
