// One command in a sandbox, seen through envd: a process (or a program that plays one), and those who listen to it.
//
// Answers for: start, live output to each listener, signals to this one process, the end event, and how long an ended
// process can still be connected to.
// Rules: output that nobody listens to is lost, there is no replay; a slow listener holds the process back; the end
// comes when the process is over AND its outputs are closed, so a child that inherited them delays it; signals and the
// time limit reach this process only, never its children.
// Gotcha: a process ends as `signal: killed` with exit code -1 and without `exited`; exit code 0 is left out (proto3).
import type { Spawned } from "./Commands.ts"
import { ConnectFailure } from "./ConnectProtocol.ts"
import type { ConnectStream } from "./ConnectProtocol.ts"

export interface ProcessConfig {
  readonly cmd: string
  readonly args: ReadonlyArray<string>
  readonly envs: Readonly<Record<string, string>>
  readonly cwd: string | undefined
}

const largestChunk = 32 * 1024

/** As Go names them. */
const signalWords: Readonly<Record<string, string>> = {
  SIGKILL: "killed",
  SIGTERM: "terminated",
  SIGINT: "interrupt",
  SIGHUP: "hangup",
  SIGQUIT: "quit",
  SIGABRT: "aborted",
  SIGSEGV: "segmentation fault",
  SIGPIPE: "broken pipe",
  SIGUSR1: "user defined signal 1",
  SIGUSR2: "user defined signal 2"
}

export const endEvent = (code: number | null, signal: string | null): Record<string, unknown> => {
  if (signal !== null) {
    const status = `signal: ${signalWords[signal] ?? signal}`
    return { exitCode: -1, status, error: status }
  }
  const status = `exit status ${code}`
  return code === 0 ? { exited: true, status } : { exitCode: code, exited: true, status, error: status }
}

export class HostedProcess {
  readonly pid: number
  readonly tag: string | undefined
  readonly config: ProcessConfig
  readonly #child: Spawned
  readonly #listeners = new Set<ConnectStream>()
  #end: Record<string, unknown> | undefined
  #onEnd: () => void = () => {}

  private constructor(pid: number, child: Spawned, config: ProcessConfig, tag: string | undefined) {
    this.pid = pid
    this.tag = tag
    this.config = config
    this.#child = child
    child.stdout?.on("data", (chunk: Buffer) => this.#output("stdout", chunk))
    child.stderr?.on("data", (chunk: Buffer) => this.#output("stderr", chunk))
    child.stdin?.on("error", () => {
      // The process closed its input; envd notices with the next write.
    })
    child.once("close", (code, signal) => this.#ended(endEvent(code, signal)))
  }

  static start(child: Spawned, config: ProcessConfig, tag: string | undefined): HostedProcess {
    if (child.pid === undefined) {
      child.once("error", () => {
        // Reported by the throw below; unheard it would end the simulator.
      })
      throw new ConnectFailure("invalid_argument", `error starting process '${config.cmd}'`)
    }
    return new HostedProcess(child.pid, child, config, tag)
  }

  get running(): boolean {
    return this.#end === undefined
  }

  onEnd(listener: () => void): void {
    this.#onEnd = listener
  }

  /** The start event, then what happens from now on. */
  listen(stream: ConnectStream): void {
    void stream.send({ event: { start: { pid: this.pid } } })
    if (this.#end !== undefined) {
      void stream.send({ event: { end: this.#end } })
      stream.end()
      return
    }
    this.#listeners.add(stream)
    stream.onClosed(() => this.#listeners.delete(stream))
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    this.#child.kill(name)
  }

  write(input: Buffer): void {
    const { stdin } = this.#child
    if (stdin === null || !stdin.writable) {
      throw new ConnectFailure("internal", "error writing to stdin: stdin not enabled or closed")
    }
    stdin.write(input)
  }

  closeStdin(): void {
    const { stdin } = this.#child
    if (stdin === null) throw new ConnectFailure("unknown", "error closing stdin: stdin not enabled or closed")
    stdin.end()
  }

  #output(name: "stdout" | "stderr", chunk: Buffer): void {
    const slow: Array<Promise<void>> = []
    for (let at = 0; at < chunk.length; at += largestChunk) {
      const message = { event: { data: { [name]: chunk.subarray(at, at + largestChunk).toString("base64") } } }
      for (const listener of this.#listeners) {
        const drained = listener.send(message)
        if (drained !== undefined) slow.push(drained)
      }
    }
    if (slow.length === 0) return
    const { stdout, stderr } = this.#child
    stdout?.pause()
    stderr?.pause()
    void Promise.all(slow).then(() => {
      stdout?.resume()
      stderr?.resume()
    })
  }

  #ended(event: Record<string, unknown>): void {
    this.#end = event
    for (const listener of this.#listeners) {
      void listener.send({ event: { end: event } })
      listener.end()
    }
    this.#onEnd()
  }
}
