// The simulator's own interface over HTTP.
import { assert, describe, it } from "vitest"
import { SandboxNotFoundError } from "e2b"
import type { E2BSimulator } from "../../../src/simulator/e2b/E2BSimulator.ts"
import { isAlive, rejection, simulate } from "../../contract/e2b/SimulatorFixture.ts"

type State = ReturnType<E2BSimulator["state"]>

describe("the control interface", () => {
  it("state tells living and ended sandboxes, their processes and the counts", async () => {
    const { e2b, control } = await simulate()
    const first = await e2b.Sandbox.create("gh-runner", { metadata: { request: "r1" } })
    const second = await e2b.Sandbox.create("gh-runner", { metadata: { request: "r1" } })
    await e2b.Sandbox.create("gh-runner", { metadata: { request: "r2" } })
    const command = await second.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    await first.kill()
    const state = (await control("GET", "state?countBy=request")) as State
    assert.deepStrictEqual(state.counts, {
      creates: 3,
      refusedCreates: 0,
      kills: 1,
      expirations: 0,
      vanished: 0,
      maxConcurrent: 3,
      running: 2
    })
    assert.deepStrictEqual(state.createsBy, { r1: 2, r2: 1 })
    const [ended, running] = state.sandboxes
    assert.deepInclude(ended, { sandboxID: first.sandboxId, state: "ended", endReason: "request" })
    assert.isString(ended?.endedAt)
    assert.deepInclude(running, { sandboxID: second.sandboxId, state: "running", endedAt: null })
    assert.deepInclude(running?.processes[0], { pid: command.pid, running: true })
  })

  it("a sandbox vanishes without trace, with all that ran in it", async () => {
    const { e2b, control, simulator } = await simulate()
    const sandbox = await e2b.Sandbox.create("gh-runner")
    const command = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    await control("DELETE", `sandboxes/${sandbox.sandboxId}`)
    assert.isFalse(isAlive(command.pid))
    assert.instanceOf(await rejection(sandbox.getInfo()), SandboxNotFoundError)
    assert.isFalse(await sandbox.kill())
    assert.deepInclude(simulator.fleet.counts(), { vanished: 1, kills: 0 })
  })

  it("templates and plan can be replaced", async () => {
    const { e2b, control } = await simulate()
    await control("PUT", "templates", [{ aliases: ["other"] }])
    await control("PUT", "plan", { maxConcurrent: 1, maxHours: 1 })
    assert.strictEqual((await rejection(e2b.Sandbox.create("gh-runner"))).statusCode, 404)
    await e2b.Sandbox.create("other")
    assert.strictEqual((await rejection(e2b.Sandbox.create("other"))).statusCode, 429)
  })

  it("faults come one or several at a time, and go again", async () => {
    const { e2b, control } = await simulate()
    await control("POST", "faults", { operation: "sandbox.create", answer: { status: 500 } })
    await control("POST", "faults", [{ operation: "*", answer: "reset", times: 5 }])
    assert.lengthOf(((await control("GET", "state")) as State).faults, 2)
    assert.strictEqual((await rejection(e2b.Sandbox.create("gh-runner"))).statusCode, 500)
    await control("DELETE", "faults")
    await e2b.Sandbox.create("gh-runner")
  })

  it("a fault that is none is refused", async () => {
    const { control } = await simulate()
    for (const fault of [
      {},
      { operation: "nope", answer: "reset" },
      { operation: "sandbox.create", answer: {} },
      { operation: "sandbox.create", answer: { failure: "nope" } },
      { operation: "sandbox.create", answer: "reset", times: 0 }
    ]) {
      assert.match((await rejection(control("POST", "faults", fault))).message, /^400 /)
    }
  })

  it("reset leaves no sandbox, no count, no fault", async () => {
    const { e2b, control } = await simulate()
    const sandbox = await e2b.Sandbox.create("gh-runner")
    await control("POST", "faults", { operation: "sandbox.create", answer: { status: 500 }, times: 100 })
    await control("POST", "reset")
    assert.isFalse(await sandbox.isRunning())
    const state = (await control("GET", "state")) as State
    assert.isEmpty(state.sandboxes)
    assert.isEmpty(state.faults)
    assert.strictEqual(state.counts.creates, 0)
  })

  it("it is not served on the port that stands for E2B", async () => {
    const { simulator } = await simulate()
    assert.strictEqual((await fetch(`${simulator.url}/_control/state`)).status, 401)
    assert.strictEqual((await fetch(`${simulator.controlUrl}/sandboxes`)).status, 404)
  })
})
