// Sandboxes that are lost by seed.
import { assert, describe, it } from "@effect/vitest"
import { FaultRefused } from "../../../src/simulator/misbehaviour/Fault.ts"
import { parseVanishing } from "../../../src/simulator/e2b/Vanishing.ts"
import { ManualTimeline } from "./ManualTimeline.ts"
import { simulate } from "../../contract/e2b/SimulatorFixture.ts"

const lost = async (seed: number) => {
  const timeline = new ManualTimeline()
  const { simulator } = await simulate({ timeline })
  simulator.vanishing.plan = { seed, share: 0.5, afterMs: [1000, 5000] }
  const options = { defaultTimeout: 300, secured: true }
  const sandboxes = Array.from({ length: 40 }, () => simulator.fleet.create({ templateID: "gh-runner" }, options))
  timeline.advance(999)
  assert.strictEqual(simulator.fleet.counts().vanished, 0)
  timeline.advance(4001)
  return sandboxes.map(({ ended }) => ended?.reason)
}

describe("vanishing", () => {
  it("takes the share that was asked for, within its span, and the same sandboxes with the same seed", async () => {
    const [once, again, other] = await Promise.all([lost(1), lost(1), lost(2)])
    assert.deepStrictEqual(once, again)
    assert.notDeepEqual(once, other)
    const vanished = once.filter((reason) => reason === "vanished").length
    assert.isAbove(vanished, 8)
    assert.isBelow(vanished, 32)
  })

  it("leaves alone what was killed meanwhile, and ends with null", async () => {
    const timeline = new ManualTimeline()
    const { simulator, control } = await simulate({ timeline })
    await control("PUT", "vanishing", { seed: 1, share: 1, afterMs: [10, 10] })
    const options = { defaultTimeout: 300, secured: true }
    simulator.fleet.kill(simulator.fleet.create({ templateID: "gh-runner" }, options).sandboxID)
    await control("PUT", "vanishing", null)
    const kept = simulator.fleet.create({ templateID: "gh-runner" }, options)
    timeline.advance(11)
    assert.strictEqual(simulator.fleet.counts().vanished, 0)
    assert.strictEqual(kept.ended, undefined)
  })

  it("without seed, share or span is refused", () => {
    for (const plan of [
      {},
      { seed: 1 },
      { seed: 1, share: 2, afterMs: [1, 2] },
      { seed: 1, share: 1, afterMs: [2, 1] }
    ]) {
      assert.throws(() => parseVanishing(plan), FaultRefused)
    }
  })
})

describe("E2B's clock", () => {
  it("can run ahead: answers show it, and a sandbox lives as long as it was given all the same", async () => {
    const timeline = new ManualTimeline()
    const { simulator, control } = await simulate({ timeline })
    await control("PUT", "clock", { skewMs: 600_000 })
    const options = { defaultTimeout: 300, secured: true }
    const sandbox = simulator.fleet.create({ templateID: "gh-runner", timeout: 60 }, options)
    assert.strictEqual(sandbox.startedAt, timeline.now() + 600_000)
    timeline.advance(59_999)
    assert.strictEqual(sandbox.ended, undefined)
    timeline.advance(1)
    assert.strictEqual(sandbox.ended?.reason, "timeout")
  })
})
