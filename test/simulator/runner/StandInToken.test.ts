// The runner's stand-in against the simulated GitHub, end to end, configured by config.sh with a registration token.
import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { join } from "node:path"
import type { StandIn } from "./StandInFixture.ts"
import { useStandIns } from "./StandInWorld.ts"

const { install, jobState, octokit, receiver, registrationToken, reopen, runJit, simulator, start } = useStandIns()

describe("with a registration token", () => {
  const words = (text: string) => text.split(" ")
  const configure = (standIn: StandIn, token: string, extra: ReadonlyArray<string> = [], url = "acme/one") =>
    standIn.start(
      "config.sh",
      [
        ...words(`--url ${simulator().url}/${url} --token ${token} --name token-runner --labels e2b,big`),
        ...words("--ephemeral --unattended --disableupdate"),
        ...extra
      ],
      { RUNNER_STANDIN_PAUSE_SECONDS: "0.05" }
    )

  it("config.sh registers with GitHub's default labels, run.sh then does one job", async () => {
    const standIn = install()
    const configured = configure(standIn, await registrationToken())
    assert.strictEqual(await configured.exit, 0)
    assert.include(configured.output(), "√ Runner successfully added")
    assert.deepInclude(simulator().state().runners[0], {
      name: "token-runner",
      labels: ["self-hosted", "Linux", "X64", "e2b", "big"],
      ephemeral: true,
      status: "offline"
    })
    start([{}])
    const running = standIn.start("run.sh")
    assert.strictEqual(await running.exit, 0)
    assert.strictEqual(jobState().conclusion, "success")
    assert.isEmpty(simulator().state().runners)
  })

  it("takes every argument from the environment, and exactly the given labels if asked to", async () => {
    const standIn = install()
    const configured = standIn.start("config.sh", [], {
      ACTIONS_RUNNER_INPUT_URL: `${simulator().url}/acme`,
      ACTIONS_RUNNER_INPUT_TOKEN: await registrationToken("orgs/acme"),
      ACTIONS_RUNNER_INPUT_NAME: "by-environment",
      ACTIONS_RUNNER_INPUT_LABELS: "e2b",
      ACTIONS_RUNNER_INPUT_RUNNERGROUP: "gpu",
      ACTIONS_RUNNER_INPUT_EPHEMERAL: "true",
      ACTIONS_RUNNER_INPUT_UNATTENDED: "true",
      ACTIONS_RUNNER_INPUT_NO_DEFAULT_LABELS: "true"
    })
    assert.strictEqual(await configured.exit, 0, configured.output())
    assert.deepInclude(simulator().state().runners[0], {
      name: "by-environment",
      labels: ["e2b"],
      group: "gpu",
      repository: null
    })
  })

  it("is refused with a wrong token, another place's token, an unknown group or a taken name", async () => {
    const token = await registrationToken()
    for (const [given, extra, url] of [
      ["WRONG", [], "acme/one"],
      [token, [], "acme/two"],
      [token, ["--runnergroup", "nobody"], "acme/one"]
    ] as const) {
      const refused = configure(install(), given, extra, url)
      assert.strictEqual(await refused.exit, 1)
      assert.include(refused.output(), "404")
    }
    assert.strictEqual(await configure(install(), token).exit, 0)
    assert.strictEqual(await configure(install(), token).exit, 1)
    assert.strictEqual(await configure(install(), token, ["--replace"]).exit, 0)
    assert.strictEqual(simulator().state().runners.length, 1)
  })

  it("is not configured twice, and removed by config.sh remove", async () => {
    const standIn = install()
    const token = await registrationToken()
    await configure(standIn, token).exit
    const again = configure(standIn, token)
    assert.strictEqual(await again.exit, 1)
    assert.include(again.output(), "already configured")
    const { data } = await octokit().request("POST /repos/acme/one/actions/runners/remove-token")
    const removed = standIn.start("config.sh", ["remove", "--token", (data as { readonly token: string }).token])
    assert.strictEqual(await removed.exit, 0)
    assert.isEmpty(simulator().state().runners)
    assert.isFalse(existsSync(join(standIn.directory, ".runner")))
  })

  it("tries three times to reach GitHub, and then ends with 1", async () => {
    const token = await registrationToken()
    const operation = "POST /_runner/registration"
    simulator().faults.add({ operation, answer: "reset", times: 2 })
    assert.strictEqual(await configure(install(), token).exit, 0)
    simulator().faults.add({ operation, answer: "reset", times: 3 })
    const cutOff = configure(install(), token, ["--name", "another"])
    assert.strictEqual(await cutOff.exit, 1)
    assert.include(cutOff.output(), "An error occurred:")
    assert.strictEqual(simulator().state().runners.length, 1)
  })

  it("does not remove a runner that was made by a JIT configuration", async () => {
    const { standIn, running } = await runJit("jit-runner", { RUNNER_MANUALLY_TRAP_SIG: "1" })
    await running.says("Listening for Jobs")
    running.child.kill("SIGTERM")
    await running.exit
    const { data } = await octokit().request("POST /repos/acme/one/actions/runners/remove-token")
    const removed = standIn.start("config.sh", ["remove", "--token", (data as { readonly token: string }).token])
    assert.strictEqual(await removed.exit, 1)
    assert.strictEqual(simulator().state().runners.length, 1)
  })

  it("takes job after job when it is not ephemeral", async () => {
    const standIn = install()
    const place = `--url ${simulator().url}/acme/one --token ${await registrationToken()}`
    const configured = standIn.start("config.sh", words(`${place} --name lasting --labels e2b --unattended`))
    assert.strictEqual(await configured.exit, 0)
    start([{ name: "first" }, { name: "second" }])
    standIn.start("run.sh")
    await receiver().job("completed", "second")
    assert.deepStrictEqual([jobState("first").runnerName, jobState("second").runnerName], ["lasting", "lasting"])
    assert.strictEqual(simulator().state().runners.length, 1)
  })
})

describe("a runner", () => {
  it("older than GitHub allows is not registered by config.sh, and gets no session", async () => {
    await reopen({ limits: { oldestRunnerVersion: "2.336.1" } })
    const place = ["--url", `${simulator().url}/acme/one`, "--token", await registrationToken()]
    const configured = install().start("config.sh", [...place, "--unattended"])
    assert.strictEqual(await configured.exit, 1)
    assert.include(configured.output(), "403")
    const { running } = await runJit("runner-1")
    assert.strictEqual(await running.exit, 0)
    assert.include(running.output(), "Runner version v2.336.0 is deprecated and cannot receive messages.")
  })
})
