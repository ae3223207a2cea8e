import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { deliver, requestOf, saveSpec } from "../support/StoreScenes.ts"
import {
  claimAndAct,
  claimHere,
  listening,
  makeConfig,
  provisioning,
  running,
  runnerNameOf,
  settle,
  startActor,
  story,
  takeOver,
  takeOverAndAct,
  tell,
  told,
  until
} from "./ActorFixture.ts"

describe("a whole life", () => {
  story("from a queued job to nothing left, with one call to GitHub", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      const runnerName = yield* runnerNameOf("101")
      yield* outside.print("2026-01-01 00:00:00Z: Running job: build\n")
      yield* until("101", ({ assignedJobName }) => assignedJobName === "build")
      yield* tell(actor, { status: "in_progress", runnerName })
      yield* until("101", ({ assignedJobId }) => assignedJobId === 101)
      yield* tell(actor, { status: "completed", conclusion: "success", runnerName })
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "completed", owner: null, sandboxMayExist: false })
      assert.deepStrictEqual(
        outside.calls.filter((call) => call !== "writeFile"),
        ["create runner", `createJitConfig ${runnerName}`, "start", "kill sbx-1"]
      )
      assert.deepStrictEqual(yield* told("101"), [
        "queued",
        "claimed",
        "sandbox_created",
        "runner_registered",
        "runner_started",
        "runner_ready",
        "job_assigned",
        "stopping",
        "sandbox_removed",
        "completed"
      ])
    })
  )
  story(
    "with a registration token instead: the same, and the token is asked for after the sandbox exists",
    (outside) =>
      Effect.gen(function* () {
        yield* running
        assert.deepStrictEqual(
          outside.calls.filter((call) => call !== "writeFile"),
          ["create runner", "registrationToken", "start"]
        )
        assert.strictEqual((yield* requestOf("101")).runnerId, null)
      }),
    makeConfig("token")
  )
})

