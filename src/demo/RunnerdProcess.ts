// One `node dist/main.js` as an operator starts it: a child process with a config file.
//
// Answers for: starting, knowing where it listens (it says so in its log), stopping and killing it. Plain
// TypeScript: it stands outside the service, as the simulators do.
import { type ChildProcess, spawn } from "node:child_process"
import { createInterface } from "node:readline"

export interface RunnerdProcess {
  /** Where it listens, for example `http://127.0.0.1:41234`. */
  readonly url: string
  readonly process: ChildProcess
  /** The lines it has logged so far. */
  readonly log: ReadonlyArray<string>
  /** SIGTERM, then the exit code. */
  readonly stop: () => Promise<number | null>
  /** SIGKILL, then gone. */
  readonly kill: () => Promise<void>
}

const exited = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode)
    else child.once("exit", (code) => resolve(code))
  })

const addressOf = (line: string): string | undefined => {
  if (!line.includes("runnerd listens")) return undefined
  const port = /:(\d+)"/.exec(line)?.[1]
  return port === undefined ? undefined : `http://127.0.0.1:${port}`
}

/**
 * `entry`: the path of main.js (or main.ts). Rejects with the log when it ends before it listens. `signal`: kills it,
 * and so rejects, when aborted before it listens; afterwards it is the caller's to stop.
 */
export const startRunnerd = (options: {
  readonly entry: string
  readonly configFile: string
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}): Promise<RunnerdProcess> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [options.entry, "--config", options.configFile], {
      stdio: ["ignore", "pipe", "pipe"],
      env: options.env ?? process.env
    })
    const abort = () => child.kill("SIGKILL")
    options.signal?.addEventListener("abort", abort)
    if (options.signal?.aborted === true) abort()
    const log: Array<string> = []
    const read = (line: string) => {
      log.push(line)
      const url = addressOf(line)
      if (url !== undefined) {
        options.signal?.removeEventListener("abort", abort)
        resolve({
          url,
          process: child,
          log,
          stop: () => {
            child.kill("SIGTERM")
            return exited(child)
          },
          kill: async () => {
            child.kill("SIGKILL")
            await exited(child)
          }
        })
      }
    }
    createInterface({ input: child.stdout }).on("line", read)
    createInterface({ input: child.stderr }).on("line", read)
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`runnerd ended with code ${code}:\n${log.join("\n")}`)))
  })
