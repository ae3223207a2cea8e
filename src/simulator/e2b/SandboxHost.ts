// What runs inside one sandbox: its world, its processes, its open streams.
//
// Answers for: building the world when it is first touched (so that a create costs nothing), starting commands, finding
// them again, and leaving nothing behind at the end.
// Gotchas: streams are cut before processes are killed, so that a client sees a lost connection and no end event, as
// with a real sandbox. Process ids of real commands are those of this machine. Time limits and the retention of ended processes run on
// the injected timeline, the processes themselves do not.
import type { Commands } from "./Commands.ts"
import { ConnectFailure } from "./ConnectProtocol.ts"
import type { ConnectStream } from "./ConnectProtocol.ts"
import { HostedProcess } from "./HostedProcess.ts"
import type { ProcessConfig } from "./HostedProcess.ts"
import type { SandboxRecord } from "./SandboxRecord.ts"
import { SandboxWorld } from "./SandboxWorld.ts"
import type { Timeline } from "./Timeline.ts"

/** How long an ended process still answers to Connect, in milliseconds. */
const exitRetention = 30_000

export interface StartRequest {
  readonly config: ProcessConfig
  readonly tag: string | undefined
  readonly stdin: boolean
  readonly user: string
  /** Age in milliseconds at which the process is killed; it alone, not its children. */
  readonly timeoutMs: number | undefined
}

export type ProcessSelector = { readonly pid: number } | { readonly tag: string }

export interface HostOptions {
  readonly timeline: Timeline
  readonly commands: Commands
}

export class SandboxHost {
  readonly record: SandboxRecord
  readonly world: SandboxWorld
  readonly now: () => number
  readonly #options: HostOptions
  readonly #processes = new Map<number, HostedProcess>()
  readonly #streams = new Set<ConnectStream>()
  #built: Promise<void> | undefined
  #torndown: Promise<void> | undefined
  /** Outlives the list of processes: a child may still run when its command is long forgotten. */
  #everStarted = false

  constructor(record: SandboxRecord, options: HostOptions) {
    this.record = record
    this.world = new SandboxWorld(options.commands.folderOf(record.sandboxID), record, options.timeline.now)
    this.#options = options
    this.now = options.timeline.now
  }

  ready(): Promise<void> {
    this.#built ??= this.world.build()
    return this.#built
  }

  /** Running ones, and those that ended a short while ago. */
  processes(): ReadonlyArray<HostedProcess> {
    return [...this.#processes.values()]
  }

  find(selector: ProcessSelector): HostedProcess {
    if ("pid" in selector) {
      const found = this.#processes.get(selector.pid)
      if (found === undefined) throw new ConnectFailure("not_found", `process with pid ${selector.pid} not found`)
      return found
    }
    for (const found of this.#processes.values()) if (found.tag === selector.tag) return found
    throw new ConnectFailure("not_found", `process with tag ${selector.tag} not found`)
  }

  async start(request: StartRequest, stream: ConnectStream): Promise<HostedProcess> {
    const { config, user } = request
    if (!this.world.isUser(user)) throw new ConnectFailure("unauthenticated", `invalid username: '${user}'`)
    const cwd = this.world.inside(config.cwd ?? "~", user)
    const found = await this.world.files.find(cwd)
    if (found?.type !== "directory") {
      throw new ConnectFailure("invalid_argument", `cwd '${config.cwd ?? cwd}' does not exist`)
    }
    if (this.#torndown !== undefined) throw new ConnectFailure("unknown", "the sandbox is being killed")
    const child = this.#options.commands.spawn({
      cmd: config.cmd,
      args: config.args,
      env: this.world.environment(user, config.envs),
      cwd: this.world.real(cwd),
      stdin: request.stdin,
      sandboxID: this.record.sandboxID,
      files: this.world.files
    })
    this.#everStarted = true
    const process = HostedProcess.start(child, config, request.tag)
    this.#keep(process, request, stream)
    return process
  }

  #keep(process: HostedProcess, request: StartRequest, stream: ConnectStream): void {
    const { timeline } = this.#options
    this.#processes.set(process.pid, process)
    this.listen(process, stream)
    const cancelLimit =
      request.timeoutMs === undefined
        ? () => {}
        : timeline.at(timeline.now() + request.timeoutMs, () => {
            stream.end(new ConnectFailure("deadline_exceeded", "context deadline exceeded"))
            process.signal("SIGKILL")
          })
    process.onEnd(() => {
      cancelLimit()
      timeline.at(timeline.now() + exitRetention, () => {
        if (this.#processes.get(process.pid) === process) this.#processes.delete(process.pid)
      })
    })
  }

  listen(process: HostedProcess, stream: ConnectStream): void {
    this.#streams.add(stream)
    stream.onClosed(() => this.#streams.delete(stream))
    process.listen(stream)
  }

  /** Cuts every open stream; the processes go on. */
  cutStreams(): number {
    const open = [...this.#streams]
    this.#streams.clear()
    for (const stream of open) stream.cut()
    return open.length
  }

  /** Resolves when no process and no file of the sandbox is left. */
  end(): Promise<void> {
    this.#torndown ??= this.#teardown()
    return this.#torndown
  }

  async #teardown(): Promise<void> {
    this.cutStreams()
    if (this.#built === undefined) return
    await this.#built.catch(() => {})
    if (this.#everStarted) await this.#options.commands.end(this.record.sandboxID, this.running())
    await this.world.remove()
  }

  /** A paused sandbox does nothing, and its streams are gone. */
  freeze(frozen: boolean): void {
    if (frozen) this.cutStreams()
    this.#options.commands.freeze(this.running(), frozen)
  }

  /** Process ids of commands. Ended ones are left out: their id may be another's by now. */
  running(): ReadonlyArray<number> {
    return this.processes()
      .filter((process) => process.running)
      .map((process) => process.pid)
  }
}
