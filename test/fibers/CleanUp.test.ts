import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import * as SandboxMetadata from "../../src/domain/SandboxMetadata.ts"
import { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import { Instance } from "../../src/services/store/Instance.ts"
import { deliver, requestOf, saveSpec } from "../support/StoreScenes.ts"
import {
  claimAndAct,
  claimHere,
  listening,
  provisioning,
  runnerNameOf,
  settle,
  startActor,
  story,
  takeOverAndAct,
  tell,
  told
} from "./ActorFixture.ts"
import type { FakeOutside } from "./FakeOutside.ts"

const e2bDown = new SandboxError.Unavailable({ status: 502, detail: "" })
const gitHubDown = new GitHubError.Unavailable({ status: 502, detail: "" })

/** A runner with a job whose end GitHub has just told. */
const jobOver = (outside: FakeOutside) =>
  Effect.gen(function* () {
    const actor = yield* listening(outside)
    yield* outside.print("Running job: build\n")
    yield* settle
    yield* tell(actor, { status: "completed", conclusion: "success", runnerName: yield* runnerNameOf("101") })
    return actor
  })

/** A runner that ended with an error during its job, of which GitHub has said nothing yet. */
const diedDuringJob = (outside: FakeOutside) =>
  Effect.gen(function* () {
    const actor = yield* listening(outside)
    yield* outside.print("Running job: build\n")
    yield* outside.exit(1)
    yield* settle
    return actor
  })

describe("the sandbox", () => {
  story("that is gone already counts as removed (E-50)", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      outside.sandboxes.clear()
      yield* tell(actor, { status: "completed", conclusion: "success", runnerName: yield* runnerNameOf("101") })
      yield* Fiber.join(actor.fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
    })
  )
  story(
    "that cannot be killed: given up until the due time, still counted, tried again then, and still completed (E-66)",
    (outside) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(10_000)
        outside.failNext("kill", e2bDown)
        const actor = yield* jobOver(outside)
        yield* Fiber.join(actor.fiber)
        const given = yield* requestOf("101")
        assert.deepInclude(given, { status: "stopping", owner: null, cleanupAttempt: 1, sandboxMayExist: true })
        assert.isAbove(given.cleanupDueAt ?? 0, 10_000)
        yield* TestClock.setTime(given.cleanupDueAt ?? 0)
        yield* Fiber.join((yield* claimAndAct()).fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "completed", failureStage: null, sandboxMayExist: false })
        assert.strictEqual(outside.sandboxes.size, 0)
      })
  )
  story(
    "whose runner works though a restored database knows of none is left until GitHub gives it up, one of a later claim for good",
    (outside) =>
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        const { request } = (yield* claimHere())[0]!
        const { id } = yield* Instance
        const leave = (fence: number) =>
          Sandboxes.use((sandboxes) =>
            sandboxes.create({
              template: "runner",
              timeoutSeconds: 60,
              metadata: SandboxMetadata.ofClaim(id, { ...request, fence })
            })
          )
        const own = yield* leave(request.fence)
        const later = yield* leave(request.fence + 5)
        outside.runners.set(request.runnerName!, { id: 1, busy: true })
        yield* Fiber.join((yield* takeOverAndAct("node-2")).fiber)
        const given = yield* requestOf("101")
        assert.deepInclude(given, { status: "stopping", owner: null, sandboxMayExist: true })
        assert.sameMembers([...outside.sandboxes.keys()], [own.sandboxId, later.sandboxId])
        outside.runners.clear()
        yield* TestClock.setTime(given.cleanupDueAt ?? 0)
        yield* Fiber.join((yield* takeOverAndAct("node-3")).fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "queued", sandboxMayExist: false })
        assert.deepStrictEqual([...outside.sandboxes.keys()], [later.sandboxId])
      })
  )
  story(
    "in which no runner was started yet does not wait for GitHub: it is removed though GitHub is down, and stops counting",
    (outside) =>
      Effect.gen(function* () {
        outside.failNextAtGitHub("createJitConfig", gitHubDown)
        outside.failNextAtGitHub("findRunner", gitHubDown)
        const actor = yield* provisioning
        yield* Fiber.join(actor.fiber)
        assert.strictEqual(outside.sandboxes.size, 0)
        assert.deepInclude(yield* requestOf("101"), { status: "stopping", outcome: "requeue", sandboxMayExist: false })
      })
  )
  story("that cannot be killed is not tried again before its due time, whatever facts had come (E-64)", (outside) =>
    Effect.gen(function* () {
      for (let times = 0; times < 9; times += 1) outside.failNext("kill", e2bDown)
      const actor = yield* jobOver(outside)
      yield* Fiber.join(actor.fiber)
      for (let looks = 0; looks < 5; looks += 1) {
        for (const claimed of yield* claimHere()) yield* Fiber.join((yield* startActor(claimed)).fiber)
      }
      assert.strictEqual(outside.callsOf("kill").length, 1)
    })
  )
  story("each further failure waits longer, up to the longest delay, and none is the last (E-65, E-68)", (outside) =>
    Effect.gen(function* () {
      for (let times = 0; times < 6; times += 1) outside.failNext("kill", e2bDown)
      yield* Fiber.join((yield* jobOver(outside)).fiber)
      let waited = 0
      for (let round = 0; round < 5; round += 1) {
        const { cleanupDueAt, updatedAt } = yield* requestOf("101")
        waited = (cleanupDueAt ?? 0) - updatedAt
        yield* TestClock.setTime(cleanupDueAt ?? 0)
        yield* Fiber.join((yield* claimAndAct()).fiber)
      }
      assert.isAbove(waited, 20_000)
      assert.isAtMost(waited, 60_000)
      assert.strictEqual((yield* requestOf("101")).cleanupAttempt, 6)
    })
  )
})

