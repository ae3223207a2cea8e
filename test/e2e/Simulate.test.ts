// `runnerd simulate` as its users see it: what it prints, the runnerd that is started beside it, its exit codes, and that it
// leaves nothing behind however it ends.
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type RunnerdProcess, startRunnerd } from "../../src/demo/RunnerdProcess.ts"
import { entry } from "../support/World.ts"
import { type Ended, startCommand, type WatchedProcess } from "./WatchedProcess.ts"

const labels = ["self-hosted", "e2b"]

const scenario = (jobs: ReadonlyArray<object>, more: object = {}) => ({
  name: "small",
  sandboxes: "scripted",
  installations: [{ id: 77, owner: "acme", ownerType: "Organization", repositories: ["web"] }],
  templates: ["gh-runner"],
  specs: [{ name: "small", labels, template_id: "gh-runner", default_available: true }],
  timeline: [{ at: 0, run: { repository: "acme/web", workflow: "ci", jobs } }],
  ...more
})

const build = { name: "build", labels, steps: [{ seconds: 0.2 }] }
const fails = { name: "fails", labels, steps: [{ exitCode: 3 }] }

/** A port that is held until `release`. */
const holdPort = async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.address() as AddressInfo).port,
    release: () => new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

const webhookUrl = async (): Promise<string> => {
  const { port, release } = await holdPort()
  await release()
  return `http://127.0.0.1:${port}/webhooks/github`
}

const nothingIsLeft = (ended: Ended) => {
  assert.deepStrictEqual(ended.files, [], "files in its temporary folder")
  assert.deepStrictEqual(ended.processes, [], "processes")
}

