// E2B as runnerd's service sees it, straight on the simulator's state machine; commands are played by a script.
//
// Answers for: each method's effect on the fleet and in the sandbox, output streams that may break, and refusals in the
// service's own words (by the service's own rules: SandboxFailure.ts). Rules of envd that runnerd relies on hold here too: no
// replay on reconnect, an ended process can be connected to for 30 s.
import * as DateTime from "effect/DateTime"
import type * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Reason from "../../src/domain/SandboxError.ts"
import { ofAnswer } from "../../src/services/sandbox/SandboxFailure.ts"
import type { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import type { ProcessExit, ProcessOutput, SandboxAccess } from "../../src/services/sandbox/SandboxTypes.ts"
import { ControlFailure, namedFailures } from "../../src/simulator/e2b/ControlFailure.ts"
import type { SandboxFleet } from "../../src/simulator/e2b/SandboxFleet.ts"
import type { SandboxRecord } from "../../src/simulator/e2b/SandboxRecord.ts"
import { SandboxWorld } from "../../src/simulator/e2b/SandboxWorld.ts"
import type { ScriptedProgram } from "../../src/simulator/e2b/ScriptedCommands.ts"
import type { Ending, OutsideCalls } from "./OutsideCalls.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** What faults may be about: the service's methods. */
export const operations = [
  "create",
  "list",
  "get",
  "kill",
  "setTimeout",
  "templateStatus",
  "writeFile",
  "start",
  "connect"
] as const
type Operation = (typeof operations)[number]

const exitRetentionMs = 30_000

interface Listener {
  readonly output: Queue.Queue<ProcessOutput, Cause.Done>
  readonly exit: Deferred.Deferred<ProcessExit, Reason.SandboxError>
}

/** A command in a sandbox and those who listen to it. */
class PlayedProcess {
  readonly pid: number
  exit: ProcessExit | undefined
  readonly #stop = new AbortController()
  readonly #listeners = new Set<Listener>()

  constructor(pid: number) {
    this.pid = pid
  }

  /** Resolves when it has ended by itself. */
  async play(program: ScriptedProgram, request: Parameters<ScriptedProgram>[0]["request"]): Promise<void> {
    const say = (stream: "stdout" | "stderr") => (text: string) => {
      for (const { output } of this.#listeners) Queue.offerUnsafe(output, { stream, text })
    }
    const seen = { request, stopped: this.#stop.signal, stdout: say("stdout"), stderr: say("stderr") }
    const exitCode = await program(seen).catch(() => 1)
    this.#end({ exitCode, error: exitCode === 0 ? null : `exit status ${exitCode}` })
  }

  listen(): Effect.Effect<Listener> {
    return Effect.gen({ self: this }, function* () {
      const listener: Listener = {
        output: yield* Queue.unbounded<ProcessOutput, Cause.Done>(),
        exit: yield* Deferred.make<ProcessExit, Reason.SandboxError>()
      }
      this.#listeners.add(listener)
      if (this.exit !== undefined) this.#tell(this.exit)
      return listener
    })
  }

  /** The sandbox is gone: nobody hears how it ended. */
  kill(): void {
    this.#stop.abort()
    this.cut()
    this.exit ??= { exitCode: null, error: "signal: killed" }
  }

  /** Whoever listens loses the stream; the process goes on. */
  cut(): void {
    const lost = new Reason.SandboxError({ operation: "exit", reason: new Reason.StreamLost({ detail: "cut" }) })
    for (const { exit, output } of this.#listeners) {
      Queue.endUnsafe(output)
      Deferred.doneUnsafe(exit, Effect.fail(lost))
    }
    this.#listeners.clear()
  }

  #end(exit: ProcessExit): void {
    if (this.exit !== undefined) return
    this.exit = exit
    this.#tell(exit)
  }

  #tell(ended: ProcessExit): void {
    for (const { exit, output } of this.#listeners) {
      Queue.endUnsafe(output)
      Deferred.doneUnsafe(exit, Effect.succeed(ended))
    }
    this.#listeners.clear()
  }
}

interface Host {
  readonly world: SandboxWorld
  readonly processes: Map<number, PlayedProcess>
}

const answerOf = (failure: ControlFailure) => ({
  status: failure.status,
  headers: new Headers(failure.headers),
  body: failure.body as unknown
})

export interface SimulatedE2B {
  readonly service: Sandboxes["Service"]
  /** Cuts the output streams of this sandbox. */
  readonly cutStreams: (sandboxID: string) => void
}

export const makeSimulatedE2B = (options: {
  readonly fleet: SandboxFleet
  readonly calls: OutsideCalls
  readonly time: VirtualTime
  readonly program: ScriptedProgram
  readonly callTimeout: Duration.Duration
  readonly createTimeout: Duration.Duration
}): SimulatedE2B => {
  const { fleet, time } = options
  const hosts = new Map<string, Host>()
  let lastPid = 1000

  fleet.onEnded(({ sandboxID }) => {
    for (const process of hosts.get(sandboxID)?.processes.values() ?? []) process.kill()
    hosts.delete(sandboxID)
  })

  const hostOf = (sandboxID: string): Host => {
    const record = fleet.find(sandboxID)
    if (record === undefined) throw namedFailures.proxy_not_found
    const known = hosts.get(sandboxID)
    if (known !== undefined) return known
    const host = { world: new SandboxWorld(null, record, time.now), processes: new Map<number, PlayedProcess>() }
    hosts.set(sandboxID, host)
    return host
  }

  const reasonOf = (
    ending: Exclude<Ending<unknown>, { _tag: "Done" }>,
    subject: Parameters<typeof ofAnswer>[1],
    isEnvd: boolean
  ): Reason.SandboxErrorReason => {
    switch (ending._tag) {
      case "TimedOut":
        return new Reason.TimedOut({ detail: "no answer in time" })
      case "Reset":
        return new Reason.ConnectionFailed({ detail: "reset" })
      case "Refused": {
        if (ending.error instanceof Reason.SandboxError) return ending.error.reason
        if (!(ending.error instanceof ControlFailure)) throw ending.error
        if (isEnvd) return new Reason.EnvdUnreachable({ detail: ending.error.message })
        return ofAnswer(answerOf(ending.error), subject, [])
      }
      case "Spoilt": {
        const { answer } = ending
        if (answer === "malformed" || "stream" in answer) return new Reason.MalformedAnswer({ detail: "broken off" })
        if (isEnvd) return new Reason.EnvdUnreachable({ detail: "spoilt" })
        if (!("failure" in answer)) {
          return ofAnswer({ status: answer.status, headers: new Headers(answer.headers), body: {} }, subject, [])
        }
        const failures: Readonly<Record<string, ControlFailure>> = namedFailures
        return ofAnswer(answerOf(failures[answer.failure]!), subject, [])
      }
    }
  }

  const envdOperations: ReadonlySet<string> = new Set<Operation>(["writeFile", "start", "connect"])

  const call = <A>(
    operation: Operation,
    subject: Omit<Parameters<typeof ofAnswer>[1], "operation">,
    effect: () => A | Promise<A>
  ): Effect.Effect<A, Reason.SandboxError> => {
    const limit = operation === "create" ? options.createTimeout : options.callTimeout
    return Effect.flatMap(options.calls.call(operation, Duration.toMillis(limit), effect), (ending) => {
      if (ending._tag === "Done") return Effect.succeed(ending.value)
      const reason = reasonOf(ending, { operation, ...subject }, envdOperations.has(operation))
      return Effect.fail(new Reason.SandboxError({ operation, reason }))
    })
  }

  const accessOf = (record: SandboxRecord): SandboxAccess => ({
    sandboxId: record.sandboxID,
    envdVersion: record.envdVersion,
    envdAccessToken: undefined,
    domain: undefined
  })

  const summaryOf = (record: SandboxRecord) => ({
    sandboxId: record.sandboxID,
    templateId: record.template.templateID,
    metadata: record.metadata,
    startedAt: DateTime.makeUnsafe(record.startedAt),
    endAt: DateTime.makeUnsafe(record.endAt),
    state: record.state
  })

  const follow = (process: PlayedProcess) =>
    Effect.map(process.listen(), ({ exit, output }) => ({
      pid: process.pid,
      output: Stream.fromQueue(output),
      exit: Deferred.await(exit)
    }))

  const begin = (sandboxId: string, command: string, envs: Readonly<Record<string, string>>): PlayedProcess => {
    const { processes, world } = hostOf(sandboxId)
    const process = new PlayedProcess((lastPid += 1))
    processes.set(process.pid, process)
    // After the caller had its chance to listen, as a real process says nothing before it was started.
    time.in(0, () => {
      const request = {
        cmd: "/bin/bash",
        args: ["-l", "-c", command],
        env: world.environment("user", envs),
        cwd: "/home/user",
        stdin: false,
        sandboxID: sandboxId,
        files: world.files
      }
      void process.play(options.program, request).then(() => {
        time.in(exitRetentionMs, () => processes.delete(process.pid))
      })
    })
    return process
  }

  const existing = (sandboxId: string, pid: number): PlayedProcess => {
    const process = hostOf(sandboxId).processes.get(pid)
    if (process === undefined) {
      throw new Reason.SandboxError({ operation: "connect", reason: new Reason.ProcessNotFound({ pid }) })
    }
    return process
  }

  const plain = (value: Redacted.Redacted | string) => (Redacted.isRedacted(value) ? Redacted.value(value) : value)

  const service: Sandboxes["Service"] = {
    create: ({ metadata, template, timeoutSeconds }) =>
      call("create", { template }, () =>
        accessOf(
          fleet.create(
            { templateID: template, timeout: Math.max(1, Math.ceil(timeoutSeconds)), metadata: { ...metadata } },
            { defaultTimeout: 300, secured: false }
          )
        )
      ),
    list: (metadata) =>
      call("list", {}, () =>
        [...fleet.live()]
          .filter((record) => Object.entries(metadata).every(([key, value]) => record.metadata[key] === value))
          .map(summaryOf)
      ),
    get: (sandboxId) =>
      call("get", { sandboxId }, () => {
        const record = fleet.get(sandboxId)
        return { ...summaryOf(record), ...accessOf(record) }
      }),
    kill: (sandboxId) =>
      call("kill", { sandboxId }, () => {
        if (fleet.find(sandboxId) === undefined) return false
        fleet.kill(sandboxId)
        return true
      }),
    setTimeout: (sandboxId, seconds) => call("setTimeout", { sandboxId }, () => fleet.setTimeout(sandboxId, seconds)),
    templateStatus: (template) =>
      call("templateStatus", { template }, () => ({
        templateId: template,
        usable: true,
        detail: "",
        facts: { names: [], builds: 1, usableBuilds: 1, newest: null }
      })),
    writeFile: ({ sandboxId }, path, content) =>
      call("writeFile", { sandboxId }, () => hostOf(sandboxId).world.files.write(path, Buffer.from(plain(content)))),
    start: ({ sandboxId }, { command, envs }) =>
      call("start", { sandboxId }, () => {
        const texts = Object.entries(envs).map(([name, value]) => [name, plain(value)] as const)
        return begin(sandboxId, command, Object.fromEntries(texts))
      }).pipe(Effect.flatMap(follow)),
    connect: ({ sandboxId }, pid) =>
      call("connect", { sandboxId, pid }, () => existing(sandboxId, pid)).pipe(Effect.flatMap(follow))
  }

  return {
    service,
    cutStreams: (sandboxID) => {
      for (const process of hosts.get(sandboxID)?.processes.values() ?? []) process.cut()
    }
  }
}
