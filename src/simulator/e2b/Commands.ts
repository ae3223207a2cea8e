// What the commands of sandboxes run as: real processes in folders of this machine, or programs of the simulator.
//
// Answers for: the seam, and the real side of it. The other side: ScriptedCommands.ts.
import { spawn } from "node:child_process"
import { join } from "node:path"
import type { Readable, Writable } from "node:stream"
import { killNow, ProcessTree, signalGroup } from "./ProcessTree.ts"
import type { SandboxFiles } from "./SandboxFiles.ts"

export interface SpawnRequest {
  readonly cmd: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly stdin: boolean
  readonly sandboxID: string
  readonly files: SandboxFiles
}

/** One command as the simulator handles it, whatever it is. */
export interface Spawned {
  /** Undefined when it could not be started; `error` follows. */
  readonly pid?: number | undefined
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  readonly kill: (signal: NodeJS.Signals) => boolean
  /** `close`: it ended and its outputs are closed, with exit code or signal. */
  readonly once: (event: "close" | "error", listener: (code: number | null, signal: string | null) => void) => unknown
}

export interface Commands {
  /** Where a sandbox's files lie; null: in memory. */
  readonly folderOf: (sandboxID: string) => string | null
  readonly spawn: (request: SpawnRequest) => Spawned
  /** Resolves when nothing of the sandbox runs any more. `pids`: its commands that still run. */
  readonly end: (sandboxID: string, pids: ReadonlyArray<number>) => Promise<void>
  /** Kills without waiting: for the end of this process. */
  readonly endNow: (sandboxIDs: ReadonlySet<string>, pids: ReadonlyArray<number>) => void
  /** Holds the commands of a paused sandbox, or lets them go on. */
  readonly freeze: (pids: ReadonlyArray<number>, frozen: boolean) => void
}

const mostRounds = 20

/** Each command is a real process that leads its own process group; each sandbox a folder below `root`. */
export const realCommands = (root: string): Commands => {
  const tree = new ProcessTree()
  return {
    folderOf: (sandboxID) => join(root, sandboxID),
    spawn: ({ cmd, args, cwd, env, stdin }) =>
      spawn(cmd, args, { cwd, env, detached: true, stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"] }),
    end: (sandboxID, pids) => tree.kill(sandboxID, pids),
    endNow: (sandboxIDs, pids) => {
      for (let round = 0; round < mostRounds && killNow(sandboxIDs, pids) > 0; round += 1);
    },
    freeze: (pids, frozen) => {
      for (const pid of pids) signalGroup(pid, frozen ? "SIGSTOP" : "SIGCONT")
    }
  }
}
