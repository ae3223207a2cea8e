// What one connection may cost the store and the actor. What the actor makes of it is told in Watching.test.ts.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as LogAllowance from "../../src/fibers/LogAllowance.ts"
import type { RequestHandle, Signal } from "../../src/fibers/RequestHandle.ts"
import * as RunnerOutput from "../../src/fibers/RunnerOutput.ts"
import { Config } from "../../src/services/config/Config.ts"
import type { ProcessOutput } from "../../src/services/sandbox/SandboxTypes.ts"
import { LogStore } from "../../src/services/store/LogStore.ts"
import { sqliteInMemory } from "../support/StoreBackends.ts"
import { makeConfig, settle } from "./ActorFixture.ts"

const registrationToken = Redacted.make("AB2CDEFGHIJKLMNOPQRSTUVWXYZ23")
const layer = Layer.merge(sqliteInMemory.layer, Layer.succeed(Config, makeConfig()))

/** Everything the actor of request 101 is told of a process that prints this and ends. */
const signalsOf = Effect.fnUntraced(function* (output: ReadonlyArray<ProcessOutput>) {
  const mailbox = yield* Queue.unbounded<Signal>()
  const registration = () => registrationToken
  yield* RunnerOutput.follow({ id: "101", mailbox, registration, current: () => ({ fence: 1 }) } as RequestHandle, {
    pid: 42,
    output: Stream.fromIterable(output),
    exit: Effect.succeed({ exitCode: 0, error: null })
  })
  const signals: Array<Signal> = []
  while (signals.at(-1)?._tag !== "Exited") signals.push(yield* Queue.take(mailbox))
  return signals
}, Effect.scoped)

const repeated = (text: string, times: number): ReadonlyArray<ProcessOutput> =>
  Array.from({ length: times }, () => ({ stream: "stdout", text }))

describe("the output of one connection", () => {
  it.effect("is stored up to a bound, for each stream, and its end is there (E-107)", () =>
    Effect.gen(function* () {
      const piece = `${"x".repeat(64 * 1024 - 1)}\n`
      const { beginning, newest } = LogAllowance.usual
      const pieces = beginning / piece.length + 40
      yield* signalsOf([...repeated(piece, pieces), ...repeated("the end\n", 1), { stream: "stderr", text: "oh\n" }])
      const logs = yield* LogStore
      const stdout = yield* logs.tail("101", "stdout", 2 * beginning)
      assert.isAtMost(stdout.length, beginning + newest + 100)
      assert.match(stdout, /\n\[runnerd\] [^\n]+ left out here\.\n/)
      assert.isTrue(stdout.endsWith("x\nthe end\n"))
      assert.strictEqual(yield* logs.tail("101", "stderr", 100), "oh\n")
    }).pipe(Effect.provide(layer))
  )
  it.effect("that ends by a mistake is a lost stream: somebody follows the runner again", () =>
    Effect.gen(function* () {
      const mailbox = yield* Queue.unbounded<Signal>()
      yield* RunnerOutput.follow(
        { id: "101", mailbox, registration: () => undefined, current: () => ({ fence: 1 }) } as RequestHandle,
        {
          pid: 42,
          output: Stream.die(new Error("a mistake")),
          exit: Effect.never
        }
      )
      yield* settle
      assert.deepStrictEqual(
        (yield* Queue.clear(mailbox)).map(({ _tag }) => _tag),
        ["StreamLost"]
      )
    }).pipe(Effect.scoped, Effect.provide(layer))
  )
  it.effect("is listened to beyond that bound", () =>
    Effect.gen(function* () {
      const piece = `${"x".repeat(1024 * 1024 - 1)}\n`
      const signals = yield* signalsOf([...repeated(piece, 5), ...repeated("Listening for Jobs\n", 1)])
      assert.deepStrictEqual(signals[0], { _tag: "Marker", marker: { _tag: "Listening" } })
    }).pipe(Effect.provide(layer))
  )
  it.effect("is stored without secrets, wherever the stream cuts them, and its markers are heard all the same", () =>
    Effect.gen(function* () {
      const jit = Buffer.from(JSON.stringify({ ".runner": "x".repeat(400) })).toString("base64")
      const token = Redacted.value(registrationToken)
      const pieces = [
        "token admin-to",
        "ken, ",
        token.slice(0, 9),
        `${token.slice(9)}\nListening for Jobs\n`,
        jit,
        " webhook-secret"
      ]
      const signals = yield* signalsOf(pieces.map((text) => ({ stream: "stdout", text })))
      assert.deepStrictEqual(signals[0], { _tag: "Marker", marker: { _tag: "Listening" } })
      const shown = yield* LogStore.use((logs) => logs.tail("101", "stdout", 1000))
      assert.strictEqual(shown, "token <redacted>, <redacted>\nListening for Jobs\n<redacted> <redacted>")
    }).pipe(Effect.provide(layer))
  )
  it.effect("tells each kind of event once, however often it is printed and with whatever names", () =>
    Effect.gen(function* () {
      const lines = Array.from({ length: 1000 }, (_, index) => [
        "Listening for Jobs",
        `Running job: ${index}`,
        `Job ${index} completed with result: Succeeded`,
        `::runnerd::job-started run_id=${index} job=j${index}`,
        `Runner connect error: ${index}`,
        "A session for this runner already exists."
      ]).flat()
      const signals = yield* signalsOf(lines.map((line) => ({ stream: "stdout", text: `${line}\n` })))
      assert.deepStrictEqual(
        signals.map((signal) => (signal._tag === "Marker" ? signal.marker : signal._tag)),
        [
          { _tag: "Listening" },
          { _tag: "RunningJob", name: "0" },
          { _tag: "JobCompleted", name: "0", result: "Succeeded" },
          { _tag: "JobStarted", runId: 0, job: "j0" },
          { _tag: "RunnerError", kind: "connection_retrying", line: "Runner connect error: 0" },
          {
            _tag: "RunnerError",
            kind: "session_conflict",
            line: "A session for this runner already exists."
          },
          "Exited"
        ]
      )
    }).pipe(Effect.provide(layer))
  )
})
