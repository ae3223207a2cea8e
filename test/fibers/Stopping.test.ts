// An operator stops a request, in every stage of its life.
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as TestClock from "effect/testing/TestClock"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { deliver, requestOf, saveSpec, unconditionally } from "../support/StoreScenes.ts"
import {
  type Actor,
  claimAndAct,
  claimHere,
  listening,
  makeConfig,
  provisioning,
  settle,
  startActor,
  story,
  takeOverAndAct,
  told
} from "./ActorFixture.ts"
import type { FakeOutside } from "./FakeOutside.ts"

const ask = OperatorStore.use((store) => store.stop("101", "not needed", unconditionally))

/** The operator asks, and the actor is told. */
const askAndTell = (actor: Actor) => Effect.andThen(ask, Queue.offer(actor.mailbox, { _tag: "News" }))

const nothingLeft = (outside: FakeOutside) => {
  assert.strictEqual(outside.sandboxes.size, 0)
  assert.strictEqual(outside.runners.size, 0)
}

describe("stopping", () => {
  story("a queued request costs nothing", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      yield* ask
      yield* Fiber.join((yield* claimAndAct()).fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.deepStrictEqual(yield* told("101"), ["queued", "stop_asked", "not_needed"])
      assert.deepStrictEqual(outside.calls, [])
    })
  )
  story("before the create: no sandbox is asked for", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ runAttempt: 2 })
      const [claimed] = yield* claimHere()
      yield* ask
      yield* Fiber.join((yield* startActor({ ...claimed!, request: yield* requestOf("101") })).fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.deepStrictEqual(outside.callsOf("create"), [])
    })
  )
  for (const stage of ["create", "createJitConfig", "writeFile"] as const) {
    story(`during ${stage}: what comes late is removed, each once, and it ends completed (E-32, E-72)`, (outside) =>
      Effect.gen(function* () {
        const answer = outside.holdNext(stage)
        const actor = yield* provisioning
        yield* settle
        yield* askAndTell(actor)
        yield* answer
        yield* settle
        yield* Fiber.join(actor.fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "completed", failureStage: null })
        assert.strictEqual(outside.callsOf("kill").length, 1)
        if (stage === "create") assert.deepStrictEqual(outside.callsOf("createJitConfig"), [])
        if (stage !== "writeFile") assert.deepStrictEqual(outside.callsOf("start"), [])
        nothingLeft(outside)
      })
    )
  }
  story(
    "during registration with a token: the runner that registers late is found by its name and removed (E-72)",
    (outside) =>
      Effect.gen(function* () {
        const answer = outside.holdNext("start")
        const actor = yield* provisioning
        yield* settle
        yield* askAndTell(actor)
        const { runnerName } = yield* requestOf("101")
        outside.runners.set(runnerName ?? "", { id: 77, busy: false })
        yield* answer
        yield* settle
        yield* Fiber.join(actor.fiber)
        assert.strictEqual((yield* requestOf("101")).status, "completed")
        nothingLeft(outside)
      }),
    makeConfig("token")
  )
  story(
    "in time for a crash during the create: whoever takes over removes it, and there is no next attempt",
    (outside) =>
      Effect.gen(function* () {
        outside.holdNext("create")
        const crashed = yield* provisioning
        yield* settle
        yield* ask
        yield* Fiber.interrupt(crashed.fiber)
        yield* Fiber.join((yield* takeOverAndAct("second")).fiber)
        assert.strictEqual((yield* requestOf("101")).status, "completed")
        assert.strictEqual(outside.callsOf("create").length, 1)
        nothingLeft(outside)
      })
  )
  story("an idle runner is removed", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* askAndTell(actor)
      yield* Fiber.join(actor.fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.include(yield* told("101"), "stopping")
      nothingLeft(outside)
    })
  )
  story("a runner that works is killed all the same, and its registration goes once GitHub lets it (E-63)", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* outside.print("Running job: build\n")
      outside.runner().busy = true
      yield* settle
      yield* askAndTell(actor)
      yield* settle
      assert.strictEqual(outside.sandboxes.size, 0)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(actor.fiber)
      const waiting = yield* requestOf("101")
      assert.deepInclude(waiting, { status: "stopping", outcome: "completed", sandboxMayExist: false })
      outside.runner().busy = false
      yield* TestClock.setTime(waiting.cleanupDueAt ?? 0)
      const again = yield* claimAndAct()
      yield* settle
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(again.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "completed", failureStage: null })
      nothingLeft(outside)
    })
  )
  story("a request that is cleaned up for its next attempt gets none", (outside) =>
    Effect.gen(function* () {
      outside.failNextAtGitHub(
        "createJitConfig",
        new GitHubError.PrimaryRateLimited({ detail: "", resetAtMillis: 9e6 })
      )
      outside.failNext("kill", new SandboxError.Unavailable({ status: 502, detail: "" }))
      yield* Fiber.join((yield* provisioning).fiber)
      const putOff = yield* requestOf("101")
      assert.deepInclude(putOff, { status: "stopping", outcome: "requeue" })
      assert.isAtLeast(putOff.dueAt ?? 0, 9e6)
      yield* ask
      yield* Fiber.join((yield* claimAndAct()).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "completed", dueAt: null })
      nothingLeft(outside)
    })
  )
  story("a failure stays the reason, whoever stops what is left of it (E-62)", (outside) =>
    Effect.gen(function* () {
      outside.failNextAtGitHub("createJitConfig", new GitHubError.Forbidden({ detail: "" }))
      outside.failNext("kill", new SandboxError.Unavailable({ status: 502, detail: "" }))
      yield* Fiber.join((yield* provisioning).fiber)
      yield* ask
      yield* Fiber.join((yield* claimAndAct()).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "failed", failureReason: "github_forbidden" })
      nothingLeft(outside)
    })
  )
  story("a deferral's due time survives a clean-up that failed", (outside) =>
    Effect.gen(function* () {
      outside.failNextAtGitHub(
        "createJitConfig",
        new GitHubError.PrimaryRateLimited({ detail: "", resetAtMillis: 9e6 })
      )
      outside.failNext("kill", new SandboxError.Unavailable({ status: 502, detail: "" }))
      yield* Fiber.join((yield* provisioning).fiber)
      const { cleanupDueAt, dueAt } = yield* requestOf("101")
      assert.isAtLeast(dueAt ?? 0, 9e6)
      yield* TestClock.setTime(cleanupDueAt ?? 0)
      yield* Fiber.join((yield* claimAndAct()).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", attempt: 0, dueAt, cleanupDueAt: null })
    })
  )
})
