// What runnerd sees of a runner, and GitHub too: the rules that hold whatever plays it.
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import type { MarkerEvent } from "../../../src/services/sandbox/RunnerMarkers.ts"
import type { RunnerInSandbox, RunnerWorld } from "./RunnerWorld.ts"
import { labels, openRunnerWorld } from "./RunnerWorld.ts"

const told = (events: ReadonlyArray<MarkerEvent>) =>
  events.map((event) => {
    if (event._tag === "RunnerError") return event.kind
    return event._tag === "JobCompleted" ? `${event._tag} ${event.result}` : event._tag
  })

const listening = ["Connected", "RunnerVersion", "Listening"]
const worked = (result: string) => [...listening, "RunningJob", "JobStarted", `JobCompleted ${result}`]

describe.each([
  ["the stand-in", false],
  ["the scripted runner", true]
] as const)("%s", (_, scripted) => {
  let world: RunnerWorld
  beforeEach(async () => {
    world = await openRunnerWorld(scripted)
  })
  afterEach(() => world.close())

  const ended = async (runner: RunnerInSandbox, exitCode: number | null, events: ReadonlyArray<string>) => {
    assert.strictEqual(await runner.exit, exitCode, runner.output())
    assert.deepStrictEqual(told(runner.events()), events, runner.output())
  }
  const offline = () => vi.waitFor(() => assert.strictEqual(world.runners()[0]?.status, "offline"), 10_000)

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
      await ended(runner, 0, ["Connected", ...worked("Succeeded")])
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
      await vi.waitFor(() => assert.isTrue(world.job().steps.some(({ name }) => name === "Set up runner")))
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
      await vi.waitFor(() => assert.strictEqual(run.conclusion, "failure"), 10_000)
      assert.include(world.job().log, "The self-hosted runner lost communication with the server.")
      assert.isEmpty(world.runners())
    })
  })

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
      await vi.waitFor(() => assert.isAtLeast(world.sessionTries(), 4), 10_000)
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
      await vi.waitFor(() => assert.strictEqual(run.conclusion, "failure"), 10_000)
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

  it.each(["jit", "token"] as const)("say the same, line by line, of a job that succeeds (%s)", async (mode) => {
    const [standIn, scripted] = await both((world) => {
      world.run([{ steps: [{ name: "step" }] }])
      return world.start(mode)
    })
    assert.include(standIn, "<utc>: Job build completed with result: Succeeded")
    assert.strictEqual(scripted, standIn)
  })

  it.each(["registration_refused", "session_conflict", "deprecated_version", "hook_failure"])(
    "say the same, line by line, of %s",
    async (kind) => {
      const [standIn, scripted] = await both(async (world) => {
        await world.fault(kind)
        world.run([{ steps: [{ name: "step" }] }])
        return world.start("jit")
      })
      assert.include(standIn, "Exiting runner...")
      assert.strictEqual(scripted, standIn)
    }
  )
})
