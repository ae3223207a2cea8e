// A runner's stand-in in a directory of its own, and its processes.
import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { installRunnerStandIn } from "../../../src/simulator/runner/RunnerStandIn.ts"

export interface RunningScript {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves as soon as stdout and stderr together contain the text. */
  readonly says: (text: string) => Promise<void>
  readonly exit: Promise<number | null>
}

export interface StandIn {
  readonly directory: string
  readonly start: (
    script: "config.sh" | "run.sh",
    args?: ReadonlyArray<string>,
    env?: Readonly<Record<string, string>>
  ) => RunningScript
  /** Ends what still runs and removes the directory. */
  readonly dispose: () => Promise<void>
}

/** The processes that run a file of this directory. */
const processesOf = (directory: string): ReadonlyArray<number> =>
  readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return []
    try {
      return readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(directory) ? [Number(entry)] : []
    } catch {
      // It ended while we looked.
      return []
    }
  })

const killIfAlive = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It ended while we looked.
  }
}

export const installStandIn = (): StandIn => {
  const directory = mkdtempSync(join(tmpdir(), "runner-stand-in-"))
  installRunnerStandIn(directory)
  const running = new Set<RunningScript>()
  return {
    directory,
    start: (script, args = [], env = {}) => {
      const child = spawn(join(directory, script), [...args], {
        cwd: directory,
        // Nothing of the test's own environment but what programs need.
        env: {
          PATH: process.env["PATH"] ?? "",
          RUNNER_ALLOW_RUNASROOT: "1",
          RUNNER_STANDIN_NODE: process.execPath,
          ...env
        },
        // A group of its own, so that dispose reaches the listener as well.
        detached: true,
        stdio: ["ignore", "pipe", "pipe"]
      })
      let output = ""
      let waiting: Array<{ readonly text: string; readonly resolve: () => void }> = []
      const collect = (chunk: string) => {
        output += chunk
        for (const { text, resolve } of waiting) if (output.includes(text)) resolve()
        waiting = waiting.filter(({ text }) => !output.includes(text))
      }
      child.stdout.setEncoding("utf8").on("data", collect)
      child.stderr.setEncoding("utf8").on("data", collect)
      const exit = new Promise<number | null>((resolve) => child.on("close", resolve))
      const script_: RunningScript = {
        child,
        output: () => output,
        says: (text) =>
          output.includes(text)
            ? Promise.resolve()
            : new Promise((resolve, reject) => {
                waiting.push({ text, resolve })
                void exit.then(() => reject(new Error(`ended without saying ${JSON.stringify(text)}:\n${output}`)))
              }),
        exit
      }
      running.add(script_)
      void exit.then(() => running.delete(script_))
      return script_
    },
    dispose: async () => {
      for (const { child } of running) if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
      // A listener under RUNNER_MANUALLY_TRAP_SIG has a group of its own.
      for (const pid of processesOf(directory)) killIfAlive(pid)
      await Promise.all([...running].map(({ exit }) => exit))
      rmSync(directory, { recursive: true, force: true })
    }
  }
}
