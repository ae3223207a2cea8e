// The simulation itself: that it repeats, and that it would notice.
import { assert, describe, it } from "@effect/vitest"
import { scheduleOf } from "./Schedule.ts"
import { simulate } from "./Simulation.ts"

describe("a simulated life", { timeout: 300_000 }, () => {
  it("is the same to the last event for the same seed, and another for another", async () => {
    const ofTwoNodes = Array.from({ length: 100 }, (_, index) => index + 1).filter(
      (seed) => scheduleOf(seed).nodes === 2
    )
    const first = await simulate(scheduleOf(ofTwoNodes[0]!))
    const second = await simulate(scheduleOf(ofTwoNodes[0]!))
    const other = await simulate(scheduleOf(ofTwoNodes[1]!))
    assert.deepStrictEqual(second.trace, first.trace)
    assert.notStrictEqual(other.fingerprint, first.fingerprint)
    assert.isAbove(first.jobs, 0)
  })
  it("has every kind of deed and misbehaviour within the seeds that are tried", () => {
    const schedules = Array.from({ length: 100 }, (_, index) => scheduleOf(index + 1))
    const deeds = new Set(schedules.flatMap((schedule) => schedule.deeds.map(({ deed }) => deed._tag)))
    assert.sameMembers(
      [...deeds],
      [
        "Run",
        "CancelJob",
        "RerunRun",
        "CutStreams",
        "VanishSandbox",
        "Crash",
        "Stop",
        "CutOff",
        "Freeze",
        "StopRequest"
      ]
    )
    assert.sameMembers(
      [...new Set(schedules.flatMap(({ webhooks }) => webhooks.map(({ kind }) => kind)))],
      ["drop", "unreached", "duplicate", "reorder", "delay"]
    )
    for (const [what, isThere] of [
      ["an App", (seed: number) => scheduleOf(seed).isApp],
      ["two nodes", (seed: number) => scheduleOf(seed).nodes === 2],
      [
        "a death in the middle of a call",
        (seed: number) => scheduleOf(seed).deeds.some(({ deed }) => deed._tag === "Crash" && deed.upon !== null)
      ],
      ["a pace for creates", (seed: number) => scheduleOf(seed).createsPerSecond !== "unlimited"],
      ["lost news", (seed: number) => scheduleOf(seed).lostNews > 0],
      ["tokens", (seed: number) => scheduleOf(seed).registrationMode === "token"],
      ["a storm at E2B", (seed: number) => scheduleOf(seed).storms.e2b !== null],
      ["a storm at GitHub", (seed: number) => scheduleOf(seed).storms.github !== null],
      ["no room at E2B", (seed: number) => scheduleOf(seed).faults.e2b.length > 0],
      ["GitHub's secondary limit", (seed: number) => scheduleOf(seed).faults.github.length > 0],
      ["bad runners", (seed: number) => scheduleOf(seed).runners.length > 0]
    ] as const) {
      assert.isTrue(
        schedules.some(({ seed }) => isThere(seed)),
        what
      )
    }
  })
})
