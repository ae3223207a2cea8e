// What runnerd sees of a runner, and GitHub too: the rules that hold whatever plays it.
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import { ended, listening, players, worked } from "./RunnerEvents.ts"
import type { RunnerWorld } from "./RunnerWorld.ts"
import { labels, openRunnerWorld } from "./RunnerWorld.ts"

describe.each(players)("%s", (_, scripted) => {
  let world: RunnerWorld
  beforeEach(async () => {
    world = await openRunnerWorld(scripted)
  })
  afterEach(() => world.close())

  const offline = () => vi.waitFor(() => assert.strictEqual(world.runners()[0]?.status, "offline"), 60_000)

  describe("a runner", () => {
    it("with a JIT configuration does one job, says so in the real runner's words, and is gone from GitHub", async () => {
      const run = world.run([{ steps: [{ name: "step" }] }])
      const runner = await world.start("jit")
      await ended(runner, 0, worked("Succeeded"))
      assert.deepInclude(runner.events(), { _tag: "RunnerVersion", version: "2.336.0" })
      assert.deepInclude(runner.events(), { _tag: "RunningJob", name: "build" })
      assert.deepInclude(runner.events(), { _tag: "JobStarted", runId: run.id, job: "build-key" })
      assert.deepInclude(world.job(), { conclusion: "success", runnerName: "runner-1" })
      assert.isEmpty(world.runners())
    })

    it("with a registration token registers with exactly the given labels, and then does the same", async () => {
      const runner = await world.start("token")
      await runner.says("Listening for Jobs")
      assert.include(runner.output(), "√ Runner successfully added")
      assert.deepInclude(world.runners()[0], {
        name: "runner-1",
        labels,
        ephemeral: true,
        jit: false,
        status: "online"
      })
      world.run([{ steps: [{ name: "step" }] }])
      // config.sh connects as well.
      await ended(runner, 0, ["Connected", "Registered", ...worked("Succeeded")])
      assert.isEmpty(world.runners())
    })

    it("is online while it listens, busy while it works, and runs as long as its steps", async () => {
      const runner = await world.start("jit")
      await runner.says("Listening for Jobs")
      assert.deepInclude(world.runners()[0], { status: "online", busy: false })
      world.run([{ steps: [{ name: "wait", seconds: 0.3 }] }])
      await runner.says("Running job: build")
      assert.deepInclude(world.runners()[0], { status: "online", busy: true })
      await runner.exit
      const [step] = world.job().steps.filter(({ name }) => name === "wait")
      assert.isAtLeast((step?.completedAt ?? 0) - (step?.startedAt ?? Infinity), 290)
    })

    it("takes whichever job is oldest, not the one that caused it", async () => {
      world.run([{ name: "first" }])
      world.run([{ name: "second" }])
      await (
        await world.start("jit", "meant-for-second")
      ).exit
      assert.strictEqual(world.job("first").runnerName, "meant-for-second")
      assert.strictEqual(world.job("second").status, "queued")
    })

    it("reports a failed job, skips its later steps, and ends with 0 all the same", async () => {
      world.run([{ steps: [{ name: "fails", exitCode: 3 }, { name: "never" }] }])
      const runner = await world.start("jit")
      await ended(runner, 0, worked("Failed"))
      const { steps, log, conclusion } = world.job()
      assert.strictEqual(conclusion, "failure")
      assert.deepStrictEqual(
        steps.map(({ name, conclusion, number }) => [number, name, conclusion]),
        [
          [1, "Set up job", "success"],
          [2, "Set up runner", "success"],
          [3, "fails", "failure"],
          [4, "never", "skipped"],
          [5, "Complete runner", "success"],
          [6, "Complete job", "success"]
        ]
      )
      assert.include(log, "##[error]Process completed with exit code 3.")
    })

    it("tells the job's log where it runs, through runnerd's hooks", async () => {
      world.run([{}])
      const runner = await world.start("jit")
      await runner.exit
      const { log } = world.job()
      for (const line of [
        "Runner name: 'runner-1'",
        `##[notice]sandbox_id=${runner.sandbox.sandboxId} request_id=request-1 runner_name=runner-1 trace_id=`,
        `E2B sandbox id: ${runner.sandbox.sandboxId}`,
        "runnerd: job completed"
      ]) {
        assert.include(log, `Z ${line}`)
      }
      assert.notInclude(runner.output(), "E2B sandbox id")
    })

    it("stops a job that is cancelled at GitHub, and ends as canceled", async () => {
      const run = world.run([{ steps: [{ name: "long", seconds: 3600 }, { name: "never" }] }])
      const runner = await world.start("jit")
      await runner.says("::runnerd::job-started")
      await vi.waitFor(() => assert.isTrue(world.job().steps.some(({ name }) => name === "Set up runner")), 60_000)
      world.github.machine.runs.cancelRun(run)
      await ended(runner, 0, worked("Canceled"))
      assert.strictEqual(world.job().conclusion, "cancelled")
      assert.deepStrictEqual(world.job().steps.find(({ name }) => name === "never")?.conclusion, "cancelled")
      assert.isEmpty(world.runners())
    })

    it("ends by itself when its registration is deleted", async () => {
      const runner = await world.start("jit")
      await runner.says("Listening for Jobs")
      const registered = [...world.github.machine.registry.byId.values()][0]
      assert(registered !== undefined)
      world.github.machine.deleteRunner(registered)
      await ended(runner, 0, [...listening, "registration_deleted", "registration_deleted"])
    })

    it("whose sandbox is killed while idle says nothing more, and stays registered, offline", async () => {
      const runner = await world.start("jit")
      await runner.says("Listening for Jobs")
      await runner.sandbox.kill()
      await ended(runner, null, listening)
      await offline()
    })

    it("whose sandbox is killed during a job leaves it to GitHub, which calls it failed after a while", async () => {
      const run = world.run([{ steps: [{ name: "long", seconds: 3600 }] }])
      const runner = await world.start("jit")
      await runner.says("Running job: build")
      await runner.sandbox.kill()
      await vi.waitFor(() => assert.strictEqual(run.conclusion, "failure"), 60_000)
      assert.include(world.job().log, "The self-hosted runner lost communication with the server.")
      assert.isEmpty(world.runners())
    })
  })
})
