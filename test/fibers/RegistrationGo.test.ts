import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import { goFile } from "../../src/services/sandbox/StartScript.ts"
import { listening, makeConfig, provisioning, running, settle, story, takeOverAndAct, told } from "./ActorFixture.ts"

const byToken = makeConfig("token")
const unreachable = new SandboxError.EnvdUnreachable({ detail: "" })

/** Calls of E2B from the start of the runner on. */
const sinceStart = (calls: ReadonlyArray<string>) => calls.slice(calls.indexOf("start"))

describe("a sandbox is told that its runner may register", () => {
  story(
    "by token only, and after its process is known",
    (outside) =>
      Effect.gen(function* () {
        yield* running
        yield* settle
        assert.deepStrictEqual(sinceStart(outside.calls), ["start", "writeFile"])
        assert.deepStrictEqual(yield* told("101"), [
          "queued",
          "claimed",
          "sandbox_created",
          "runner_registered",
          "runner_started"
        ])
      }),
    byToken
  )
  story("not with a JIT configuration, which is registered already", (outside) =>
    Effect.gen(function* () {
      yield* running
      yield* settle
      assert.deepStrictEqual(sinceStart(outside.calls), ["start"])
    })
  )
  story(
    "never when the answer to its start was lost: no runner can register in a sandbox that is being removed",
    (outside) =>
      Effect.gen(function* () {
        outside.failNext("start", new SandboxError.ConnectionFailed({ detail: "" }), true)
        const actor = yield* provisioning
        yield* Fiber.join(actor.fiber)
        assert.notInclude(sinceStart(outside.calls), "writeFile")
        assert.strictEqual(outside.sandboxes.size, 0)
      }),
    byToken
  )
  story(
    "again until E2B has taken it",
    (outside) =>
      Effect.gen(function* () {
        const answerStart = outside.holdNext("start")
        yield* provisioning
        yield* settle
        outside.failNext("writeFile", unreachable)
        yield* answerStart
        yield* settle
        assert.deepStrictEqual(sinceStart(outside.calls), ["start", "writeFile"])
        yield* TestClock.adjust("1 second")
        yield* settle
        assert.deepStrictEqual(sinceStart(outside.calls), ["start", "writeFile", "writeFile"])
      }),
    byToken
  )
  story(
    "by whoever takes the request over, as long as the runner does not listen",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        yield* settle
        yield* Fiber.interrupt(actor.fiber)
        const before = outside.callsOf("writeFile").length
        const second = yield* takeOverAndAct("node-2")
        yield* settle
        assert.strictEqual(outside.callsOf("writeFile").length, before + 1)
        yield* Fiber.interrupt(second.fiber)
      }),
    byToken
  )
  story(
    "not by whoever takes over a runner that listens",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* listening(outside)
        yield* settle
        yield* Fiber.interrupt(actor.fiber)
        const before = outside.callsOf("writeFile").length
        yield* takeOverAndAct("node-2")
        yield* settle
        assert.strictEqual(outside.callsOf("writeFile").length, before)
      }),
    byToken
  )
})

describe("the file that says so", () => {
  story("holds nothing", () => Effect.sync(() => assert.strictEqual(goFile.content, "")))
})
