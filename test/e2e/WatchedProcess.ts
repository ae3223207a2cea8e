// A command of ours as a child process with a temporary folder of its own, and what is left of it afterwards.
//
// Answers for: starting the demo or runnerd's command line (the build when there is one: `npm test` makes it first),
// waiting for a line, and looking for leftovers without the command's own means. Gotcha: every process it starts has the
// folder in its environment (TMPDIR, or SANDBOX_ROOT below it), which is how survivors are found where there is a /proc.
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const ours = (file: string): string => {
  const built = path(`../../dist/${file}.js`)
  return existsSync(built) ? built : path(`../../src/${file}.ts`)
}

export interface Ended {
  readonly code: number | null
  readonly output: string
  /** What of the output went to stderr. */
  readonly errors: string
  /** Names in the temporary folder. */
  readonly files: ReadonlyArray<string>
  /** Process ids; always empty where there is no /proc. */
  readonly processes: ReadonlyArray<string>
}

export interface WatchedProcess {
  /** Resolves when the output contains the text; rejects with the output when the command ends without it. */
  readonly says: (text: string) => Promise<void>
  readonly output: () => string
  /** Ids of the processes that have its folder, itself included; always empty where there is no /proc. */
  readonly processes: () => ReadonlyArray<string>
  readonly signal: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Ended>
}

const carries = (pid: string, text: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").includes(text)
  } catch {
    // Gone meanwhile, or not ours to read.
    return false
  }
}

const processesWith = (text: string): ReadonlyArray<string> =>
  existsSync("/proc/self/environ")
    ? readdirSync("/proc").filter((name) => /^\d+$/.test(name) && carries(name, text))
    : []

const start = (entry: string, args: ReadonlyArray<string>): WatchedProcess => {
  const folder = mkdtempSync(join(tmpdir(), "runnerd-watched-"))
  const child = spawn(process.execPath, [entry, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TMPDIR: folder }
  })
  let output = ""
  let errors = ""
  const listeners = new Set<() => void>()
  const read = (chunk: string) => {
    output += chunk
    for (const listener of listeners) listener()
  }
  child.stdout.setEncoding("utf8").on("data", read)
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    errors += chunk
    read(chunk)
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code) => {
      const files = readdirSync(folder)
      const processes = processesWith(folder)
      rmSync(folder, { recursive: true, force: true })
      resolve({ code, output, errors, files, processes })
    })
  })
  return {
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
        void ended.then(() => reject(new Error(`ended without saying "${text}":\n${output}`)))
      }),
    output: () => output,
    processes: () => processesWith(folder),
    signal: (signal) => void child.kill(signal),
    ended
  }
}

export const startDemo = (...args: ReadonlyArray<string>): WatchedProcess => start(ours("main"), ["demo", ...args])

/** `runnerd` with these arguments. */
export const startCommand = (...args: ReadonlyArray<string>): WatchedProcess => start(ours("main"), args)
