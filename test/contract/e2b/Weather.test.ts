// What goes wrong by seed or by itself, as the client meets it: storms, lost sandboxes, a wrong clock.
import { SandboxNotFoundError, TimeoutError } from "e2b"
import { assert, describe, it } from "vitest"
import { ManualTimeline } from "../../simulator/e2b/ManualTimeline.ts"
import { rejection, runnerTemplate, simulate } from "./SimulatorFixture.ts"

describe("a storm", () => {
  it("spoils the same calls with the same seed, and is over when it is ended", async () => {
    const weather = async (seed: number) => {
      const { e2b, control } = await simulate()
      await control("PUT", "storm", { seed, share: 0.5, kinds: ["error", "reset", "malformed"] })
      const outcomes: Array<string> = []
      for (let call = 0; call < 30; call += 1) {
        outcomes.push(
          await e2b.Sandbox.list()
            .nextItems()
            .then(
              () => "fine",
              (error: Error) => error.name
            )
        )
      }
      await control("PUT", "storm", null)
      for (let call = 0; call < 10; call += 1) await e2b.Sandbox.list().nextItems()
      return outcomes
    }
    const first = await weather(1)
    assert.deepStrictEqual(await weather(1), first)
    assert.notDeepEqual(await weather(2), first)
    assert.isAbove(new Set(first).size, 3)
  })

  it("of chances meets the same share of calls, and is drawn from the seed that was set", async () => {
    const outcomes = async (seed: number) => {
      const { e2b, control } = await simulate()
      await control("PUT", "seed", { seed })
      await control("POST", "faults", { operation: "*", answer: { status: 500 }, chance: 0.5, times: "always" })
      return Promise.all(
        Array.from({ length: 20 }, () =>
          e2b.Sandbox.list()
            .nextItems()
            .then(Boolean, () => false)
        )
      )
    }
    const first = (await outcomes(1)).filter(Boolean).length
    assert.strictEqual((await outcomes(1)).filter(Boolean).length, first)
    assert.isAbove(first, 2)
    assert.isBelow(first, 18)
  })
})

describe("a sandbox that vanishes", () => {
  it("is unknown to every later call, and its streams are cut without an end", async () => {
    const { e2b, control, simulator } = await simulate()
    const sandbox = await e2b.Sandbox.create(runnerTemplate)
    const command = await sandbox.commands.run("sleep 1000", { background: true, timeoutMs: 0 })
    await control("DELETE", `sandboxes/${sandbox.sandboxId}`)
    assert.instanceOf(await rejection(command.wait()), TimeoutError)
    assert.instanceOf(await rejection(sandbox.getInfo()), SandboxNotFoundError)
    assert.isFalse(await sandbox.isRunning())
    assert.isFalse(await sandbox.kill())
    assert.lengthOf(await e2b.Sandbox.list().nextItems(), 0)
    assert.strictEqual(simulator.fleet.counts().vanished, 1)
  })

  it("does so by seed, as many as were asked for and not before their time", async () => {
    const timeline = new ManualTimeline()
    const { e2b, control } = await simulate({ timeline })
    await control("PUT", "vanishing", { seed: 1, share: 1, afterMs: [1000, 1000] })
    await e2b.Sandbox.create(runnerTemplate)
    timeline.advance(999)
    assert.lengthOf(await e2b.Sandbox.list().nextItems(), 1)
    timeline.advance(1)
    assert.lengthOf(await e2b.Sandbox.list().nextItems(), 0)
  })
})

describe("a clock that is wrong", () => {
  it("shows in every instant, and no sandbox lives a moment longer for it", async () => {
    const timeline = new ManualTimeline()
    const { e2b, control } = await simulate({ timeline })
    await control("PUT", "clock", { skewMs: 600_000 })
    const sandbox = await e2b.Sandbox.create(runnerTemplate, { timeoutMs: 60_000 })
    const { startedAt, endAt } = await sandbox.getInfo()
    assert.strictEqual(startedAt.getTime(), timeline.now() + 600_000)
    assert.strictEqual(endAt.getTime(), timeline.now() + 660_000)
    timeline.advance(60_000)
    assert.instanceOf(await rejection(sandbox.getInfo()), SandboxNotFoundError)
  })
})
