// What is learnt of a runner's job when the runner has ended already, or its request is on its way to the next attempt.
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { deliver, requestOf, saveSpec } from "../support/StoreScenes.ts"
import { claimAndAct, provisioning, runnerNameOf, settle, story, takeOverAndAct, tell, until } from "./ActorFixture.ts"
import type { FakeOutside } from "./FakeOutside.ts"

/** Its owner dies as it starts the runner, whose registration is known and which takes the job all the same. Gives its name. */
const startedUnheard = (outside: FakeOutside) =>
  Effect.gen(function* () {
    outside.holdNext("start")
    const crashed = yield* provisioning
    yield* settle
    yield* Fiber.interrupt(crashed.fiber)
    return yield* runnerNameOf("101")
  })

/** GitHub has removed the ephemeral runner, as it does when its job is over. */
const workedAndGone = (outside: FakeOutside) => Effect.sync(() => outside.runners.clear())

describe("a runner that was made for a dead node and has done the job", () => {
  story("has done it for good: there is no next attempt", (outside) =>
    Effect.gen(function* () {
      const runnerName = yield* startedUnheard(outside)
      yield* workedAndGone(outside)
      yield* deliver({ status: "completed", conclusion: "success", runnerName })
      yield* Fiber.join((yield* takeOverAndAct("second")).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "completed", assignedJobId: 101, failureStage: null })
      assert.strictEqual(outside.callsOf("create").length, 1)
      assert.strictEqual(outside.sandboxes.size, 0)
    })
  )
  story("also when its event comes after the request has gone back in line", (outside) =>
    Effect.gen(function* () {
      const runnerName = yield* startedUnheard(outside)
      yield* workedAndGone(outside)
      yield* Fiber.join((yield* takeOverAndAct("second")).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", attempt: 0, runnerName: null })
      yield* deliver({ status: "completed", conclusion: "success", runnerName })
      yield* Fiber.join((yield* claimAndAct({ roomInAll: 0 })).fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.strictEqual(outside.callsOf("create").length, 1)
    })
  )
  story("also when that event is lost: GitHub is asked before another sandbox is made", (outside) =>
    Effect.gen(function* () {
      const runnerName = yield* startedUnheard(outside)
      yield* workedAndGone(outside)
      yield* Fiber.join((yield* takeOverAndAct("second")).fiber)
      outside.jobs.set(101, { status: "completed", conclusion: "success", runnerName, runnerId: 901 })
      yield* Fiber.join((yield* claimAndAct()).fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.strictEqual(outside.callsOf("create").length, 1)
    })
  )
})

/** Two pools of one repository: what fits the small runner fits the large one, too. Job 101 wants a large one. */
const largeRunner = (outside: FakeOutside) =>
  Effect.gen(function* () {
    yield* saveSpec({ priority: 1 })
    yield* saveSpec({ name: "large", labels: ["self-hosted", "e2b", "large"] })
    yield* deliver({ labels: ["self-hosted", "large"] })
    const actor = yield* claimAndAct()
    yield* until("101", ({ status }) => status === "running")
    yield* outside.print("Listening for Jobs\n")
    yield* until("101", ({ readyAt }) => readyAt !== null)
    yield* deliver({ jobId: 102 })
    return actor
  })

const replacements = RequestStore.use((store) => Effect.map(store.named(["101-2"]), (found) => found.length))

describe("a runner that was given a short job of another pool, of which GitHub tells late", () => {
  for (const [what, status] of [
    ["is over", "completed"],
    ["has begun", "in_progress"]
  ] as const) {
    story(`when its event says that it ${what}, the job it was made for gets a new request at once`, (outside) =>
      Effect.gen(function* () {
        const actor = yield* largeRunner(outside)
        const runnerName = yield* runnerNameOf("101")
        yield* outside.print("Running job: other\n")
        yield* outside.exit(0)
        yield* until("101", (request) => request.status === "stopping")
        assert.strictEqual(yield* replacements, 0)
        yield* tell(actor, { jobId: 102, name: "other", status, runnerName })
        yield* settle
        assert.strictEqual(yield* replacements, 1)
        yield* TestClock.adjust("10 seconds")
        yield* Fiber.join(actor.fiber)
        assert.deepInclude(yield* requestOf("101"), { status: "completed", assignedJobId: 102 })
      })
    )
  }
  story("and is still at work, is not removed for that", (outside) =>
    Effect.gen(function* () {
      const actor = yield* largeRunner(outside)
      const runnerName = yield* runnerNameOf("101")
      outside.failNextAtGitHub("deleteRunner", new GitHubError.Unavailable({ status: 502, detail: "" }))
      yield* tell(actor, { status: "completed", conclusion: "cancelled", labels: ["self-hosted", "large"] })
      yield* Fiber.join(actor.fiber)
      assert.strictEqual((yield* requestOf("101")).status, "stopping")
      outside.runner().busy = true
      yield* deliver({ jobId: 102, status: "in_progress", runnerName })
      yield* claimAndAct()
      yield* until("101", ({ assignedJobId, status }) => status === "running" && assignedJobId === 102)
      assert.deepStrictEqual(outside.callsOf("kill"), [])
    })
  )
})

describe("a request that stays in line for another job of its pool", () => {
  story("costs nothing when that job has ended before its turn came", (outside) =>
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ jobId: 102 })
      const other = yield* claimAndAct()
      yield* until("102", ({ status }) => status === "running")
      yield* deliver()
      yield* deliver({ status: "in_progress", runnerName: yield* runnerNameOf("102") })
      yield* Fiber.join((yield* claimAndAct({ roomInAll: 0 })).fiber)
      assert.deepInclude(yield* requestOf("101"), { status: "queued", owner: null })
      yield* tell(other, { jobId: 102, status: "completed", conclusion: "cancelled" })
      yield* settle
      assert.strictEqual((yield* requestOf("102")).status, "running")
      yield* Fiber.join((yield* claimAndAct()).fiber)
      assert.strictEqual((yield* requestOf("101")).status, "completed")
      assert.strictEqual(outside.callsOf("create").length, 1)
    })
  )
})
