// How long a sandbox lives: extended while its runner works, ended clearly when it cannot be.
import { assert, describe } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import type { RunnerdConfig } from "../../src/services/config/RunnerdConfig.ts"
import { requestOf } from "../support/StoreScenes.ts"
import { type Actor, listening, makeConfig, runnerNameOf, settle, story, takeOverAndAct, told } from "./ActorFixture.ts"
import type { FakeOutside } from "./FakeOutside.ts"

const e2bDown = new SandboxError.Unavailable({ status: 502, detail: "" })
const gitHubDown = new GitHubError.Unavailable({ status: 502, detail: "" })

const withLimits = (
  limits: Partial<RunnerdConfig["e2b"]>,
  worker: Partial<RunnerdConfig["worker"]> = {}
): RunnerdConfig => {
  const config = makeConfig()
  return { ...config, e2b: { ...config.e2b, ...limits }, worker: { ...config.worker, ...worker } }
}
/** So that the sandbox's life ends before the runner has idled out. */
const patient = withLimits({}, { runnerIdleTimeout: Duration.hours(5) })

/** A runner that has a job, as GitHub knows it. */
const working = (outside: FakeOutside) =>
  Effect.gen(function* () {
    const actor = yield* listening(outside)
    yield* outside.print("Running job: build\n")
    yield* settle
    outside.runner().busy = true
    outside.jobs.set(101, { status: "in_progress", runnerName: yield* runnerNameOf("101"), runnerId: 901 })
    return actor
  })

const pass = (time: Duration.Input) => Effect.andThen(TestClock.adjust(time), settle)
const endAtE2B = (outside: FakeOutside) => DateTime.toEpochMillis([...outside.sandboxes.values()][0]!.endAt)
const ended = (actor: Actor) => Effect.andThen(Fiber.join(actor.fiber), requestOf("101"))

describe("while its runner works", () => {
  story("a sandbox's life is extended well before its end, again and again, and the new end is read back", (outside) =>
    Effect.gen(function* () {
      yield* working(outside)
      yield* pass("54 minutes")
      assert.deepStrictEqual(outside.callsOf("setTimeout"), [])
      yield* pass("1 minute")
      assert.deepStrictEqual(outside.callsOf("setTimeout"), ["setTimeout 3600"])
      assert.strictEqual((yield* requestOf("101")).sandboxEndsAt, endAtE2B(outside))
      for (let hours = 0; hours < 4; hours += 1) yield* pass("55 minutes")
      assert.strictEqual(outside.callsOf("setTimeout").length, 5)
      assert.deepInclude(yield* requestOf("101"), { status: "running", sandboxEndsAt: endAtE2B(outside) })
    })
  )
  story("what E2B's plan cuts off ends clearly: told ahead, then failed with its own stage (E-54, E-55)", (outside) =>
    Effect.gen(function* () {
      outside.longestLife = Duration.toMillis("80 minutes")
      const actor = yield* working(outside)
      yield* pass("55 minutes")
      assert.strictEqual((yield* requestOf("101")).sandboxEndsAt, Duration.toMillis("80 minutes"))
      yield* pass("20 minutes")
      assert.include(yield* told("101"), "note")
      yield* pass("4 minutes")
      assert.strictEqual((yield* requestOf("101")).status, "running")
      yield* pass("1 minute")
      assert.strictEqual(outside.sandboxes.size, 0)
      outside.runner().busy = false
      yield* pass("10 seconds")
      const request = yield* ended(actor)
      assert.deepInclude(request, { status: "failed", failureStage: "sandbox_timeout", failureReason: "timeout" })
      assert.strictEqual(outside.callsOf("setTimeout").length, 2)
    })
  )
  story(
    "its life is not extended beyond e2b.max_timeout_seconds (E-54)",
    (outside) =>
      Effect.gen(function* () {
        yield* working(outside)
        yield* pass("55 minutes")
        assert.strictEqual((yield* requestOf("101")).sandboxEndsAt, Duration.toMillis("90 minutes"))
        yield* pass("34 minutes")
        assert.strictEqual((yield* requestOf("101")).status, "running")
        yield* pass("1 minute")
        assert.deepInclude(yield* requestOf("101"), { failureStage: "sandbox_timeout" })
        assert.strictEqual(outside.callsOf("setTimeout").length, 1)
      }),
    withLimits({ maxTimeout: Duration.minutes(90) })
  )
  story("an E2B that does not answer is asked again until it does", (outside) =>
    Effect.gen(function* () {
      yield* working(outside)
      for (let times = 0; times < 3; times += 1) outside.failNext("setTimeout", e2bDown)
      yield* pass("55 minutes")
      yield* pass("10 seconds")
      yield* pass("10 seconds")
      yield* pass("10 seconds")
      assert.strictEqual(outside.callsOf("setTimeout").length, 4)
      assert.strictEqual((yield* requestOf("101")).sandboxEndsAt, endAtE2B(outside))
    })
  )
  story("a node that takes over knows the end, and extends it in time", (outside) =>
    Effect.gen(function* () {
      const first = yield* working(outside)
      yield* pass("55 minutes")
      yield* Fiber.interrupt(first.fiber)
      yield* takeOverAndAct("second")
      yield* pass("54 minutes")
      assert.strictEqual(outside.callsOf("setTimeout").length, 1)
      yield* pass("1 minute")
      assert.strictEqual(outside.callsOf("setTimeout").length, 2)
    })
  )
  story("a sandbox that E2B ended at its time is told as that, though the stream broke first", (outside) =>
    Effect.gen(function* () {
      outside.longestLife = Duration.toMillis("60 minutes")
      const actor = yield* working(outside)
      yield* pass("59 minutes")
      yield* pass("59 seconds")
      outside.sandboxes.clear()
      outside.runner().busy = false
      yield* outside.loseStream()
      yield* settle
      yield* pass("10 seconds")
      assert.deepInclude(yield* ended(actor), { status: "failed", failureStage: "sandbox_timeout" })
    })
  )
  story("a sandbox that is found to be gone when more time is asked for is confirmed as gone", (outside) =>
    Effect.gen(function* () {
      const actor = yield* working(outside)
      outside.sandboxes.clear()
      outside.runner().busy = false
      yield* pass("55 minutes")
      yield* pass("10 seconds")
      assert.deepInclude(yield* ended(actor), { status: "failed", failureReason: "sandbox_gone" })
    })
  )
})

