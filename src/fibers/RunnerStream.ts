// The connection to a running process's output, made again whenever it breaks.
//
// Answers for: one stream at a time, reconnecting by pid with backoff, and telling a vanished sandbox or process
// from a lost connection. Gotcha: a lost stream is never an end; only E2B's control API may say "gone".
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Scope from "effect/Scope"
import { delayMillis } from "../domain/Backoff.ts"
import { Config } from "../services/config/Config.ts"
import { Sandboxes } from "../services/sandbox/Sandboxes.ts"
import type { SandboxAccess } from "../services/sandbox/SandboxTypes.ts"
import type { RequestHandle } from "./RequestHandle.ts"
import * as RunnerOutput from "./RunnerOutput.ts"
import { sandboxGone } from "./SandboxGone.ts"

/** A connection that held this long is a fresh start for the backoff. */
const steadyAfter = Duration.toMillis("1 minute")
const firstDelay = Duration.seconds(1)

/** Lives in the current scope. `first`: how to reach the sandbox, if that is known already. */
export const make = Effect.fnUntraced(function* (handle: RequestHandle, first: SandboxAccess | undefined) {
  const sandboxes = yield* Sandboxes
  const config = yield* Config
  const scope = yield* Effect.scope
  let access = first
  let stream: Scope.Closeable | undefined
  let lostInARow = 0
  let connectedAt: number | undefined

  const connect = Effect.fnUntraced(function* (sandboxId: string, pid: number) {
    access = yield* sandboxes.get(sandboxId)
    if (stream !== undefined) yield* Scope.close(stream, Exit.void)
    stream = yield* Scope.fork(scope)
    yield* sandboxes.connect(access, pid).pipe(
      Effect.flatMap((process) => RunnerOutput.follow(handle, process)),
      Scope.provide(stream)
    )
    connectedAt = yield* Clock.currentTimeMillis
  })

  return {
    /** How to reach the sandbox; undefined: it has not been reached yet. */
    access: () => access,
    /** Follows the process by its pid, now. A passing failure is told to the mailbox as another lost stream. */
    connect: Effect.gen(function* () {
      const { pid, sandboxId } = handle.current()
      if (sandboxId === null || pid === null) return yield* sandboxGone(handle, sandboxId ?? "unknown")
      yield* connect(sandboxId, pid).pipe(
        Effect.andThen(
          Effect.suspend(() =>
            lostInARow === 0
              ? Effect.void
              : handle.record({
                  _tag: "Noted",
                  code: "stream_reconnected",
                  message: "The runner's output is followed again."
                })
          )
        ),
        Effect.catchTag("SandboxError", (error): Effect.Effect<unknown> | ReturnType<typeof sandboxGone> => {
          if (error.reason._tag === "SandboxGone") return sandboxGone(handle, sandboxId)
          if (error.reason._tag === "ProcessNotFound") {
            return Queue.offer(handle.mailbox, { _tag: "Exited", exitCode: null, error: null })
          }
          return Queue.offer(handle.mailbox, { _tag: "StreamLost", detail: error.message })
        })
      )
    }),
    /** Has the mailbox told when to connect again: at once the first time, then with backoff. */
    scheduleReconnect: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      // Only a connection that was made can have been steady: failing to make one must not begin the backoff anew.
      if (connectedAt !== undefined && now - connectedAt > steadyAfter) lostInARow = 0
      connectedAt = undefined
      lostInARow += 1
      if (lostInARow === 1) {
        yield* handle.record({
          _tag: "Noted",
          code: "stream_lost",
          message: "The connection to the runner's output broke off; connecting again."
        })
        yield* Queue.offer(handle.mailbox, { _tag: "Reconnect" })
        return
      }
      const delay = yield* delayMillis({ base: firstDelay, max: config.worker.retryMaxDelay }, lostInARow - 2)
      yield* Effect.sleep(delay).pipe(
        Effect.andThen(Queue.offer(handle.mailbox, { _tag: "Reconnect" })),
        Effect.forkIn(scope)
      )
    })
  }
})
