// What owners do to the App and to their repositories, in memory; and runners that misbehave.
import { assert, describe, it } from "@effect/vitest"
import type { RunnerFaultKind } from "../../../src/simulator/github/machine/RunnerFaults.ts"
import { parseRunnerFault, RunnerFaults, runnerFaultKinds } from "../../../src/simulator/github/machine/RunnerFaults.ts"
import { faultsOfWebhook } from "../../contract/github/Description.ts"
import { manualMachine } from "./ManualMachine.ts"

const labels = ["self-hosted", "e2b"]

const judged = (setup: ReturnType<typeof manualMachine>): ReadonlyArray<string> =>
  setup.webhooks.map(({ event, body }) => {
    const payload = JSON.parse(body) as { readonly action: string }
    assert.deepStrictEqual(faultsOfWebhook(event, payload), [])
    return `${event} ${payload.action}`
  })

describe("owners", () => {
  it("install, suspend and remove the App, each told by a webhook as GitHub describes it", () => {
    const setup = manualMachine()
    const { accounts } = setup.machine
    accounts.install({ id: 3, owner: "newcomer", ownerType: "Organization", repositories: ["fresh"] })
    accounts.suspend("newcomer", true)
    accounts.suspend("newcomer", false)
    accounts.uninstall("newcomer")
    assert.deepStrictEqual(judged(setup), [
      "installation created",
      "installation suspend",
      "installation unsuspend",
      "installation deleted"
    ])
    assert.throws(() => setup.machine.topology.repositoryByFullName("newcomer/fresh"), /Not Found/)
  })

  it("choose repositories, whose jobs are told only while the App may see them", () => {
    const setup = manualMachine()
    const { accounts } = setup.machine
    const build = () =>
      setup.machine.createRun({ repository: "acme/three", workflow: "CI", jobs: [{ name: "b", labels }] })
    accounts.addRepository("acme", "three")
    const run = build()
    accounts.removeRepository("acme/three")
    const told = setup.webhooks.length
    setup.machine.runs.complete(run.jobs[0]!, "success")
    assert.strictEqual(setup.webhooks.length, told)
    assert.include(judged(setup), "installation_repositories added")
    assert.include(judged(setup), "installation_repositories removed")
  })

  it("hear nothing while the App is suspended", () => {
    const setup = manualMachine()
    setup.machine.accounts.suspend("acme", true)
    const told = setup.webhooks.length
    setup.machine.createRun({ repository: "acme/one", workflow: "CI", jobs: [{ name: "b", labels }] })
    assert.strictEqual(setup.webhooks.length, told)
  })

  it("rename a repository, whose jobs go on under the new name", () => {
    const setup = manualMachine()
    const run = setup.machine.createRun({ repository: "acme/one", workflow: "CI", jobs: [{ name: "b", labels }] })
    setup.machine.accounts.rename("acme/one", "uno")
    const runner = setup.online("r", labels, { repository: "uno" })
    assert.strictEqual(runner.job, run.jobs[0])
    assert.strictEqual(setup.machine.topology.movedFrom("acme", "one")?.fullName, "acme/uno")
    assert.include(judged(setup), "repository renamed")
    assert.throws(() => setup.machine.accounts.rename("acme/uno", "two"), /already exists/)
  })
})

describe("runners that misbehave", () => {
  const openWith = (kind: RunnerFaultKind) => {
    const setup = manualMachine()
    setup.machine.runnerFaults.add({ kind })
    return setup
  }

  it("are refused by GitHub in its words", () => {
    assert.throws(() => openWith("registration_refused").online("r", labels), /registration has been deleted/)
    assert.throws(() => openWith("session_conflict").online("r", labels), /session for this runner already exists/)
    assert.throws(() => openWith("deprecated_version").online("r", labels), /is deprecated and cannot receive messages/)
    assert.throws(() => openWith("connect_error").online("r", labels), /Service Unavailable/)
    assert.throws(() => openWith("clock_skew").online("r", labels), /out of sync/)
  })

  it("are as many as were asked for, of those that are meant, and stay as they are", () => {
    const { runnerFaults } = manualMachine().machine
    runnerFaults.add({ kind: "silence", labels: ["E2B"], name: "bad", times: 2 })
    const kinds = ["good-1", "bad-1", "bad-2", "bad-3"].map((name) => [...runnerFaults.of(name, labels)])
    assert.deepStrictEqual(kinds, [[], ["silence"], ["silence"], []])
    runnerFaults.add({ kind: "silence", labels: ["gpu"] })
    assert.isEmpty([...runnerFaults.of("bad-4", labels)])
  })

  it("are drawn by chance from the seed: the same ones again for the same seed", () => {
    const drawn = (seed: number) => {
      const faults = new RunnerFaults()
      faults.seed = seed
      faults.add({ kind: "silence", times: "always", chance: 0.3 })
      return Array.from({ length: 200 }, (_, index) => faults.of(`r${index}`, labels).size)
    }
    assert.deepStrictEqual(drawn(7), drawn(7))
    assert.notDeepEqual(drawn(7), drawn(8))
    const share = drawn(7).reduce((sum, each) => sum + each, 0) / 200
    assert.isTrue(share > 0.15 && share < 0.45)
  })

  it("are described by known words only", () => {
    assert.throws(() => parseRunnerFault({ kind: "lazy" }), new RegExp(runnerFaultKinds.join(", ")))
    assert.throws(() => parseRunnerFault({ kind: "silence", often: 2 }), /often: a runner fault has only/)
    assert.throws(() => parseRunnerFault({ kind: "silence", times: 0 }), /times: expected 1 or more/)
    assert.throws(() => parseRunnerFault({ kind: "silence", chance: 2 }), /chance: expected a share/)
  })
})
