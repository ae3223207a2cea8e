// The runner's stand-in against the simulated GitHub, end to end, with a JIT configuration.
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { vi } from "vitest"
import type { StandIn } from "./StandInFixture.ts"
import { useStandIns } from "./StandInWorld.ts"

const { install, jit, jobState, octokit, receiver, runJit, simulator, start } = useStandIns()

/** A zombie, which waits only for its parent to look, is not alive. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return false
  }
}

/** For what another process does on a busy machine. */
const patience = 20_000

/** A signal is sent before it has killed. */
const dies = (pid: number) => vi.waitFor(() => assert.isFalse(isAlive(pid)), patience)

describe("with a JIT configuration", () => {
  it("does one job, says so in the real runner's words, and is gone from GitHub", async () => {
    start([{ steps: [{ name: "greet", run: 'echo "hello from $RUNNER_NAME in $GITHUB_REPOSITORY"' }] }])
    const { running } = await runJit("runner-1")
    assert.strictEqual(await running.exit, 0)
    const utc = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`
    const lines = running.output().split("\n")
    for (const wanted of [
      /^√ Connected to GitHub$/,
      /^Current runner version: '2\.336\.0'$/,
      new RegExp(`^${utc}: Listening for Jobs$`),
      new RegExp(`^${utc}: Running job: build$`),
      new RegExp(`^${utc}: Job build completed with result: Succeeded$`)
    ]) {
      assert.isTrue(
        lines.some((line) => wanted.test(line)),
        `${wanted} in\n${running.output()}`
      )
    }
    const completed = await receiver().job("completed", "build")
    assert.deepInclude(completed.job, { conclusion: "success", runner_name: "runner-1" })
    assert.include(jobState().log, "hello from runner-1 in acme/one")
    assert.isEmpty(simulator().state().runners)
  })

  it("takes the configuration as an argument too, and keeps its files to itself", async () => {
    const standIn = install()
    const running = standIn.start("run.sh", ["--jitconfig", await jit("runner-1")])
    await running.says("Listening for Jobs")
    assert.strictEqual(statSync(join(standIn.directory, ".credentials")).mode & 0o777, 0o600)
    start([{}])
    assert.strictEqual(await running.exit, 0)
    assert.isFalse(existsSync(join(standIn.directory, ".credentials")))
  })

  it("is online while it listens, busy while it works", async () => {
    const { running } = await runJit("runner-1")
    await running.says("Listening for Jobs")
    assert.deepInclude(simulator().state().runners[0], { status: "online", busy: false })
    const run = start([{ steps: [{ name: "wait", seconds: 60 }] }])
    await running.says("Running job: build")
    assert.deepInclude(simulator().state().runners[0], { status: "online", busy: true })
    simulator().machine.runs.cancelRun(run)
    await running.exit
  })

  it("takes whichever job is oldest, not the one that caused it", async () => {
    const first = start([{ name: "first" }])
    start([{ name: "second" }])
    const { running } = await runJit("meant-for-second")
    await running.exit
    assert.deepInclude(jobState("first"), { id: first.jobs[0]!.id, runnerName: "meant-for-second" })
    assert.strictEqual(jobState("second").status, "queued")
  })

  it("does the jobs of a run in the order of their needs, each with its own runner", async () => {
    const run = start([
      { name: "test", steps: [{ name: "test", seconds: 1 }] },
      { name: "deploy", needs: ["test"], steps: [{ name: "deploy", run: "true" }] }
    ])
    const runners = [await runJit("runner-1"), await runJit("runner-2")]
    await Promise.all(runners.map(({ running }) => running.exit))
    assert.deepStrictEqual([run.status, run.conclusion], ["completed", "success"])
    assert.isAtLeast(jobState("deploy").startedAt ?? 0, jobState("test").completedAt ?? Infinity)
  })

  it("ends with exit code 0 and says so when its registration was deleted", async () => {
    const { running } = await runJit("runner-1")
    await running.says("Listening for Jobs")
    const { id } = simulator().state().runners[0]!
    await octokit().request("DELETE /repos/acme/one/actions/runners/{runner_id}", { runner_id: id })
    assert.strictEqual(await running.exit, 0)
    assert.include(running.output(), "The runner registration has been deleted from the server")
  })
})

describe("a failing job", () => {
  it("is reported as failed; its later steps are skipped; the exit code is 0 all the same", async () => {
    start([
      {
        steps: [
          { name: "fails", run: "echo before; exit 3" },
          { name: "never", run: "echo never-run" }
        ]
      }
    ])
    const { running } = await runJit("runner-1")
    assert.strictEqual(await running.exit, 0)
    assert.include(running.output(), "Job build completed with result: Failed")
    const job = jobState()
    assert.strictEqual(job.conclusion, "failure")
    assert.deepStrictEqual(
      job.steps.map(({ name, conclusion }) => [name, conclusion]),
      [
        ["Set up job", "success"],
        ["fails", "failure"],
        ["never", "skipped"],
        ["Complete job", "success"]
      ]
    )
    assert.include(job.log, "Process completed with exit code 3")
    assert.notInclude(job.log, "Z never-run")
  })
})

describe("hooks", () => {
  it("run before and after the job, with its variables, and write to the job's log only", async () => {
    const standIn = install()
    const hook = (name: string, text: string) => {
      const path = join(standIn.directory, name)
      writeFileSync(path, text)
      return path
    }
    const started = hook(
      "started.sh",
      'echo "::notice title=E2B sandbox::on $RUNNER_NAME"\necho "run $GITHUB_RUN_ID"\n'
    )
    const completed = hook("completed.sh", "echo hook-after\n")
    // One hook by the environment, the other by the file beside run.sh.
    writeFileSync(join(standIn.directory, ".env"), `ACTIONS_RUNNER_HOOK_JOB_COMPLETED=${completed}\n`)
    const run = start([{ steps: [{ name: "step", run: "echo in-between" }] }])
    const running = standIn.start("run.sh", [], {
      ACTIONS_RUNNER_INPUT_JITCONFIG: await jit("runner-1"),
      ACTIONS_RUNNER_HOOK_JOB_STARTED: started
    })
    await running.exit
    const { log, steps, conclusion } = jobState()
    assert.strictEqual(conclusion, "success")
    assert.deepStrictEqual(
      steps.map(({ name }) => name),
      ["Set up job", "Set up runner", "step", "Complete runner", "Complete job"]
    )
    const at = (text: string) => log.indexOf(text)
    assert.isTrue(at("##[notice]on runner-1") >= 0 && at(`Z run ${run.id}`) >= 0)
    assert.isTrue(at("##[notice]on runner-1") < at("Z in-between") && at("Z in-between") < at("Z hook-after"))
    assert.notInclude(running.output(), "hook-after")
  })

  it("that fail or are missing fail the job, and no step runs", async () => {
    start([{ steps: [{ name: "step", run: "echo step-ran" }] }])
    const { running } = await runJit("runner-1", { ACTIONS_RUNNER_HOOK_JOB_STARTED: "/nowhere/hook.sh" })
    await running.exit
    assert.strictEqual(jobState().conclusion, "failure")
    assert.include(jobState().log, "File doesn't exist: /nowhere/hook.sh")
    assert.notInclude(jobState().log, "Z step-ran")
  })
})

describe("the job's environment", () => {
  it("names run, job and repository, and none of what configured the runner", async () => {
    const run = start([{ key: "build-key", steps: [{ name: "env", run: "env | sort" }] }])
    const { running } = await runJit("runner-1", { ACTIONS_RUNNER_INPUT_TOKEN: "very-secret" })
    await running.exit
    const { log } = jobState()
    for (const line of [
      `GITHUB_RUN_ID=${run.id}`,
      "GITHUB_JOB=build-key",
      "GITHUB_REPOSITORY=acme/one",
      "RUNNER_NAME=runner-1"
    ]) {
      assert.include(log, `Z ${line}`)
    }
    assert.notInclude(log, "ACTIONS_RUNNER_INPUT")
    assert.notInclude(log, "very-secret")
  })
})

describe("cancellation", () => {
  const survivor = { name: "long", run: 'sleep 600 & echo "$!" > "$RUNNER_TEMP/child"; wait' }
  /** The id of the step's background process, once it runs. */
  const childOf = (standIn: StandIn) =>
    vi.waitFor(() => {
      const pid = Number(readFileSync(join(standIn.directory, "_work/_temp/child"), "utf8"))
      assert.isTrue(pid > 0)
      return pid
    }, patience)

  it("at GitHub kills the step with all that it started, and ends as canceled", async () => {
    const run = start([{ steps: [survivor, { name: "never", run: "true" }] }])
    const { standIn, running } = await runJit("runner-1")
    const child = await childOf(standIn)
    simulator().machine.runs.cancelRun(run)
    assert.strictEqual(await running.exit, 0)
    assert.include(running.output(), "Job build completed with result: Canceled")
    assert.strictEqual(jobState().conclusion, "cancelled")
    assert.isEmpty(simulator().state().runners)
    await dies(child)
  })

  it("kills what a step left in the background when the job ends by itself", async () => {
    start([{ steps: [{ name: "leaves", run: 'sleep 600 > /dev/null 2>&1 & echo "$!" > "$RUNNER_TEMP/child"' }] }])
    const { standIn, running } = await runJit("runner-1")
    await running.exit
    await dies(await childOf(standIn))
    assert.include(jobState().log, "Terminate orphan process")
  })

  it("by SIGTERM, passed on with RUNNER_MANUALLY_TRAP_SIG, cancels the job as well", async () => {
    start([{ steps: [survivor] }])
    const { running } = await runJit("runner-1", { RUNNER_MANUALLY_TRAP_SIG: "1" })
    await running.says("Running job: build")
    running.child.kill("SIGTERM")
    assert.strictEqual(await running.exit, 0)
    assert.strictEqual(jobState().conclusion, "cancelled")
  })

  it("by SIGTERM while idle leaves an offline registration behind", async () => {
    const { running } = await runJit("runner-1", { RUNNER_MANUALLY_TRAP_SIG: "1" })
    await running.says("Listening for Jobs")
    running.child.kill("SIGTERM")
    assert.strictEqual(await running.exit, 0)
    assert.deepInclude(simulator().state().runners[0], { name: "runner-1", status: "offline" })
  })
})

describe("as root", () => {
  it("refuses to work unless RUNNER_ALLOW_RUNASROOT is set", async (context) => {
    context.skip(process.getuid?.() !== 0, "only root can see it")
    const standIn = install()
    const configured = standIn.start("config.sh", [], { RUNNER_ALLOW_RUNASROOT: "" })
    assert.strictEqual(await configured.exit, 1)
    assert.include(configured.output(), "Must not run with sudo")
  })
})

describe("diagnostics", () => {
  it("are written to _diag, as the real runner's are", async () => {
    start([{ steps: [{ name: "step", run: "echo to-the-log" }] }])
    const { standIn, running } = await runJit("runner-1")
    await running.exit
    const worker = join(standIn.directory, "_diag", `Worker_${jobState().id}.log`)
    assert.include(readFileSync(worker, "utf8"), "to-the-log")
  })
})

describe("what a faulty job leaves behind", () => {
  it("goes on after the job: a process that the search for orphans does not find", async () => {
    simulator().machine.runnerFaults.add({ kind: "leftovers" })
    start([{ steps: [{ name: "step", run: "true" }] }])
    const { standIn, running } = await runJit("runner-1")
    assert.strictEqual(await running.exit, 0)
    assert.strictEqual(jobState().conclusion, "success")
    const pidFile = join(standIn.directory, "_work/_temp/leftover.sh.pid")
    const pid = await vi.waitFor(() => {
      const found = Number(readFileSync(pidFile, "utf8"))
      assert.isTrue(found > 0)
      return found
    }, patience)
    assert.isTrue(isAlive(pid))
  })
})

describe("the listener's own exit code", () => {
  it("tells the job's result where that is asked for; run.sh makes 0 of it", async () => {
    start([{ steps: [{ name: "fails", run: "exit 1" }] }])
    const { running } = await runJit("runner-1", { ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED: "1" })
    assert.strictEqual(await running.exit, 0)
    assert.include(running.output(), "Exiting with unknown error code: 102")
  })
})
