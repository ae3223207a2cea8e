import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import * as SandboxError from "../../src/domain/SandboxError.ts"
import { LogStore } from "../../src/services/store/LogStore.ts"
import { deliver, requestOf } from "../support/StoreScenes.ts"
import {
  type Actor,
  claimAndAct,
  listening,
  makeConfig,
  provisioning,
  running,
  runnerNameOf,
  settle,
  story,
  takeOverAndAct,
  tell,
  told,
  until
} from "./ActorFixture.ts"
import type { FakeOutside } from "./FakeOutside.ts"

const ended = (actor: Actor) => Effect.andThen(Fiber.join(actor.fiber), requestOf("101"))
const countOf = (codes: ReadonlyArray<string>, code: string) => codes.filter((each) => each === code).length
const unreachable = new SandboxError.ConnectionFailed({ detail: "refused" })

describe("what the runner prints", () => {
  story("is stored, line ends and all, also what came in the last moment", (outside) =>
    Effect.gen(function* () {
      yield* running
      yield* outside.print("one\ntw")
      yield* outside.print("o\n")
      yield* outside.print("oh\n", "stderr")
      yield* outside.exit(1)
      yield* until("101", ({ status }) => status !== "running")
      const logs = yield* LogStore
      assert.strictEqual(yield* logs.tail("101", "stdout", 100), "one\ntwo\n")
      assert.strictEqual(yield* logs.tail("101", "stderr", 100), "oh\n")
    })
  )
  story("a marker split over two pieces counts, and one told twice is told once in the timeline (E-57)", (outside) =>
    Effect.gen(function* () {
      yield* running
      yield* outside.print("Listening ")
      yield* outside.print("for Jobs\n")
      yield* until("101", ({ readyAt }) => readyAt !== null)
      yield* outside.print("Listening for Jobs\n")
      yield* settle
      assert.strictEqual(countOf(yield* told("101"), "runner_ready"), 1)
    })
  )
  story("an error that is printed again and again is noted once", (outside) =>
    Effect.gen(function* () {
      yield* running
      for (let times = 0; times < 5; times += 1) yield* outside.print("Runner connect error: no route. Retrying\n")
      yield* settle
      assert.strictEqual(countOf(yield* told("101"), "note"), 1)
    })
  )
})

