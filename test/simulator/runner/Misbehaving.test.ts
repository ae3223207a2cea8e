// Every fault that GitHub's control interface gives to a runner: what runnerd is told of it, and what GitHub shows.
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import { ended, listening, players, told, worked } from "./RunnerEvents.ts"
import type { RunnerWorld } from "./RunnerWorld.ts"
import { openRunnerWorld } from "./RunnerWorld.ts"

describe.each(players)("%s", (_, scripted) => {
  let world: RunnerWorld
  beforeEach(async () => {
    world = await openRunnerWorld(scripted)
  })
  afterEach(() => world.close())

  const offline = () => vi.waitFor(() => assert.strictEqual(world.runners()[0]?.status, "offline"), 60_000)

  describe("a runner that misbehaves", () => {
    it("registration_refused: with a JIT configuration it hears that its registration is gone, and ends", async () => {
      await world.fault("registration_refused")
      await ended(await world.start("jit"), 0, ["registration_deleted", "registration_deleted"])
    })

    it("registration_refused: with a token it is refused at every try, until GitHub lets it in", async () => {
      await world.fault("registration_refused")
      const runner = await world.start("token")
      await runner.says("registration failed, try 2 of 10")
      assert.deepStrictEqual(told(runner.events()).slice(0, 2), ["registration_refused", "registration_refused"])
      assert.isEmpty(world.runners())
      await world.control("DELETE", "faults")
      await runner.says("Listening for Jobs")
    })

    it("session_conflict: it tries eight times, then ends with 0 and leaves its registration", async () => {
      await world.fault("session_conflict")
      const runner = await world.start("jit")
      await ended(
        runner,
        0,
        Array.from({ length: 8 }, () => "session_conflict")
      )
      assert.include(runner.output(), "Runner listener exit with Session Conflict error, stop the service")
      assert.deepInclude(world.runners()[0], { status: "offline" })
    })

    it("deprecated_version: it says so and ends with 0, or with 7 where that is asked for", async () => {
      for (const [template, exitCode, words] of [
        ["runner", 0, "Runner listener exit with terminated error"],
        ["strict-runner", 7, "Runner listener exit with deprecated version exit code: 7."]
      ] as const) {
        await world.fault("deprecated_version")
        const runner = await world.start("jit", template, template)
        await ended(runner, exitCode, ["version_deprecated"])
        assert.include(runner.output(), words)
      }
    })

    it("connect_error: it says once that it cannot connect, and tries for ever", async () => {
      await world.fault("connect_error")
      const runner = await world.start("jit")
      await runner.says("Retrying until reconnected.")
      await vi.waitFor(() => assert.isAtLeast(world.sessionTries(), 4), 60_000)
      assert.deepStrictEqual(told(runner.events()), ["connection_retrying"])
      await runner.sandbox.kill()
    })

    it("clock_skew: it hears that its clock is wrong, and tries again", async () => {
      await world.fault("clock_skew")
      const runner = await world.start("jit")
      await runner.says("clock may be out of sync", 3)
      assert.deepStrictEqual(new Set(told(runner.events())), new Set(["clock_skew"]))
      await runner.sandbox.kill()
    })

    it("clocks more than five minutes apart are the same, until they agree again", async () => {
      await world.control("PUT", "clock", { skewMs: 400_000 })
      const runner = await world.start("jit")
      await runner.says("clock may be out of sync")
      await world.control("PUT", "clock", { skewMs: 200_000 })
      await runner.says("Listening for Jobs")
    })

    it("retry_for_ever: its listener ends with 2 before it listens, and is started again and again", async () => {
      await world.fault("retry_for_ever")
      const runner = await world.start("jit")
      await runner.says("Runner listener exit with retryable error, re-launch runner in 5 seconds.", 3)
      assert.isEmpty(told(runner.events()))
      assert.strictEqual(world.runners().length, 1)
      await runner.sandbox.kill()
    })

    it("crash_before_job: it dies when a job comes, which goes to another runner after a while", async () => {
      await world.fault("crash_before_job")
      const runner = await world.start("jit")
      await runner.says("Listening for Jobs")
      world.run([{}])
      await ended(runner, 0, listening)
      assert.include(runner.output(), "Exiting with unknown error code: 137")
      await ended(await world.start("jit", "runner-2"), 0, worked("Succeeded"))
      assert.deepInclude(world.job(), { conclusion: "success", runnerName: "runner-2" })
      assert.deepInclude(world.runners()[0], { name: "runner-1", status: "offline", busy: false })
    })

    it("crash_during_job: it dies while a job runs, which GitHub calls failed after a while", async () => {
      await world.fault("crash_during_job")
      const run = world.run([{ steps: [{ name: "step" }] }])
      const runner = await world.start("jit")
      await ended(runner, 0, [...listening, "RunningJob", "JobStarted"])
      assert.include(runner.output(), "Exiting with unknown error code: 137")
      await vi.waitFor(() => assert.strictEqual(run.conclusion, "failure"), 60_000)
      assert.isFalse(world.job().steps.some(({ name }) => name === "step"))
    })

    it("silence: it says that it listens, takes nothing, and is shown offline", async () => {
      await world.fault("silence")
      const runner = await world.start("jit")
      await runner.says("Listening for Jobs")
      world.run([{}])
      await offline()
      assert.strictEqual(world.job().status, "queued")
      assert.deepStrictEqual(told(runner.events()), listening)
      await ended(await world.start("jit", "runner-2"), 0, worked("Succeeded"))
      await runner.sandbox.kill()
    })

    it("hook_failure: the hook before the job fails, no step runs, and the job fails", async () => {
      await world.fault("hook_failure")
      world.run([{ steps: [{ name: "step" }] }])
      await ended(await world.start("jit"), 0, worked("Failed"))
      assert.deepStrictEqual(
        world.job().steps.map(({ name, conclusion }) => [name, conclusion]),
        [
          ["Set up job", "success"],
          ["Set up runner", "failure"],
          ["step", "skipped"],
          ["Complete runner", "success"],
          ["Complete job", "success"]
        ]
      )
    })

    it("leftovers: its job leaves a file in the work folder", async () => {
      await world.fault("leftovers")
      world.run([{}])
      const runner = await world.start("jit")
      await ended(runner, 0, worked("Succeeded"))
      const file = "/home/user/actions-runner/_work/_temp/leftover.sh"
      assert.include(await runner.sandbox.files.read(file), "read")
    })

    it("registration_stays: GitHub keeps its registration, offline, after the job", async () => {
      await world.fault("registration_stays")
      world.run([{ name: "first" }, { name: "second" }])
      await ended(await world.start("jit"), 0, worked("Succeeded"))
      await offline()
      assert.deepInclude(world.runners()[0], { name: "runner-1", busy: false })
      assert.strictEqual(world.job("second").status, "queued")
    })
  })
})
