// `npm run test:live -- github`, with a simulator that was started apart in the place of GitHub.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import { markOf } from "./GitHubClient.ts"
import { gitHubService } from "./GitHubService.ts"
import { runLive } from "./RunLive.ts"

const token = "ghp_a_token_that_nobody_may_see"

/** With a runner that is none of ours. */
const service = async () => {
  const simulator = await startGitHubSimulator({
    app: { id: 815, webhookSecret: "s" },
    installations: [{ id: 816, owner: "operator", ownerType: "User", repositories: ["trial"] }],
    pats: [{ token, login: "operator" }]
  })
  onTestFinished(() => simulator.close())
  const { machine } = simulator
  const scope = machine.topology.scopeOfUrl(`${simulator.url}/operator/trial`)
  const group = machine.topology.groupById(scope, 1)
  assert(group !== null)
  const register = (name: string) =>
    machine.register(scope, { name, labels: ["a"], group, ephemeral: true, jit: true, workFolder: "_work" }, false)
  register("stranger")
  const names = () => [...machine.registry.byId.values()].map((runner) => runner.name)
  const settings = { GITHUB_TEST_REPOSITORY: "operator/trial", GITHUB_API_URL: simulator.url, GITHUB_TOKEN: token }
  return { simulator, settings, register, names }
}

describe("the contract tests against a GitHub by name", () => {
  it("say what they would use, run with a token, leave nothing, touch nobody's runner, and show no token", async () => {
    const { simulator, settings, names } = await service()
    const { code, output } = await runLive(["github", "--yes"], settings)
    assert.strictEqual(code, 0, output)
    assert.match(output, /[1-9]\d* calls of the hour's limit, [1-9]\d* of them writes/)
    assert.match(output, /nothing is billed/)
    assert.match(output, /Cleaned up: 0 were left/)
    assert.notInclude(output, token)
    assert.isAbove(simulator.state().restCalls["POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig"] ?? 0, 5)
    assert.deepStrictEqual(names(), ["stranger"])
  }, 120_000)

  it("run as an App too", async () => {
    const { simulator, settings, names } = await service()
    const folder = mkdtempSync(join(tmpdir(), "live-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const keyFile = join(folder, "key.pem")
    writeFileSync(keyFile, simulator.privateKeyPem)
    const { GITHUB_TOKEN: _, ...others } = settings
    const asApp = { ...others, GITHUB_APP_ID: "815", GITHUB_APP_PRIVATE_KEY_FILE: keyFile }
    const { code, output } = await runLive(["github", "--yes"], asApp)
    assert.strictEqual(code, 0, output)
    const exchanges = simulator.state().restCalls["POST /app/installations/{installation_id}/access_tokens"]
    assert.isAbove(exchanges ?? 0, 0)
    assert.deepStrictEqual(names(), ["stranger"])
  }, 120_000)

  it("call nothing without a yes, or without a repository", async () => {
    const { simulator, settings } = await service()
    const refused = await runLive(["github"], settings)
    assert.deepStrictEqual([refused.code, refused.output.includes("Not confirmed.")], [2, true], refused.output)
    const { GITHUB_TEST_REPOSITORY: _, ...lacking } = settings
    const { code, output } = await runLive(["github"], lacking)
    assert.deepStrictEqual([code, output.includes("GITHUB_TEST_REPOSITORY is not set")], [2, true])
    assert.deepStrictEqual(simulator.state().restCalls, {})
  }, 120_000)

  it("remove at the end the runners that carry their mark, and no others", async () => {
    const { simulator, register, names } = await service()
    for (let index = 0; index < 120; index++) register(`${markOf("this")}${index}`)
    register(`${markOf("another")}1`)
    const settings = { url: simulator.url, token, repository: "operator/trial" }
    assert.strictEqual(await gitHubService.cleanUp(settings, "this"), 120)
    assert.deepStrictEqual(names(), ["stranger", `${markOf("another")}1`])
  })
})