describe("the process ends", () => {
  story("before it took a job: one attempt spent, everything removed, tried again", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* outside.exit(0)
      const request = yield* ended(actor)
      assert.deepInclude(request, { status: "queued", attempt: 1, lastErrorCode: "runner_exited" })
      assert.strictEqual(outside.sandboxes.size + outside.runners.size, 0)
    })
  )
  story(
    "with the start script's code for a registration that GitHub refused: the next one asks for all it needs",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        yield* outside.exit(2)
        assert.deepInclude(yield* ended(actor), { status: "queued", attempt: 1, lastErrorCode: "runner_exited" })
        assert.lengthOf(outside.callsOf("forgetRegistration"), 1)
      })
  )
  story("before its start was even known: the same, and its row had it running first", (outside) =>
    Effect.gen(function* () {
      outside.endsAtOnce = 1
      const actor = yield* provisioning
      assert.deepInclude(yield* ended(actor), { status: "queued", attempt: 1, lastErrorCode: "runner_exited" })
      assert.includeMembers([...(yield* told("101"))], ["runner_started", "runner_exited", "sandbox_removed"])
      assert.strictEqual(outside.sandboxes.size + outside.runners.size, 0)
    })
  )
  describe("before it took the job that GitHub had just sent it", () => {
    /** GitHub calls it busy for a minute, and queues the job again then. */
    const sentAndDead = Effect.fnUntraced(function* (outside: FakeOutside, exitCode: number) {
      const actor = yield* listening(outside)
      outside.runner().busy = true
      yield* outside.exit(exitCode)
      return actor
    })
    /** The next attempt's runner, at once after the first has failed. */
    const nextAttempt = Effect.fnUntraced(function* (outside: FakeOutside) {
      yield* TestClock.setTime((yield* requestOf("101")).dueAt ?? 0)
      outside.processAlive = true
      const actor = yield* claimAndAct()
      yield* until("101", ({ status }) => status === "running")
      return actor
    })
    story(
      "with code 0: a failed attempt at once, its sandbox is gone, and the next does not wait for GitHub",
      (outside) =>
        Effect.gen(function* () {
          const first = yield* sentAndDead(outside, 0)
          const firstName = yield* runnerNameOf("101")
          assert.deepInclude(yield* ended(first), {
            status: "queued",
            attempt: 1,
            lastErrorCode: "runner_exited",
            leftRunnerName: firstName,
            exitedAt: null
          })
          assert.strictEqual(outside.sandboxes.size, 0)
          const second = yield* nextAttempt(outside)
          assert.strictEqual((yield* requestOf("101")).attempt, 1)
          outside.runner().busy = false
          yield* tell(second, { status: "completed", conclusion: "success", runnerName: yield* runnerNameOf("101") })
          assert.deepInclude(yield* ended(second), { status: "completed", leftRunnerName: null })
          assert.isFalse(outside.runners.has(firstName ?? ""), "the first one's registration went with the second's")
        })
    )
    story("what is left of it is tried until GitHub gives it up, and the request ends only then", (outside) =>
      Effect.gen(function* () {
        yield* ended(yield* sentAndDead(outside, 0))
        const second = yield* nextAttempt(outside)
        yield* tell(second, { status: "completed", conclusion: "success", runnerName: yield* runnerNameOf("101") })
        const waiting = yield* ended(second)
        assert.deepInclude(waiting, { status: "stopping", outcome: "completed", sandboxMayExist: false })
        outside.runner().busy = false
        yield* TestClock.setTime(waiting.cleanupDueAt ?? 0)
        assert.deepInclude(yield* ended(yield* claimAndAct()), { status: "completed", leftRunnerName: null })
      })
    )
    story("when the next dies like that too, the first one's registration goes before another is left", (outside) =>
      Effect.gen(function* () {
        yield* ended(yield* sentAndDead(outside, 0))
        const second = yield* nextAttempt(outside)
        const [first] = outside.runners.values()
        first!.busy = false
        const secondName = yield* runnerNameOf("101")
        outside.runners.get(secondName ?? "")!.busy = true
        yield* outside.exit(0)
        assert.deepInclude(yield* ended(second), { status: "queued", attempt: 2, leftRunnerName: secondName })
        assert.deepStrictEqual([...outside.runners.keys()], [secondName])
      })
    )
    story("by a signal, which may have hit its script alone: it stays while GitHub calls it busy", (outside) =>
      Effect.gen(function* () {
        yield* sentAndDead(outside, 137)
        yield* until("101", ({ assignedJobName }) => assignedJobName !== null)
        yield* settle
        assert.strictEqual((yield* requestOf("101")).status, "running")
        assert.deepStrictEqual(outside.callsOf("kill"), [])
      })
    )
  })
  for (const [what, printed, says] of [
    ["the last line of stderr", ["out\n", "first\nno space left\n\n"], 'it last said "no space left" (stderr log)'],
    ["that of stdout when stderr is empty", ["one\ntwo\n", ""], 'it last said "two" (stdout log)'],
    ["that it printed nothing", ["", ""], "it printed nothing"]
  ] as const) {
    story(`the sentence says the exit code and ${what} (E-49)`, (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        if (printed[0] !== "") yield* outside.print(printed[0])
        if (printed[1] !== "") yield* outside.print(printed[1], "stderr")
        yield* outside.exit(1)
        const { lastErrorMessage } = yield* ended(actor)
        assert.include(lastErrorMessage ?? "", "with code 1")
        assert.include(lastErrorMessage ?? "", says)
      })
    )
  }
  story("after a job, with code 0: completed", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* outside.print("Running job: build\n")
      yield* outside.exit(0)
      yield* settle
      yield* tell(actor, { status: "completed", conclusion: "failure", runnerName: yield* runnerNameOf("101") })
      assert.deepInclude(yield* ended(actor), { status: "completed", failureStage: null })
    })
  )
  story("during a job, with another code: failed with that reason, and the attempt is not repeated", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* outside.print("Running job: build\n")
      yield* outside.exit(137)
      yield* settle
      yield* TestClock.adjust("10 seconds")
      const request = yield* ended(actor)
      assert.deepInclude(request, { status: "failed", failureStage: "runner_exit", failureReason: "exit_code_137" })
    })
  )
  story("while nobody watched: GitHub says whether it had worked", (outside) =>
    Effect.gen(function* () {
      const first = yield* listening(outside)
      yield* Fiber.interrupt(first.fiber)
      const runnerName = yield* runnerNameOf("101")
      outside.processAlive = false
      outside.jobs.set(101, { status: "completed", conclusion: "success", runnerName, runnerId: 901 })
      const request = yield* ended(yield* takeOverAndAct("second"))
      assert.deepInclude(request, { status: "completed", attempt: 0, assignedJobId: 101 })
    })
  )
})