describe("runnerd simulate", { timeout: 300_000 }, () => {
  let folder = ""
  const runnerds: Array<RunnerdProcess> = []
  const started: Array<WatchedProcess> = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "runnerd-scenario-"))
  })
  afterEach(async () => {
    await Promise.all(runnerds.splice(0).map((runnerd) => runnerd.kill()))
    // Those that a failed test left.
    for (const simulators of started.splice(0)) simulators.signal("SIGTERM")
    rmSync(folder, { recursive: true, force: true })
  })

  const file = (document: unknown): string => {
    const path = join(folder, "mine.yaml")
    writeFileSync(path, JSON.stringify(document))
    return path
  }

  const simulate = async (document: object, ...args: ReadonlyArray<string>): Promise<WatchedProcess> => {
    const simulators = startCommand(
      "simulate",
      "--scenario",
      file(document),
      "--webhook-url",
      await webhookUrl(),
      ...args
    )
    started.push(simulators)
    await simulators.says("waiting for a runnerd at ")
    return simulators
  }

  /** What is printed behind the words. */
  const printed = (simulators: WatchedProcess, words: string): string =>
    new RegExp(`^${words} +(\\S+)$`, "m").exec(simulators.output())?.[1] ?? ""

  /** As the printed line says: `runnerd --config <file>`. */
  const startBeside = async (simulators: WatchedProcess): Promise<RunnerdProcess> => {
    const configFile = printed(simulators, "Start one with: runnerd --config")
    const runnerd = await startRunnerd({ entry, configFile })
    runnerds.push(runnerd)
    return runnerd
  }

  it("prints addresses and a config file; a runnerd with that file serves the jobs, and --once ends with 0", async () => {
    const simulators = await simulate(scenario([build, { ...fails, expectedConclusion: "failure" }]), "--once")
    for (const control of ["GitHub's control API:", "E2B's control API:"]) {
      assert.isTrue((await fetch(`${printed(simulators, control)}/state`)).ok, control)
    }
    const configFile = printed(simulators, "Start one with: runnerd --config")
    const text = readFileSync(configFile, "utf8")
    assert.include(simulators.output(), text)
    assert.include(text, printed(simulators, "GitHub's API:"))
    assert.include(text, printed(simulators, "E2B's API and sandboxes:"))
    await startBeside(simulators)
    const ended = await simulators.ended
    assert.strictEqual(ended.code, 0, ended.output)
    assert.include(ended.output, "spec small is there")
    assert.match(ended.output, /acme\/web build +picked up by /)
    assert.include(ended.output, "All 2 jobs ended as their workflows say.")
    nothingIsLeft(ended)
  })

  it("with --once ends with 1 and names the job that did not end as its workflow says", async () => {
    const simulators = await simulate(scenario([fails]), "--once")
    await startBeside(simulators)
    const ended = await simulators.ended
    assert.strictEqual(ended.code, 1, ended.output)
    assert.include(ended.output, "acme/web fails did not end as its workflow says.")
    assert.strictEqual(ended.errors, "simulate stopped: a job did not end as its workflow says\n")
    nothingIsLeft(ended)
  })

  it("with --once ends with 1 when the scenario's time is over, and says what is unfinished", async () => {
    const nobodys = { ...build, labels: ["macos"] }
    const later = { at: 600_000, say: "the weather changes", clearFaults: "both" }
    const { timeline, ...rest } = scenario([nobodys])
    const simulators = await simulate({ ...rest, timeLimitSeconds: 10, timeline: [...timeline, later] }, "--once")
    await startBeside(simulators)
    const ended = await simulators.ended
    assert.strictEqual(ended.code, 1, ended.output)
    assert.strictEqual(
      ended.errors,
      "simulate stopped: not finished within 10 s:\n  did not happen yet: the weather changes\n  acme/web build: queued\n"
    )
    nothingIsLeft(ended)
  })

  it("with --once ends with 1 when no runnerd answers in the time given for it", async () => {
    const simulators = await simulate(scenario([build]), "--once", "--wait", "1")
    const ended = await simulators.ended
    assert.strictEqual(ended.code, 1, ended.output)
    assert.match(ended.errors, /^simulate stopped: no runnerd answered at http:\/\/127\.0\.0\.1:\d+ within 1 s\n$/)
    nothingIsLeft(ended)
  })

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`ends with 0 at ${signal} while a job runs, and leaves no process and no file`, async () => {
      const sleeps = { ...build, steps: [{ run: "sleep 600" }] }
      const simulators = await simulate(scenario([sleeps], { sandboxes: "processes" }))
      await startBeside(simulators)
      await simulators.says("picked up by ")
      assert.isAbove(simulators.processes().length, 1, "the job's processes")
      simulators.signal(signal)
      const ended = await simulators.ended
      assert.strictEqual(ended.code, 0, ended.output)
      nothingIsLeft(ended)
    })
  }

  it("ends with 0 at Ctrl-C before any runnerd was started, and leaves nothing", async () => {
    const simulators = await simulate(scenario([build]), "--once")
    simulators.signal("SIGINT")
    const ended = await simulators.ended
    assert.strictEqual(ended.code, 0, ended.output)
    nothingIsLeft(ended)
  })

  it("says in one line that a port is taken, ends with 1, and leaves nothing", async () => {
    const { port, release } = await holdPort()
    for (const flag of ["--github-port", "--e2b-port", "--e2b-control-port"]) {
      const ended = await startCommand("simulate", flag, String(port)).ended
      assert.strictEqual(ended.code, 1, flag)
      assert.strictEqual(
        ended.output,
        `simulate stopped: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`
      )
      nothingIsLeft(ended)
    }
    await release()
  })

  const wrongArguments: ReadonlyArray<readonly [flag: string, value: string, expected: string]> = [
    ["--webhook-url", "nonsense", "an http:// or https:// URL"],
    ["--webhook-url", "ftp://127.0.0.1/hooks", "an http:// or https:// URL"],
    ["--github-port", "65536", "a port from 0 to 65535"],
    ["--e2b-port", "-1", "a port from 0 to 65535"]
  ]
  it("refuses addresses that cannot be, with 2 and one line that says what was expected", async () => {
    for (const [flag, value, expected] of wrongArguments) {
      const ended = await startCommand("simulate", `${flag}=${value}`).ended
      assert.strictEqual(ended.code, 2, `${flag} ${value}`)
      const [title, line, ...rest] = ended.errors.trim().split("\n")
      assert.deepStrictEqual([title, rest], ["ERROR", []])
      assert.include(line, `Invalid value for flag ${flag}: "${value}". Expected: ${expected}`)
      nothingIsLeft(ended)
    }
  })

  describe("--check", () => {
    it("says what a good scenario holds, and ends with 0", async () => {
      for (const name of ["demo", "faults", "limits", file(scenario([build]))]) {
        const ended = await startCommand("simulate", "--check", "--scenario", name).ended
        assert.strictEqual(ended.code, 0, ended.output)
        assert.match(ended.output, /^\S+ is valid: \w+, .+; \d+ runs, \d+ other entries\n$/)
        nothingIsLeft(ended)
      }
    })

    it("tells each problem of a bad one in a line of its own, with its place, and ends with 2", async () => {
      const bad = scenario([{ ...build, lables: [], needs: ["test"] }], { seed: "many", templtes: [] })
      const ended = await startCommand("simulate", "--check", "--scenario", file(bad)).ended
      assert.strictEqual(ended.code, 2)
      assert.deepStrictEqual(ended.output.trim().split("\n").toSorted(), [
        "seed: expected a whole number",
        "templtes: unknown key templtes; did you mean templates?",
        "timeline[0].run.jobs[0].lables: unknown key lables; did you mean labels?"
      ])
    })

    it("says that a file cannot be read, and ends with 2; so does playing it", async () => {
      for (const args of [["--check"], []]) {
        const ended = await startCommand("simulate", ...args, "--scenario", "nowhere.yaml").ended
        assert.strictEqual(ended.code, 2)
        assert.match(ended.output, /^nowhere\.yaml: cannot be read; .+\n$/)
        nothingIsLeft(ended)
      }
    })
  })
})
