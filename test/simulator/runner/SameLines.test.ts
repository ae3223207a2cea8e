// The scripted runner prints what the stand-in prints, to the letter.
import { assert, describe, it } from "@effect/vitest"
import type { RunnerInSandbox, RunnerWorld } from "./RunnerWorld.ts"
import { openRunnerWorld } from "./RunnerWorld.ts"

describe("the stand-in and the scripted runner", () => {
  /** The same story with both: what each says, without what differs from run to run. */
  const both = (play: (world: RunnerWorld) => Promise<RunnerInSandbox>) =>
    Promise.all(
      [false, true].map(async (scripted) => {
        const world = await openRunnerWorld(scripted)
        try {
          const runner = await play(world)
          await runner.exit
          const text = JSON.stringify(runner.lines(), null, 1)
          return text.replaceAll(world.github.url, "<github>").replace(/run_id=\d+/g, "run_id=<id>")
        } finally {
          await world.close()
        }
      })
    )

  for (const mode of ["jit", "token"] as const) {
    it(`say the same, line by line, of a job that succeeds (${mode})`, async () => {
      const [standIn, scripted] = await both((world) => {
        world.run([{ steps: [{ name: "step" }] }])
        return world.start(mode)
      })
      assert.include(standIn, "<utc>: Job build completed with result: Succeeded")
      assert.strictEqual(scripted, standIn)
    })
  }

  for (const kind of ["registration_refused", "session_conflict", "deprecated_version", "hook_failure"]) {
    it(`say the same, line by line, of ${kind}`, async () => {
      const [standIn, scripted] = await both(async (world) => {
        await world.fault(kind)
        world.run([{ steps: [{ name: "step" }] }])
        return world.start("jit")
      })
      assert.include(standIn, "Exiting runner...")
      assert.strictEqual(scripted, standIn)
    })
  }
})
