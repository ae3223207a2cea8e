// The scripted runner in memory, on a clock that moves only when told, as a seeded simulation drives it.
import { assert, describe, it } from "@effect/vitest"
import * as Redacted from "effect/Redacted"
import { goFile, startCommand, startFiles, type StartMode } from "../../../src/services/sandbox/StartScript.ts"
import { memoryFiles } from "../../../src/simulator/e2b/SandboxFiles.ts"
import type { JobDefinition } from "../../../src/simulator/github/machine/Entities.ts"
import { encodedJitConfig } from "../../../src/simulator/github/payloads/RunnerPayload.ts"
import { scriptedRunner } from "../../../src/simulator/runner/ScriptedRunner.ts"
import { manualMachine } from "../github/ManualMachine.ts"

const labels = ["e2b"]

/** All that follows from what has happened, without time passing. */
const settled = () => new Promise<void>((resolve) => void setImmediate(resolve))

const world = () => {
  const setup = manualMachine()
  const { machine, clock } = setup
  const program = scriptedRunner(machine, clock)
  const scope = machine.topology.scopeOfUrl("https://github.com/acme/one")
  const group = machine.topology.groupByName(scope, "Default")
  assert(group !== null)

  const jit = (name: string): StartMode => {
    const registration = { name, labels, group, ephemeral: true, jit: true, workFolder: "_work" }
    const runner = machine.register(scope, registration, false)
    return { _tag: "Jit", encodedJitConfig: Redacted.make(encodedJitConfig(machine.serverUrl, runner)) }
  }
  const token = (url = "https://github.com/acme/one"): StartMode => {
    const { token } = machine.registry.issueToken(scope, "register")
    return { _tag: "Token", url, token: Redacted.make(token), labels, runnerGroup: null }
  }

  /** Starts the command in a sandbox of its own; `mode` null: without the files that it needs. */
  const start = async (name: string, mode: StartMode | null, command = startCommand) => {
    const files = memoryFiles(() => clock.now())
    const input = { requestId: "request-1", sandboxId: "sandbox-1", runnerName: name, traceId: null }
    for (const { path, content } of mode === null ? [] : [...startFiles({ ...input, mode }), goFile]) {
      await files.write(path, Buffer.from(typeof content === "string" ? content : Redacted.value(content)))
    }
    const stop = new AbortController()
    const said = { stdout: "", stderr: "" }
    let exit: number | "stopped" | undefined
    const request = { cmd: "/bin/bash", args: ["-l", "-c", command], env: {}, cwd: "/", stdin: false, files }
    void program({
      request: { ...request, sandboxID: "sandbox-1" },
      stopped: stop.signal,
      stdout: (text) => (said.stdout += text),
      stderr: (text) => (said.stderr += text)
    }).then(
      (code) => (exit = code),
      () => (exit = "stopped")
    )
    await settled()
    return { said, files, exit: () => exit, stop: () => stop.abort() }
  }

  /** Time passes in steps, with all that follows from each. */
  const pass = async (millis: number, stepMillis = 500) => {
    for (let passed = 0; passed < millis; passed += stepMillis) {
      clock.advance(Math.min(stepMillis, millis - passed))
      await settled()
    }
  }
  const run = (jobs: ReadonlyArray<Partial<JobDefinition>>) =>
    machine.createRun({
      repository: "acme/one",
      workflow: "CI",
      jobs: jobs.map((job) => ({ name: "build", labels, ...job }))
    })
  return { ...setup, start, pass, jit, token, run }
}

describe("the start script", () => {
  it("takes its data file away before anything else, and ends with 1 without it", async () => {
    const { start, jit } = world()
    const { files } = await start("r", jit("r"))
    assert.isUndefined(await files.find("/tmp/runnerd/start-runner.data"))
    const missing = await start("r", null)
    assert.deepStrictEqual(
      [missing.exit(), missing.said.stderr],
      [1, "runnerd: /tmp/runnerd/start-runner.data is missing\n"]
    )
  })

  it("is the only command that the scripted runner knows", async () => {
    const { start } = world()
    const other = await start("r", null, "ls")
    assert.deepStrictEqual([other.exit(), other.said.stderr], [127, "bash: ls: command not found\n"])
  })

  it("tries a registration ten times, a second apart, and ends with 2", async () => {
    const { start, pass, token, machine } = world()
    const refused = await start("r", token("https://github.com/acme/two"))
    assert.include(refused.said.stderr, "registration failed, try 1 of 10")
    await pass(8999)
    assert.isUndefined(refused.exit())
    assert.notInclude(refused.said.stderr, "try 10 of 10")
    await pass(1)
    assert.strictEqual(refused.exit(), 2)
    assert.include(refused.said.stderr, "try 10 of 10\nrunnerd: the runner could not be registered\n")
    assert.strictEqual(machine.registry.byId.size, 0)
  })
})

