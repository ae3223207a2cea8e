// Files and processes inside one sandbox, through its envd.
//
// Answers for: uploads, starting a process and following it.
// Gotchas: the SDK's `timeoutMs` is the process's life span (envd kills it at that age), so it is 0 here and
// the time limit for the start event is ours; the SDK's handle keeps all output in memory until the stream
// ends, so what is started must be terse; its callbacks hold the stream back, and with it the process,
// while our queue is full; a stream that breaks says nothing about the process.
import { type CommandHandle, type CommandStartOpts, Sandbox } from "e2b"
import type * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { SandboxError, TimedOut } from "../../domain/SandboxError.ts"
import { type CallSubject, ofEnvdException, ofLostStream } from "./SandboxFailure.ts"
import type {
  ProcessExit,
  ProcessOutput,
  RunnerProcess,
  SandboxAccess,
  SandboxesOptions,
  StartCommand
} from "./SandboxTypes.ts"

/** Pieces of at most 32 KiB: what one process may have waiting for its reader. */
const outputCapacity = 256

/** Domains whose sandboxes share one host, chosen by header; the SDK's own list. */
const sharedHostDomains = new Set(["e2b.app", "e2b.dev", "e2b.pro", "e2b-staging.dev"])

/** Since then envd takes a file's bytes as the body (E2B's documentation of files.write). */
const octetVersion = "0.5.7"

/**
 * The other way is a form, and a form must not be aborted: Node's fetch lets the form's writer go on after its stream was closed, and
 * what that throws nobody can catch, so that it ends the process. Such an upload is left to itself.
 */
const takesOctets = (access: SandboxAccess): boolean =>
  access.envdVersion.localeCompare(octetVersion, "en", { numeric: true }) >= 0

const plain = (value: Redacted.Redacted | string): string => (typeof value === "string" ? value : Redacted.value(value))

