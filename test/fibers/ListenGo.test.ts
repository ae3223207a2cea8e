import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import { goFile } from "../../src/services/sandbox/StartScript.ts"
import { deliver, requestOf } from "../support/StoreScenes.ts"
import {
  listening,
  makeConfig,
  provisioning,
  running,
  settle,
  story,
  takeOverAndAct,
  tell,
  told,
  until
} from "./ActorFixture.ts"
import type { FakeOutside } from "./FakeOutside.ts"

const byToken = makeConfig("token")
const unreachable = new SandboxError.EnvdUnreachable({ detail: "" })

/** Calls of E2B from the start of the runner on. */
const sinceStart = (calls: ReadonlyArray<string>) => calls.slice(calls.indexOf("start"))

/** The start script has registered its runner, and says so. */
const registers = (outside: FakeOutside) =>
  Effect.gen(function* () {
    const { runnerName } = yield* requestOf("101")
    outside.runners.set(runnerName!, { id: 950, busy: false })
    yield* outside.print("::runnerd::registered\n")
    yield* settle
  })

describe("a runner is told that it may listen", () => {
  story(
    "by token only, and once it says that it is registered",
    (outside) =>
      Effect.gen(function* () {
        yield* running
        yield* settle
        assert.deepStrictEqual(sinceStart(outside.calls), ["start"])
        yield* registers(outside)
        assert.deepStrictEqual(sinceStart(outside.calls), ["start", "writeFile"])
        assert.isNotNull((yield* requestOf("101")).mayListenAt)
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
  story("not with a JIT configuration, which is registered already, whatever it prints", (outside) =>
    Effect.gen(function* () {
      yield* running
      yield* outside.print("::runnerd::registered\n")
      yield* settle
      assert.deepStrictEqual(sinceStart(outside.calls), ["start"])
    })
  )
  story(
    "never when the answer to its start was lost: no runner can listen in a sandbox that is being removed",
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
        yield* running
        outside.failNext("writeFile", unreachable)
        yield* registers(outside)
        assert.deepStrictEqual(sinceStart(outside.calls), ["start", "writeFile"])
        yield* TestClock.adjust("1 second")
        yield* settle
        assert.deepStrictEqual(sinceStart(outside.calls), ["start", "writeFile", "writeFile"])
      }),
    byToken
  )
  story(
    "by whoever takes the request over, as it says again that it is registered",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        yield* registers(outside)
        yield* Fiber.interrupt(actor.fiber)
        const before = outside.callsOf("writeFile").length
        yield* takeOverAndAct("node-2")
        yield* settle
        assert.strictEqual(outside.callsOf("writeFile").length, before)
        yield* registers(outside)
        assert.strictEqual(outside.callsOf("writeFile").length, before + 1)
      }),
    byToken
  )
  story(
    "not when it listens already",
    (outside) =>
      Effect.gen(function* () {
        yield* listening(outside)
        const before = outside.callsOf("writeFile").length
        yield* registers(outside)
        assert.strictEqual(outside.callsOf("writeFile").length, before)
      }),
    byToken
  )
})

describe("a runner that registers by token and is given up because it never listened", () => {
  const neverListened = Effect.andThen(settle, TestClock.adjust("2 minutes"))

  story(
    "before it was told to: its sandbox goes first, for it cannot have a job; what it registered meanwhile goes too",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        const remove = outside.holdNext("kill")
        yield* neverListened
        yield* settle
        // While E2B removes the sandbox, the runner comes to register.
        const { runnerName } = yield* requestOf("101")
        outside.runners.set(runnerName!, { id: 950, busy: false })
        yield* remove
        yield* Fiber.join(actor.fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "queued", lastErrorCode: "runner_not_ready" })
        assert.deepStrictEqual(outside.calls.slice(-4), ["start", "kill sbx-1", "findRunner", "deleteRunner 950"])
        assert.strictEqual(outside.runners.size, 0)
      }),
    byToken
  )
  story(
    "after it was told to: GitHub is asked before its sandbox goes, and one that has just taken a job stays",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        yield* registers(outside)
        outside.runner().busy = true
        yield* neverListened
        const request = yield* until("101", ({ assignedJobName }) => assignedJobName !== null)
        assert.strictEqual(request.status, "running")
        assert.deepStrictEqual(outside.callsOf("kill"), [])
        yield* settle
        yield* tell(actor, { status: "completed", conclusion: "success", runnerName: request.runnerName })
        yield* Fiber.join(actor.fiber)
        assert.strictEqual((yield* requestOf("101")).status, "completed")
      }),
    byToken
  )
  story(
    "after it was told to, and idle: its registration goes first",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        yield* registers(outside)
        yield* neverListened
        yield* Fiber.join(actor.fiber)
        assert.deepStrictEqual(outside.calls.slice(-3), ["findRunner", "deleteRunner 950", "kill sbx-1"])
      }),
    byToken
  )
  story(
    "by a node that took over: what the row says counts, whether or not the runner was told in the end",
    (outside) =>
      Effect.gen(function* () {
        const first = yield* running
        const write = outside.holdNext("writeFile")
        yield* registers(outside)
        yield* Fiber.interrupt(first.fiber)
        yield* write
        outside.runner().busy = true
        yield* takeOverAndAct("node-2")
        yield* neverListened
        yield* until("101", ({ assignedJobName }) => assignedJobName !== null)
        assert.deepStrictEqual(outside.callsOf("kill"), [])
      }),
    byToken
  )
  story(
    "because no job needs it any more: the same",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        yield* registers(outside)
        outside.runner().busy = true
        yield* deliver({ status: "in_progress", runnerName: "another" })
        yield* tell(actor, { status: "completed", runnerName: "another" })
        yield* until("101", ({ assignedJobName }) => assignedJobName !== null)
        assert.deepStrictEqual(outside.callsOf("kill"), [])
      }),
    byToken
  )
})

describe("the file that says so", () => {
  story("holds nothing", () => Effect.sync(() => assert.strictEqual(goFile.content, "")))
})