describe("a lost stream", () => {
  story(
    "is not an end, whatever GitHub says: the same process is followed again, at once, and both are told (E-48, E-88)",
    (outside) =>
      Effect.gen(function* () {
        yield* listening(outside)
        yield* outside.loseStream()
        yield* until("101", () => outside.callsOf("connect").length === 1)
        yield* settle
        yield* outside.print("Running job: build\n")
        yield* until("101", ({ assignedJobName }) => assignedJobName === "build")
        assert.includeMembers([...(yield* told("101"))], ["stream_lost", "stream_reconnected"])
        assert.deepStrictEqual(outside.callsOf("kill"), [])
      })
  )
  for (const [when, time] of [
    ["soon after the start", 0],
    ["long after it", 3_000_000]
  ] as const) {
    story(
      `while E2B cannot be reached, ${when}: tried again with backoff, not at network speed, and it keeps running`,
      (outside) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(10_000_000)
          yield* listening(outside)
          yield* outside.print("Running job: build\n")
          yield* settle
          yield* TestClock.adjust(time)
          for (let times = 0; times < 5; times += 1) outside.failNext("get", unreachable)
          yield* outside.loseStream()
          yield* settle
          assert.isAtMost(outside.callsOf("get").length, 2)
          yield* TestClock.adjust("1 minute")
          yield* settle
          assert.strictEqual(outside.callsOf("get").length, 6)
          assert.strictEqual(outside.callsOf("connect").length, 1)
          assert.strictEqual((yield* requestOf("101")).status, "running")
          assert.strictEqual(countOf(yield* told("101"), "stream_lost"), 1)
        })
    )
  }
  story("a node that takes over while E2B cannot be reached waits with backoff too", (outside) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(10_000_000)
      const first = yield* listening(outside)
      yield* Fiber.interrupt(first.fiber)
      for (let times = 0; times < 50; times += 1) outside.failNext("get", unreachable)
      yield* takeOverAndAct("second")
      yield* settle
      assert.isAtMost(outside.callsOf("get").length, 3)
      yield* TestClock.adjust("10 seconds")
      yield* settle
      assert.isAbove(outside.callsOf("get").length, 3)
      assert.strictEqual((yield* requestOf("101")).status, "running")
    })
  )
  story("because the sandbox is gone: one attempt spent before a job, failed with that reason during one", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      outside.sandboxes.clear()
      yield* outside.loseStream()
      assert.deepInclude(yield* ended(actor), { status: "queued", attempt: 1, lastErrorCode: "sandbox_gone" })
    })
  )
  story("because the sandbox is gone, though GitHub still has the job queued: the job gets a new runner", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* outside.print("Running job: build\n")
      yield* settle
      outside.sandboxes.clear()
      yield* outside.loseStream()
      yield* settle
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* ended(actor), { status: "queued", attempt: 1, lastErrorCode: "sandbox_gone" })
      assert.strictEqual(outside.runners.size, 0)
    })
  )
  story(
    "because the sandbox is gone as GitHub sends its runner the job: the job gets a new runner, and does not wait until GitHub gives the dead one up",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* listening(outside)
        const left = yield* runnerNameOf("101")
        outside.sandboxes.clear()
        outside.runner().busy = true
        yield* outside.loseStream()
        assert.deepInclude(yield* ended(actor), {
          status: "queued",
          attempt: 1,
          lastErrorCode: "sandbox_gone",
          leftRunnerName: left
        })
        assert.notInclude(yield* told("101"), "stop_withdrawn")
        assert.deepStrictEqual(outside.callsOf("kill"), [])
      })
  )
  story("because the sandbox is gone when the job was over already: completed", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* outside.print("Running job: build\n")
      yield* settle
      outside.sandboxes.clear()
      outside.jobs.set(101, { status: "completed", conclusion: "success", runnerName: yield* runnerNameOf("101") })
      yield* outside.loseStream()
      assert.deepInclude(yield* ended(actor), { status: "completed", failureStage: null })
    })
  )
  story("because the sandbox is gone, during a job: failed with that reason", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* outside.print("Running job: build\n")
      yield* settle
      outside.sandboxes.clear()
      outside.jobs.set(101, { status: "in_progress", runnerName: yield* runnerNameOf("101"), runnerId: 901 })
      yield* outside.loseStream()
      yield* settle
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* ended(actor), { status: "failed", failureReason: "sandbox_gone" })
    })
  )
})

