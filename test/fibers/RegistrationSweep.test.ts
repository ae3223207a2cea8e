import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { Retryable } from "../../src/domain/Disposition.ts"
import * as GitHubError from "../../src/domain/GitHubError.ts"
import { Leadership } from "../../src/fibers/Leadership.ts"
import * as RegistrationSweep from "../../src/fibers/RegistrationSweep.ts"
import type { GitHub } from "../../src/services/github/GitHub.ts"
import type { Sandboxes } from "../../src/services/sandbox/Sandboxes.ts"
import { Instance } from "../../src/services/store/Instance.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { sqliteInMemory, type Stores } from "../support/StoreBackends.ts"
import { amend, claim, deliver, saveSpec } from "../support/StoreScenes.ts"
import { FakeOutside } from "./FakeOutside.ts"
import { settle } from "./ActorFixture.ts"

const unavailable = new GitHubError.Unavailable({ status: 502, detail: "" })

const jobs = [1, 2, 3]

/** Three requests of one repository have runners at GitHub, named after what they are claimed as. */
const threeRunners = Effect.fnUntraced(function* (outside: FakeOutside) {
  const { tag } = yield* Instance
  yield* saveSpec()
  for (const jobId of jobs) yield* deliver({ jobId, labels: ["self-hosted"] })
  const claims = yield* claim({ instanceTag: tag })
  const names = claims.map(({ request }) => request.runnerName!)
  for (const [index, name] of names.entries()) outside.runners.set(name, { id: index + 1, busy: false })
  return names as [string, string, string]
})

const story = <A, E>(
  title: string,
  body: (outside: FakeOutside) => Effect.Effect<A, E, Stores | GitHub | Sandboxes | Scope.Scope>
) =>
  it.effect(title, () =>
    Effect.suspend(() => {
      const outside = new FakeOutside()
      return Effect.provide(body(outside), Layer.merge(sqliteInMemory.layer, outside.layer))
    })
  )

describe("the sweep for runners at GitHub", () => {
  story(
    "removes a runner of ours that no unfinished request goes by, and neither a wanted one nor anybody else's",
    (outside) =>
      Effect.gen(function* () {
        const [one, two, three] = yield* threeRunners(outside)
        const { tag } = yield* Instance
        yield* amend("1", { status: "failed" })
        yield* amend("2", { runnerName: `e2b-${tag}-2-77` })
        const foreign = ["build-machine-7", "e2b-other1-1-1", `e2b-${tag}x-1-1`]
        for (const name of foreign) outside.runners.set(name, { id: 50 + foreign.indexOf(name), busy: false })
        outside.runners.set(`e2b-${tag}-9-1`, { id: 60, busy: false })
        const progress = yield* RegistrationSweep.start
        yield* RegistrationSweep.sweep(progress)
        assert.sameMembers([...outside.runners.keys()], [three, ...foreign])
        assert.isFalse(outside.runners.has(one) || outside.runners.has(two))
      })
  )
  story("finds also what was left of a request that ended while it waited for its next attempt", (outside) =>
    Effect.gen(function* () {
      const [one] = yield* threeRunners(outside)
      const [row] = yield* RequestStore.use((store) => store.named(["1"]))
      const disposition = new Retryable({ code: "github_timeout", message: "" })
      const attempt = { stage: "github_registration", dueAt: 0, maxAttempts: 5, clean: true } as const
      const requeued = yield* RequestStore.use((store) =>
        store.record(row!, [{ _tag: "AttemptFailed", disposition, ...attempt }])
      )
      assert.deepInclude(requeued, { status: "queued", runnerName: null })
      yield* amend("1", { status: "completed" })
      for (const id of ["2", "3"]) yield* amend(id, { status: "queued", runnerName: null, lastAttemptAt: null })
      yield* RegistrationSweep.sweep(yield* RegistrationSweep.start)
      assert.isFalse(outside.runners.has(one))
    })
  )
  story("leaves a busy runner alone, and looks again until it is gone (E-82)", (outside) =>
    Effect.gen(function* () {
      const [one] = yield* threeRunners(outside)
      outside.runners.get(one)!.busy = true
      yield* amend("1", { status: "completed" })
      const progress = yield* RegistrationSweep.start
      yield* TestClock.adjust("10 minutes")
      yield* RegistrationSweep.sweep(progress)
      assert.isTrue(outside.runners.has(one))
      yield* TestClock.adjust("1 hour")
      outside.runners.get(one)!.busy = false
      yield* RegistrationSweep.sweep(progress)
      assert.isFalse(outside.runners.has(one))
    })
  )
  story("asks nothing of GitHub where nothing has changed since it looked", (outside) =>
    Effect.gen(function* () {
      yield* threeRunners(outside)
      const progress = yield* RegistrationSweep.start
      for (const calls of [1, 1, 1]) {
        yield* TestClock.adjust("1 hour")
        yield* RegistrationSweep.sweep(progress)
        assert.strictEqual(outside.callsOf("listRunners").length, calls)
      }
    })
  )
  story(
    "looks again where the list or a removal failed, and not where GitHub says there is nothing of ours",
    (outside) =>
      Effect.gen(function* () {
        const [one] = yield* threeRunners(outside)
        yield* amend("1", { status: "failed" })
        const progress = yield* RegistrationSweep.start
        const sweepAnHourLater = TestClock.adjust("1 hour").pipe(Effect.andThen(RegistrationSweep.sweep(progress)))
        outside.failNextAtGitHub("listRunners", unavailable)
        yield* sweepAnHourLater
        outside.failNextAtGitHub("deleteRunner", unavailable)
        yield* sweepAnHourLater
        assert.isTrue(outside.runners.has(one))
        yield* sweepAnHourLater
        assert.isFalse(outside.runners.has(one))
        const lists = outside.callsOf("listRunners").length
        assert.strictEqual(lists, 3)
        yield* amend("2", { status: "failed", updatedAt: 3.5 * 3600 * 1000 })
        outside.failNextAtGitHub("listRunners", new GitHubError.NotFound({ detail: "" }))
        yield* sweepAnHourLater
        yield* sweepAnHourLater
        assert.strictEqual(outside.callsOf("listRunners").length, lists + 1)
      })
  )
  story("looks back a day when a process starts, and is repeated every hour", (outside) =>
    Effect.gen(function* () {
      const [one, two] = yield* threeRunners(outside)
      yield* amend("1", { status: "failed" })
      yield* TestClock.adjust("24 hours")
      yield* Layer.build(Layer.provide(RegistrationSweep.layer, Leadership.layerTest))
      yield* settle
      assert.isFalse(outside.runners.has(one))
      yield* amend("2", { status: "failed", updatedAt: 24.5 * 3600 * 1000 })
      yield* TestClock.adjust("1 hour")
      yield* settle
      assert.isFalse(outside.runners.has(two))
    })
  )
})
