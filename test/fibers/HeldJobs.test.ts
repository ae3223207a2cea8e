// Jobs that wait at GitHub for an approval or for their turn: they hold, and cost nothing.
import { assert, describe } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { NodeLease } from "../../src/fibers/NodeLease.ts"
import { amend, deliver, requestOf, saveSpec } from "../support/StoreScenes.ts"
import {
  claimAndAct,
  claimHere,
  listening,
  provisioning,
  settle,
  startActor,
  story,
  tell,
  until
} from "./ActorFixture.ts"

/** The job's request is claimed after GitHub has said that the job waits, and looked at to the end. */
const claimedWhileWaiting = Effect.gen(function* () {
  yield* saveSpec()
  yield* deliver({ observedAt: 100 })
  const [claimed] = yield* claimHere()
  yield* deliver({ status: "waiting", observedAt: 200 })
  yield* Fiber.join((yield* startActor({ ...claimed!, request: yield* requestOf("101") })).fiber)
})

describe("a job that waits for an approval", () => {
  story("costs nothing and spends no attempt: its request goes back in line (E-15)", (outside) =>
    Effect.gen(function* () {
      yield* claimedWhileWaiting
      const request = yield* requestOf("101")
      assert.deepInclude(request, { status: "queued", attempt: 0, lastErrorCode: "job_held", sandboxMayExist: false })
      assert.isAbove(request.dueAt ?? 0, 0)
      assert.deepStrictEqual(outside.calls, [])
    })
  )
  story("gets its runner at once when it is approved (E-15)", (outside) =>
    Effect.gen(function* () {
      yield* claimedWhileWaiting
      assert.deepStrictEqual(yield* claimHere(), [])
      yield* deliver({ observedAt: 300 })
      yield* Fiber.join((yield* claimAndAct()).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", dueAt: null, lastErrorCode: null })
      yield* claimAndAct()
      yield* until("101", ({ status }) => status === "running")
      assert.strictEqual(outside.sandboxes.size, 1)
    })
  )
  story(
    "is asked about every ten minutes, and so gets its runner should the event of its approval be lost (E-15)",
    (outside) =>
      Effect.gen(function* () {
        yield* claimedWhileWaiting
        outside.jobs.set(101, { status: "waiting" })
        yield* TestClock.adjust("10 minutes")
        yield* Fiber.join((yield* claimAndAct()).fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "queued", lastErrorCode: "job_held" })
        assert.deepStrictEqual(outside.calls, ["getJob 101"])
        outside.jobs.set(101, { status: "queued", createdAt: DateTime.makeUnsafe(9000) })
        yield* TestClock.adjust("10 minutes")
        yield* claimAndAct()
        yield* until("101", ({ status }) => status === "running")
        assert.strictEqual(outside.sandboxes.size, 1)
      })
  )
  story("is found to wait by the look at GitHub that a request from before this process needs (E-15)", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      yield* amend("101", { queuedAt: (yield* NodeLease).startedAt - 1 })
      outside.jobs.set(101, { status: "pending", createdAt: DateTime.makeUnsafe(9000) })
      yield* Fiber.join((yield* claimAndAct()).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", lastErrorCode: "job_held" })
      assert.deepStrictEqual(outside.callsOf("create"), [])
    })
  )
  story("takes its idle runner with it, and keeps its request", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* settle
      outside.jobs.set(101, { status: "waiting" })
      yield* tell(actor, { status: "waiting", observedAt: 9000 })
      yield* settle
      yield* TestClock.adjust("5 minutes")
      yield* Fiber.join(actor.fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", attempt: 0, lastErrorCode: "job_held" })
      assert.strictEqual(outside.sandboxes.size + outside.runners.size, 0)
    })
  )
})

describe("a job that is queued", () => {
  story("is provisioned without a question when its event is fresh", (outside) =>
    Effect.gen(function* () {
      yield* provisioning
      yield* until("101", ({ status }) => status === "running")
      assert.deepStrictEqual(outside.callsOf("getJob"), [])
    })
  )
})