describe("a process that ended while nobody watched, during a job", () => {
  /** It ends as its job runs, or as GitHub has just sent it one, and GitHub calls it busy for ten minutes. */
  const endedBusy = Effect.fnUntraced(function* (outside: FakeOutside, printed: string) {
    const actor = yield* listening(outside)
    yield* outside.print(printed)
    yield* settle
    outside.runner().busy = true
    yield* outside.exit(null)
    yield* settle
    yield* TestClock.adjust("10 minutes")
    yield* settle
    assert.strictEqual((yield* requestOf("101")).status, "running")
    assert.deepStrictEqual(outside.callsOf("kill"), [])
    assert.strictEqual(countOf(yield* told("101"), "runner_exited"), 1)
    return actor
  })
  /** GitHub is asked again, and after its `completed` event might have come. */
  const later = settle.pipe(
    Effect.andThen(TestClock.adjust("30 seconds")),
    Effect.andThen(settle),
    Effect.andThen(TestClock.adjust("10 seconds"))
  )
  story("stays while GitHub says that the runner is busy, and is done when GitHub has removed it", (outside) =>
    Effect.gen(function* () {
      const actor = yield* endedBusy(outside, "Running job: build\n")
      outside.runners.clear()
      yield* later
      assert.deepInclude(yield* ended(actor), { status: "completed", attempt: 0, failureStage: null })
    })
  )
  for (const printed of ["Running job: build\n", ""]) {
    const sign = printed === "" ? "no sign of a job" : "a sign of one"
    story(`is a failed attempt when GitHub has it registered and idle in the end, after ${sign}`, (outside) =>
      Effect.gen(function* () {
        const actor = yield* endedBusy(outside, printed)
        outside.runner().busy = false
        yield* later
        assert.deepInclude(yield* ended(actor), { status: "queued", attempt: 1, lastErrorCode: "runner_exited" })
        assert.strictEqual(outside.sandboxes.size + outside.runners.size, 0)
      })
    )
  }
})

describe("a process that ended while nobody watched, before any sign of a job", () => {
  story("has worked when GitHub has removed its registration: the request is done, not tried again", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      outside.runners.clear()
      yield* outside.exit(null)
      yield* settle
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* ended(actor), { status: "completed", attempt: 0, failureStage: null })
      assert.deepStrictEqual(outside.callsOf("getJob"), [])
    })
  )
})

describe("a process that ended while nobody watched, before it listened", () => {
  story(
    "is not known to have been registered by its token: GitHub does not know it, and it is a failed attempt",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        yield* outside.exit(null)
        assert.deepInclude(yield* ended(actor), { status: "queued", attempt: 1, lastErrorCode: "runner_exited" })
      }),
    makeConfig("token")
  )
})