describe("while its runner waits for a job", () => {
  story(
    "a sandbox is not extended when GitHub says idle; its end is a failed attempt, and the job keeps its request",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* listening(outside)
        yield* settle
        yield* pass("55 minutes")
        assert.deepStrictEqual(outside.callsOf("setTimeout"), [])
        yield* pass("5 minutes")
        const request = yield* ended(actor)
        assert.deepInclude(request, { status: "queued", attempt: 1, lastErrorStage: "sandbox_timeout" })
      }),
    patient
  )
  story(
    "a job that it is given after that is given time at once",
    (outside) =>
      Effect.gen(function* () {
        yield* listening(outside)
        yield* settle
        yield* pass("56 minutes")
        assert.deepStrictEqual(outside.callsOf("setTimeout"), [])
        outside.runner().busy = true
        yield* outside.print("Running job: build\n")
        yield* settle
        assert.deepStrictEqual(outside.callsOf("setTimeout"), ["setTimeout 3600"])
        yield* pass("30 minutes")
        assert.deepInclude(yield* requestOf("101"), { status: "running", sandboxEndsAt: endAtE2B(outside) })
      }),
    patient
  )
  story(
    "a sandbox is extended when GitHub says busy, or says nothing",
    (outside) =>
      Effect.gen(function* () {
        yield* listening(outside)
        yield* settle
        outside.failNextAtGitHub("findRunner", gitHubDown)
        yield* pass("55 minutes")
        assert.strictEqual(outside.callsOf("setTimeout").length, 1)
        assert.strictEqual((yield* requestOf("101")).assignedJobName, null)
        outside.runner().busy = true
        yield* pass("55 minutes")
        assert.strictEqual(outside.callsOf("setTimeout").length, 2)
        assert.isNotNull((yield* requestOf("101")).assignedJobName)
      }),
    patient
  )
})