describe("time is the given clock's", () => {
  it("a job runs for the seconds of its steps", async () => {
    const { start, pass, jit, run } = world()
    const { jobs } = run([
      {
        steps: [
          { name: "a", seconds: 60 },
          { name: "b", seconds: 30 }
        ]
      }
    ])
    const runner = await start("r", jit("r"))
    await pass(89_999)
    assert.strictEqual(jobs[0]?.status, "in_progress")
    await pass(1)
    assert.strictEqual(jobs[0]?.conclusion, "success")
    assert.strictEqual((jobs[0]?.completedAt ?? 0) - (jobs[0]?.startedAt ?? 0), 90_000)
    assert.strictEqual(runner.exit(), 0)
  })

  it("a conflict of sessions is tried again each 30 s, eight times in all", async () => {
    const { start, pass, jit, machine } = world()
    machine.runnerFaults.add({ kind: "session_conflict" })
    const runner = await start("r", jit("r"))
    await pass(209_999)
    assert.isUndefined(runner.exit())
    await pass(1)
    assert.strictEqual(runner.exit(), 0)
    assert.strictEqual(runner.said.stderr.split("A session for this runner already exists.").length - 1, 8)
  })

  it("a wrong clock is given up after half an hour, a GitHub out of reach never", async () => {
    const { start, pass, jit, machine } = world()
    machine.runnerFaults.add({ kind: "clock_skew", name: "skewed" })
    machine.runnerFaults.add({ kind: "connect_error", name: "cut-off" })
    const skewed = await start("skewed", jit("skewed"))
    const cutOff = await start("cut-off", jit("cut-off"))
    await pass(59 * 30_000 - 1, 15_000)
    assert.isUndefined(skewed.exit())
    await pass(1)
    assert.strictEqual(skewed.exit(), 0)
    assert.isUndefined(cutOff.exit())
  })

  it("a listener that ends with 2 is started again after 5 s", async () => {
    const { start, pass, jit, machine } = world()
    machine.runnerFaults.add({ kind: "retry_for_ever" })
    const runner = await start("r", jit("r"))
    const restarts = () => runner.said.stdout.split("Restarting runner...").length - 1
    await pass(4999)
    assert.strictEqual(restarts(), 0)
    await pass(1)
    assert.strictEqual(restarts(), 1)
    await pass(25_000)
    assert.strictEqual(restarts(), 6)
  })
})

describe("GitHub", () => {
  it("sees a runner that was stopped go offline after 30 s, and gives its job up after 10 min", async () => {
    const { start, pass, jit, run, machine } = world()
    const { jobs } = run([{ steps: [{ name: "long", seconds: 36_000 }] }])
    const runner = await start("r", jit("r"))
    const [registered] = machine.registry.byId.values()
    runner.stop()
    await settled()
    assert.strictEqual(runner.exit(), "stopped")
    await pass(29_999, 5000)
    assert.isNotNull(registered?.session)
    await pass(1)
    assert.isNull(registered?.session)
    await pass(600_000, 60_000)
    assert.strictEqual(jobs[0]?.conclusion, "failure")
  })

  it("may end a session that goes on: the runner opens another one and works", async () => {
    const { start, jit, run, machine } = world()
    const runner = await start("r", jit("r"))
    const [registered] = machine.registry.byId.values()
    assert(registered !== undefined)
    machine.sessions.close(registered)
    await settled()
    assert.isNotNull(registered.session)
    const { jobs } = run([{}])
    await settled()
    assert.strictEqual(jobs[0]?.conclusion, "success")
    assert.strictEqual(runner.said.stdout.split("Listening for Jobs").length, 2)
  })

  it("may take a job back before the runner has it: the runner goes on waiting", async () => {
    const { start, jit, run, machine } = world()
    const runner = await start("r", jit("r"))
    const first = run([{ name: "first" }])
    // In the same turn in which the runner was told.
    machine.runs.cancelRun(first)
    await settled()
    assert.deepStrictEqual([first.conclusion, runner.exit()], ["cancelled", undefined])
    run([{ name: "second" }])
    await settled()
    assert.include(runner.said.stdout, "Job second completed with result: Succeeded")
  })

  it("may end a job on its own: the runner's report is not heard, and it ends as if it were", async () => {
    const { start, pass, jit, run, machine } = world()
    const { jobs } = run([{ steps: [{ name: "long", seconds: 60 }] }])
    const runner = await start("r", jit("r"))
    const [job] = jobs
    assert(job !== undefined)
    machine.runs.complete(job, "timed_out")
    await pass(60_000)
    assert.strictEqual(job.conclusion, "timed_out")
    assert.strictEqual(runner.exit(), 0)
  })
})

describe("a story told twice", () => {
  it("is the same to the letter: webhooks, output and ends, faults by seed included", async () => {
    const tell = async (seed: number) => {
      const { start, pass, jit, token, run, machine, story } = world()
      machine.runnerFaults.seed = seed
      for (const kind of ["crash_before_job", "crash_during_job", "silence", "hook_failure"] as const) {
        machine.runnerFaults.add({ kind, times: "always", chance: 0.2 })
      }
      run(Array.from({ length: 20 }, (_, n) => ({ name: `job-${n}`, steps: [{ name: "s", seconds: 1 + (n % 7) }] })))
      const runners = []
      for (let n = 0; n < 30; n += 1) {
        runners.push(await start(`r${n}`, n % 2 === 0 ? jit(`r${n}`) : token()))
        await pass(700, 100)
      }
      await pass(900_000, 10_000)
      return { webhooks: story(), runners: runners.map(({ said, exit }) => ({ ...said, exit: exit() ?? "goes on" })) }
    }
    const told = await tell(7)
    assert.deepStrictEqual(await tell(7), told)
    assert.notDeepEqual((await tell(8)).webhooks, told.webhooks)
    const conclusions = told.webhooks.filter((line) => line.startsWith("workflow_job completed"))
    assert.isAtLeast(conclusions.length, 15)
  })
})
