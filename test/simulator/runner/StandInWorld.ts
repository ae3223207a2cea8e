// The runner's stand-in against the simulated GitHub, and the unmodified Octokit beside it: one world per test.
import { assert } from "@effect/vitest"
import type { Octokit } from "@octokit/core"
import { afterEach, beforeEach } from "vitest"
import type { JobDefinition } from "../../../src/simulator/github/machine/Entities.ts"
import type { GitHubSimulatorOptions } from "../../../src/simulator/github/Options.ts"
import type { Fixture } from "../../contract/github/SimulatorFixture.ts"
import { pat, startFixture, withToken } from "../../contract/github/SimulatorFixture.ts"
import type { Receiver } from "../../contract/github/WebhookReceiver.ts"
import { startReceiver } from "../../contract/github/WebhookReceiver.ts"
import type { StandIn } from "./StandInFixture.ts"
import { installStandIn } from "./StandInFixture.ts"

const labels = ["self-hosted", "e2b"]

export const useStandIns = () => {
  let fixture: Fixture
  let receiver: Receiver
  let octokit: Octokit
  let standIns: Array<StandIn>

  const open = async (options: Partial<GitHubSimulatorOptions>) => {
    fixture = await startFixture({ webhookUrl: receiver.url, ...options })
    octokit = withToken(fixture.simulator, pat)
  }
  beforeEach(async () => {
    standIns = []
    receiver = await startReceiver()
    await open({})
  })
  afterEach(async () => {
    await Promise.all(standIns.map((standIn) => standIn.dispose()))
    await fixture.simulator.close()
    await receiver.close()
  })

  const install = (): StandIn => {
    const standIn = installStandIn()
    standIns.push(standIn)
    return standIn
  }
  const jit = async (name: string): Promise<string> => {
    const { data } = await octokit.request("POST /repos/{owner}/{repo}/actions/runners/generate-jitconfig", {
      owner: "acme",
      repo: "one",
      name,
      runner_group_id: 1,
      labels
    })
    return data.encoded_jit_config
  }
  return {
    simulator: () => fixture.simulator,
    receiver: () => receiver,
    octokit: () => octokit,
    /** Another GitHub in place of the one that the test began with. */
    reopen: async (options: Partial<GitHubSimulatorOptions>) => {
      await fixture.simulator.close()
      await open(options)
    },
    start: (jobs: ReadonlyArray<Partial<JobDefinition>>) =>
      fixture.simulator.machine.createRun({
        repository: "acme/one",
        workflow: "CI",
        jobs: jobs.map((job) => ({ name: "build", labels, ...job }))
      }),
    install,
    jit,
    registrationToken: async (place = "repos/acme/one"): Promise<string> => {
      const { data } = await octokit.request(`POST /${place}/actions/runners/registration-token`)
      return (data as { readonly token: string }).token
    },
    runJit: async (name: string, env: Readonly<Record<string, string>> = {}) => {
      const standIn = install()
      const running = standIn.start("run.sh", [], { ACTIONS_RUNNER_INPUT_JITCONFIG: await jit(name), ...env })
      return { standIn, running }
    },
    jobState: (name = "build") => {
      const job = fixture.simulator.state().jobs.find((job) => job.name === name)
      assert(job !== undefined)
      return job
    }
  }
}