export const makeEnvd = (options: SandboxesOptions) => {
  const envdUrl = (access: SandboxAccess): string => {
    if (options.sandboxUrl !== undefined) return options.sandboxUrl
    const domain = access.domain ?? options.domain ?? "e2b.app"
    return sharedHostDomains.has(domain) ? `https://sandbox.${domain}` : `https://49983-${access.sandboxId}.${domain}`
  }

  // The SDK's object builds several HTTP clients: one for the three calls of a provisioning, not one each.
  const made = new WeakMap<SandboxAccess, Sandbox>()

  const sandboxOf = (access: SandboxAccess): Sandbox => {
    const known = made.get(access)
    if (known !== undefined) return known
    const sandbox = makeSandbox(access)
    made.set(access, sandbox)
    return sandbox
  }

  const makeSandbox = (access: SandboxAccess): Sandbox =>
    new Sandbox({
      sandboxId: access.sandboxId,
      envdVersion: access.envdVersion,
      apiKey: Redacted.value(options.apiKey),
      apiUrl: options.apiUrl,
      // Always given: left out, the SDK would look for E2B_SANDBOX_URL.
      sandboxUrl: envdUrl(access),
      domain: options.domain ?? "e2b.app",
      debug: false,
      retries: 0,
      requestTimeoutMs: 0,
      ...(access.domain === undefined ? {} : { sandboxDomain: access.domain }),
      ...(access.envdAccessToken === undefined ? {} : { envdAccessToken: Redacted.value(access.envdAccessToken) })
    })

  const secretsOf = (access: SandboxAccess, more: ReadonlyArray<Redacted.Redacted | string> = []) => [
    options.apiKey,
    access.envdAccessToken,
    ...more.filter((value) => typeof value !== "string")
  ]

  const withinLimit = <A>(effect: Effect.Effect<A, SandboxError>, operation: string): Effect.Effect<A, SandboxError> =>
    Effect.timeoutOrElse(effect, {
      duration: options.callTimeout,
      orElse: () =>
        Effect.fail(
          new SandboxError({
            operation,
            reason: new TimedOut({ detail: `no answer within ${Duration.format(options.callTimeout)}` })
          })
        )
    })

  const writeFile = Effect.fn("Sandboxes.writeFile")(function* (
    access: SandboxAccess,
    path: string,
    content: Redacted.Redacted | string
  ) {
    const subject: CallSubject = { operation: "writeFile", sandboxId: access.sandboxId }
    yield* withinLimit(
      Effect.tryPromise({
        try: (signal) =>
          sandboxOf(access).files.write(path, plain(content), {
            requestTimeoutMs: 0,
            useOctetStream: true,
            ...(takesOctets(access) ? { signal } : {})
          }),
        catch: (error) =>
          new SandboxError({
            operation: subject.operation,
            reason: ofEnvdException(error, subject, secretsOf(access, [content]))
          })
      }),
      subject.operation
    )
  })

  const follow = Effect.fnUntraced(function* (
    subject: CallSubject,
    secrets: ReadonlyArray<Redacted.Redacted | undefined>,
    open: (callbacks: CommandStartOpts) => Promise<CommandHandle>
  ) {
    const { operation } = subject
    const connection = yield* Effect.acquireRelease(
      Effect.sync(() => new AbortController()),
      (controller) => Effect.sync(() => controller.abort())
    )
    const output = yield* Effect.acquireRelease(Queue.bounded<ProcessOutput, Cause.Done>(outputCapacity), (queue) =>
      Queue.shutdown(queue)
    )
    const run = Effect.runPromiseWith(yield* Effect.context())
    const receive = (stream: ProcessOutput["stream"]) => (text: string) =>
      run(Effect.asVoid(Queue.offer(output, { stream, text })))

    const handle = yield* withinLimit(
      Effect.tryPromise({
        try: () =>
          open({
            timeoutMs: 0,
            requestTimeoutMs: 0,
            signal: connection.signal,
            onStdout: receive("stdout"),
            onStderr: receive("stderr")
          }),
        catch: (error) => new SandboxError({ operation, reason: ofEnvdException(error, subject, secrets) })
      }),
      operation
      // The Scope may live on after a failure; the connection must not.
    ).pipe(Effect.onError(() => Effect.sync(() => connection.abort())))

    const exit = yield* Deferred.make<ProcessExit, SandboxError>()
    // A closed Scope is no exit of the process: whoever still waits for one is interrupted.
    yield* Effect.addFinalizer(() => Deferred.interrupt(exit))
    yield* Effect.promise(() =>
      handle.wait().then(
        () => undefined,
        (error: unknown) => error
      )
    ).pipe(
      Effect.flatMap((error) => {
        // Once the end event was there, what happens to the stream no longer matters.
        if (handle.exitCode === undefined) {
          return Effect.fail(new SandboxError({ operation, reason: ofLostStream(error, secrets) }))
        }
        // envd reports -1 for a process that a signal killed.
        return Effect.succeed({
          exitCode: handle.exitCode < 0 ? null : handle.exitCode,
          error: handle.error === undefined || handle.error === "" ? null : handle.error
        })
      }),
      Effect.exit,
      Effect.flatMap((result) => Effect.andThen(Deferred.done(exit, result), Queue.end(output))),
      Effect.forkScoped
    )
    const process: RunnerProcess = {
      pid: handle.pid,
      output: Stream.fromQueue(output),
      exit: Deferred.await(exit)
    }
    return process
  })

  const start = Effect.fn("Sandboxes.start")(function* (access: SandboxAccess, command: StartCommand) {
    const envs = Object.fromEntries(Object.entries(command.envs).map(([name, value]) => [name, plain(value)]))
    const cwd = command.cwd === undefined ? {} : { cwd: command.cwd }
    return yield* follow(
      { operation: "start", sandboxId: access.sandboxId },
      secretsOf(access, Object.values(command.envs)),
      (callbacks) => sandboxOf(access).commands.run(command.command, { ...callbacks, ...cwd, envs, background: true })
    )
  })

  const connect = Effect.fn("Sandboxes.connect")(function* (access: SandboxAccess, pid: number) {
    return yield* follow({ operation: "connect", sandboxId: access.sandboxId, pid }, secretsOf(access), (callbacks) =>
      sandboxOf(access).commands.connect(pid, callbacks)
    )
  })

  return { writeFile, start, connect }
}