describe("a removal that is cut short", () => {
  story("by a shutdown is gone on with by whoever takes over (E-73)", (outside) =>
    Effect.gen(function* () {
      outside.holdNext("kill")
      const actor = yield* jobOver(outside)
      yield* settle
      yield* Fiber.interrupt(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "stopping", sandboxMayExist: true })
      yield* Fiber.join((yield* takeOverAndAct("second")).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "completed", failureStage: null })
      assert.strictEqual(outside.sandboxes.size, 0)
    })
  )
  story("after the sandbox's end of time, by an E2B that is down, is tried again (E-67)", (outside) =>
    Effect.gen(function* () {
      outside.longestLife = 3_600_000
      const actor = yield* listening(outside)
      yield* outside.print("Running job: build\n")
      yield* settle
      outside.jobs.set(101, { status: "in_progress", runnerName: yield* runnerNameOf("101"), runnerId: 901 })
      outside.failNext("kill", e2bDown)
      yield* TestClock.adjust("55 minutes")
      yield* settle
      yield* TestClock.adjust("5 minutes")
      yield* Fiber.join(actor.fiber)
      const waiting = yield* requestOf("101")
      assert.deepInclude(waiting, { status: "stopping", outcome: "failed", failureStage: "sandbox_timeout" })
      yield* TestClock.setTime(waiting.cleanupDueAt ?? 0)
      const again = yield* claimAndAct()
      yield* settle
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(again.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "failed", failureStage: "sandbox_timeout" })
      assert.strictEqual(outside.sandboxes.size, 0)
    })
  )
})

describe("the registration", () => {
  story("of a runner whose completed event names it is left to GitHub: no call is made", (outside) =>
    Effect.gen(function* () {
      yield* Fiber.join((yield* jobOver(outside)).fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.deepStrictEqual([...outside.callsOf("deleteRunner"), ...outside.callsOf("findRunner")], [])
    })
  )
  story("is not asked about when that event comes within the grace after the runner's end", (outside) =>
    Effect.gen(function* () {
      const actor = yield* diedDuringJob(outside)
      yield* TestClock.adjust("9 seconds")
      yield* tell(actor, { status: "completed", conclusion: "failure", runnerName: yield* runnerNameOf("101") })
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "failed", failureReason: "exit_code_1" })
      assert.deepStrictEqual(outside.callsOf("deleteRunner"), [])
    })
  )
  story("is removed when no event comes", (outside) =>
    Effect.gen(function* () {
      const actor = yield* diedDuringJob(outside)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(actor.fiber)
      assert.strictEqual((yield* requestOf("101")).status, "failed")
      assert.strictEqual(outside.runners.size, 0)
    })
  )
  story(
    "that GitHub still sees at work is tried without limit; the dead sandbox counts against nothing meanwhile (E-63, E-69)",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* diedDuringJob(outside)
        outside.runner().busy = true
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(actor.fiber)
        for (let round = 0; round < 12; round += 1) {
          const request = yield* requestOf("101")
          assert.deepInclude(request, { status: "stopping", sandboxMayExist: false, owner: null })
          yield* TestClock.setTime(request.cleanupDueAt ?? 0)
          const again = yield* claimAndAct()
          yield* settle
          yield* TestClock.adjust("10 seconds")
          yield* Fiber.join(again.fiber)
        }
        outside.runner().busy = false
        yield* TestClock.setTime((yield* requestOf("101")).cleanupDueAt ?? 0)
        const last = yield* claimAndAct()
        yield* settle
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(last.fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "failed", failureReason: "exit_code_1" })
        assert.strictEqual(outside.callsOf("kill").length, 1)
      })
  )
  story("GitHub down: kept stopping and tried again; the first failure stays the reason (E-61, E-62)", (outside) =>
    Effect.gen(function* () {
      outside.failNextAtGitHub("deleteRunner", gitHubDown)
      const actor = yield* diedDuringJob(outside)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(actor.fiber)
      const given = yield* requestOf("101")
      assert.deepInclude(given, { status: "stopping", failureReason: "exit_code_1" })
      yield* TestClock.setTime(given.cleanupDueAt ?? 0)
      const again = yield* claimAndAct()
      yield* settle
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(again.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "failed", failureReason: "exit_code_1" })
      assert.strictEqual(outside.runners.size, 0)
    })
  )
  story("in a repository that is gone cannot be removed, which ends the matter with a note", (outside) =>
    Effect.gen(function* () {
      outside.failNextAtGitHub("deleteRunner", new GitHubError.NotFound({ detail: "" }))
      const actor = yield* diedDuringJob(outside)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(actor.fiber)
      assert.strictEqual((yield* requestOf("101")).status, "failed")
      assert.include([...(yield* told("101"))], "note")
    })
  )
  story(
    "of an idle runner goes before its sandbox, because GitHub's refusal is the only sure sign of a job",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* listening(outside)
        yield* tell(actor, { status: "completed", conclusion: "cancelled" })
        yield* Fiber.join(actor.fiber)
        assert.deepStrictEqual(outside.calls.slice(-2), ["deleteRunner 901", "kill sbx-1"])
        assert.strictEqual((yield* requestOf("101")).status, "completed")
      })
  )
  story("GitHub cannot say whether an idle runner works: its sandbox stays", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      outside.failNextAtGitHub("deleteRunner", gitHubDown)
      yield* tell(actor, { status: "completed", conclusion: "cancelled" })
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "stopping", sandboxMayExist: true })
      assert.deepStrictEqual(outside.callsOf("kill"), [])
      yield* deliver({ jobId: 999 })
    })
  )
})