describe("deadlines", () => {
  story(
    "a runner that never listens is removed after the ready time-out and tried again, to the millisecond",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* running
        yield* settle
        yield* TestClock.adjust(119_999)
        yield* settle
        assert.strictEqual((yield* requestOf("101")).status, "running")
        yield* TestClock.adjust(1)
        assert.deepInclude(yield* ended(actor), { status: "queued", attempt: 1, lastErrorCode: "runner_not_ready" })
        assert.strictEqual(outside.sandboxes.size + outside.runners.size, 0)
      })
  )
  story("a runner whose first words nobody heard listens when GitHub says so, and is left where it is", (outside) =>
    Effect.gen(function* () {
      const first = yield* running
      yield* Fiber.interrupt(first.fiber)
      yield* outside.print("Listening for Jobs\n")
      const second = yield* takeOverAndAct("second")
      yield* settle
      assert.isNull((yield* requestOf("101")).readyAt)
      yield* TestClock.adjust("2 minutes")
      yield* until("101", ({ readyAt }) => readyAt !== null)
      assert.deepInclude(yield* requestOf("101"), { status: "running", attempt: 0, assignedJobName: null })
      assert.deepStrictEqual(outside.callsOf("kill"), [])
      yield* settle
      yield* TestClock.adjust("5 minutes")
      assert.deepInclude(yield* ended(second), { lastErrorCode: "runner_idle" })
    })
  )
  story("a runner that works though nobody heard it listen is left at work", (outside) =>
    Effect.gen(function* () {
      yield* running
      outside.runner().busy = true
      yield* settle
      yield* TestClock.adjust("2 minutes")
      yield* until("101", ({ assignedJobName }) => assignedJobName !== null)
      yield* settle
      assert.deepInclude(yield* requestOf("101"), { status: "running", attempt: 0, failureStage: null })
      assert.notInclude(yield* told("101"), "stopping")
    })
  )
  story(
    "an idle runner whose job went elsewhere: its registration goes first, then the sandbox, and it is done",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* listening(outside)
        outside.jobs.set(101, { status: "completed", conclusion: "success", runnerName: "another" })
        yield* settle
        yield* TestClock.adjust("5 minutes")
        assert.deepInclude(yield* ended(actor), { status: "completed", attempt: 0 })
        assert.deepStrictEqual(outside.calls.slice(-2), ["deleteRunner 901", "kill sbx-1"])
      })
  )
  story(
    "an idle runner whose own job still waits is a failed attempt: the job does not lose its request (E-53), and the next does not rely on what was known of the runner group",
    (outside) =>
      Effect.gen(function* () {
        const actor = yield* listening(outside)
        yield* settle
        assert.deepStrictEqual(outside.callsOf("forgetRegistration"), [])
        yield* TestClock.adjust("5 minutes")
        yield* settle
        assert.lengthOf(outside.callsOf("forgetRegistration"), 1)
        assert.deepInclude(yield* ended(actor), { status: "queued", attempt: 1, lastErrorCode: "runner_idle" })
      })
  )
  story("GitHub says busy, or cannot say: the idle runner stays (E-51, E-52)", (outside) =>
    Effect.gen(function* () {
      yield* listening(outside)
      yield* settle
      outside.failNextAtGitHub("findRunner", new GitHubError.Unavailable({ status: 502, detail: "" }))
      yield* TestClock.adjust("5 minutes")
      yield* settle
      assert.deepInclude(yield* requestOf("101"), { status: "running", assignedJobName: null })
      outside.runner().busy = true
      yield* TestClock.adjust("30 seconds")
      yield* settle
      const request = yield* requestOf("101")
      assert.strictEqual(request.status, "running")
      assert.isNotNull(request.assignedJobName)
      yield* TestClock.adjust("20 minutes")
      yield* settle
      assert.strictEqual((yield* requestOf("101")).status, "running")
      assert.deepStrictEqual(outside.callsOf("kill"), [])
    })
  )
  story("a runner that takes a job between the question and the removal is withdrawn from it (E-51)", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* deliver({ status: "in_progress", runnerName: "another" })
      outside.runner().busy = true
      yield* tell(actor, { status: "completed", runnerName: "another" })
      yield* until("101", ({ assignedJobName }) => assignedJobName !== null)
      yield* settle
      assert.strictEqual((yield* requestOf("101")).status, "running")
      assert.deepStrictEqual(outside.callsOf("kill"), [])
      yield* outside.print("Running job: stolen\n")
      yield* until("101", ({ assignedJobName }) => assignedJobName === "stolen")
    })
  )
})

describe("what GitHub says", () => {
  story("the runner took another job of its pool: it goes on, and is done when that job is over (E-80)", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      const runnerName = yield* runnerNameOf("101")
      yield* deliver({ jobId: 102 })
      yield* tell(actor, { jobId: 102, status: "in_progress", runnerName })
      yield* until("101", ({ assignedJobId }) => assignedJobId === 102)
      yield* tell(actor, { status: "completed", conclusion: "cancelled" })
      yield* settle
      assert.strictEqual((yield* requestOf("101")).status, "running")
      yield* tell(actor, { jobId: 102, status: "completed", conclusion: "success", runnerName })
      assert.strictEqual((yield* ended(actor)).status, "completed")
    })
  )
  story("completed, without in_progress before it: done all the same (E-78)", (outside) =>
    Effect.gen(function* () {
      const actor = yield* listening(outside)
      yield* tell(actor, { status: "completed", conclusion: "success", runnerName: yield* runnerNameOf("101") })
      assert.deepInclude(yield* ended(actor), { status: "completed", assignedJobId: 101 })
    })
  )
})