describe("taking over", () => {
  story(
    "a crash during provisioning: what it left is removed, the attempt costs nothing, it begins anew (E-85)",
    (outside) =>
      Effect.gen(function* () {
        outside.holdNext("createJitConfig")
        const crashed = yield* provisioning
        yield* until("101", ({ sandboxId }) => sandboxId !== null)
        yield* settle
        yield* Fiber.interrupt(crashed.fiber)
        const second = yield* takeOverAndAct("second")
        yield* Fiber.join(second.fiber)
        assert.deepInclude(yield* requestOf("101"), {
          status: "queued",
          attempt: 0,
          owner: null,
          sandboxMayExist: false
        })
        assert.strictEqual(outside.sandboxes.size, 0)
        assert.strictEqual(outside.runners.size, 0)
        yield* takeOverAndAct("second")
        yield* until("101", ({ status }) => status === "running")
        assert.strictEqual(outside.sandboxes.size, 1)
      })
  )
  story("a crash before E2B answered: the sandbox is found by metadata and removed (E-38)", (outside) =>
    Effect.gen(function* () {
      outside.holdNext("create")
      const crashed = yield* provisioning
      yield* settle
      yield* Fiber.interrupt(crashed.fiber)
      const second = yield* takeOverAndAct("second")
      yield* Fiber.join(second.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", attempt: 0 })
      assert.strictEqual(outside.sandboxes.size, 0)
      assert.deepStrictEqual(outside.callsOf("deleteRunner"), [])
    })
  )
  story(
    "an owner that was taken over while E2B created touches nothing more when the answer comes (E-36, E-82)",
    (outside) =>
      Effect.gen(function* () {
        const answer = outside.holdNext("create")
        const stale = yield* provisioning
        yield* settle
        yield* Fiber.join((yield* takeOverAndAct("second")).fiber)
        yield* takeOverAndAct("second")
        yield* until("101", ({ status }) => status === "running")
        const before = yield* requestOf("101")
        const calls = outside.calls.length
        yield* answer
        yield* Fiber.join(stale.fiber)
        assert.deepStrictEqual(yield* requestOf("101"), before)
        assert.strictEqual(outside.calls.length, calls)
      })
  )
  story("a running runner is followed again, not restarted, and nothing of it is removed (E-85)", (outside) =>
    Effect.gen(function* () {
      const first = yield* listening(outside)
      yield* Fiber.interrupt(first.fiber)
      assert.deepStrictEqual(outside.callsOf("kill"), [])
      const second = yield* takeOverAndAct("second")
      yield* settle
      assert.strictEqual(outside.callsOf("connect").length, 1)
      yield* outside.print("Running job: build\n")
      yield* until("101", ({ assignedJobName }) => assignedJobName === "build")
      yield* tell(second, { status: "completed", runnerName: yield* runnerNameOf("101") })
      yield* Fiber.join(second.fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.strictEqual(outside.callsOf("create").length, 1)
    })
  )
  story("facts that came while nobody watched are acted on at once", (outside) =>
    Effect.gen(function* () {
      const first = yield* listening(outside)
      yield* Fiber.interrupt(first.fiber)
      yield* deliver({ status: "completed", conclusion: "success", runnerName: yield* runnerNameOf("101") })
      const second = yield* takeOverAndAct("second")
      yield* Fiber.join(second.fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.deepStrictEqual(outside.callsOf("deleteRunner"), [])
    })
  )
  story("the owner that lost its request stops at once and touches nothing outside any more (E-34)", (outside) =>
    Effect.gen(function* () {
      const stale = yield* listening(outside)
      yield* takeOver("second")
      const before = [...outside.calls]
      const timeline = yield* told("101")
      yield* outside.print("Running job: build\n")
      yield* Fiber.join(stale.fiber)
      assert.deepStrictEqual(outside.calls, before)
      assert.deepStrictEqual(yield* told("101"), timeline)
      assert.strictEqual((yield* requestOf("101")).owner, "second")
    })
  )
  for (const [step, next] of [
    ["create", "createJitConfig"],
    ["start", "kill"]
  ] as const) {
    story(`losing the request during ${step}: its answer is the last that the old owner hears (E-35)`, (outside) =>
      Effect.gen(function* () {
        const release = outside.holdNext(step)
        const stale = yield* provisioning
        yield* settle
        yield* takeOver("second")
        const before = [...outside.calls]
        yield* release
        yield* Fiber.join(stale.fiber)
        assert.deepStrictEqual(outside.calls, before)
        assert.deepStrictEqual(outside.callsOf(next), [])
        assert.strictEqual((yield* requestOf("101")).owner, "second")
      })
    )
  }
  story("losing the request before the removal: the sandbox is not killed", (outside) =>
    Effect.gen(function* () {
      const first = yield* listening(outside)
      yield* Fiber.interrupt(first.fiber)
      const [claimed] = yield* takeOver("second")
      yield* takeOver("third")
      const stale = yield* startActor({
        kind: "Resume",
        request: { ...claimed!.request, status: "stopping", outcome: "completed", assignedJobName: "build" }
      })
      yield* Fiber.join(stale.fiber)
      assert.deepStrictEqual(outside.callsOf("kill"), [])
    })
  )
})

describe("a queued request with news", () => {
  story("ends without a sandbox when its job is over (E-31)", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      yield* deliver({ status: "completed", conclusion: "cancelled" })
      const actor = yield* claimAndAct({ roomInAll: 0 })
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "completed", owner: null })
      assert.deepStrictEqual(outside.calls, [])
    })
  )
  story("goes back in line when it is still wanted, and is not looked at again without further news", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      yield* deliver()
      const actor = yield* claimAndAct({ roomInAll: 0 })
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", owner: null })
      assert.deepStrictEqual(yield* claimHere({ roomInAll: 0 }), [])
      assert.deepStrictEqual(outside.calls, [])
    })
  )
})
