// Commands without processes: a program of the simulator plays each of them, and files are in memory.
//
// Answers for: what such a program sees of its sandbox, its output, its end and signals to it. By this thousands of
// sandboxes fit into one process. Rules of envd (who hears what, exit codes, retention) are the same as for real ones.
// Gotchas: a signal ends the program's process at once; the program hears of it by `stopped` and must then leave. A paused
// sandbox's programs go on, unheard.
import { Readable } from "node:stream"
import type { Commands, Spawned, SpawnRequest } from "./Commands.ts"

export interface ScriptedProcess {
  readonly request: SpawnRequest
  /** Aborts when the process was killed, or its sandbox ended. */
  readonly stopped: AbortSignal
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** Plays one command. Resolves its exit code; a program that throws ends with 1. */
export type ScriptedProgram = (process: ScriptedProcess) => Promise<number>

type Listener = (code: number | null, signal: string | null) => void

class ScriptedCommand implements Spawned {
  readonly stdin = null
  readonly stdout = new Readable({ read: () => undefined })
  readonly stderr = new Readable({ read: () => undefined })
  readonly pid: number
  readonly #stop = new AbortController()
  readonly #listeners = new Set<Listener>()
  #ended = false

  constructor(pid: number, request: SpawnRequest, program: ScriptedProgram) {
    this.pid = pid
    const say = (stream: Readable) => (text: string) => {
      if (!this.#ended) stream.push(text)
    }
    const process = { request, stopped: this.#stop.signal, stdout: say(this.stdout), stderr: say(this.stderr) }
    // After the start event, as a real process says nothing before it was started.
    setImmediate(() => {
      program(process).then(
        (code) => this.#end(code, null),
        () => this.#end(1, null)
      )
    })
  }

  once(event: "close" | "error", listener: Listener): this {
    if (event === "close") this.#listeners.add(listener)
    return this
  }

  kill(signal: NodeJS.Signals): boolean {
    this.#end(null, signal)
    return true
  }

  #end(code: number | null, signal: string | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#stop.abort()
    this.stdout.push(null)
    this.stderr.push(null)
    let open = 2
    const closed = (): void => {
      open -= 1
      if (open === 0) for (const listener of this.#listeners) listener(code, signal)
    }
    this.stdout.once("end", closed).resume()
    this.stderr.once("end", closed).resume()
  }
}

export const scriptedCommands = (program: ScriptedProgram): Commands => {
  const running = new Map<string, Set<ScriptedCommand>>()
  let lastPid = 1000
  const killAll = (sandboxID: string): void => {
    for (const command of running.get(sandboxID) ?? []) command.kill("SIGKILL")
    running.delete(sandboxID)
  }
  return {
    folderOf: () => null,
    spawn: (request) => {
      const command = new ScriptedCommand((lastPid += 1), request, program)
      const commands = running.get(request.sandboxID) ?? new Set()
      commands.add(command)
      running.set(request.sandboxID, commands)
      command.once("close", () => commands.delete(command))
      return command
    },
    end: async (sandboxID) => killAll(sandboxID),
    endNow: (sandboxIDs) => {
      for (const sandboxID of sandboxIDs) killAll(sandboxID)
    },
    freeze: () => undefined
  }
}
