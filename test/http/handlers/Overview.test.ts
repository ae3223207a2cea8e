import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { JobTimesView, OverviewView } from "../../../src/http/api/OverviewApi.ts"
import { StoreClock } from "../../../src/services/store/StoreClock.ts"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { amend, deliver, receivedAt, saveSpec } from "../../support/StoreScenes.ts"
import { manage, story } from "../ServerFixture.ts"

const base = makeConfig()
const overview = Effect.map(manage("GET", "/overview"), ({ json }) => json as OverviewView)

describe("GET /overview", () => {
  story(
    "of nothing is zeros and nulls",
    Effect.gen(function* () {
      const { at, ...rest } = yield* overview
      assert.isFalse(Number.isNaN(Date.parse(at)))
      assert.deepStrictEqual(rest, {
        requests: { queued: 0, creating: 0, running: 0, stopping: 0 },
        runners: { busy: 0, idle: 0, pending: 0, sandboxes: 0, max_concurrent_runners: null },
        specs: [],
        oldest_queued_at: null,
        last_delivery_at: null
      })
    }),
    { ...base, worker: { ...base.worker, maxConcurrentRunners: "unlimited" } }
  )
  story(
    "counts what is unfinished, and what each spec's runners do beside what it may have",
    Effect.gen(function* () {
      yield* saveSpec({ maxConcurrency: 7 })
      yield* saveSpec({ name: "large", labels: ["self-hosted", "large"], enabled: false })
      for (const jobId of [101, 102, 103, 104, 105, 106, 107]) yield* deliver({ jobId })
      yield* amend("101", { status: "running", assignedJobId: 101, sandboxMayExist: 1 })
      yield* amend("102", { status: "running", sandboxMayExist: 1 })
      yield* amend("103", { status: "creating", sandboxMayExist: 1 })
      yield* amend("104", { queuedAt: 5000 })
      yield* amend("106", { status: "stopping", assignedJobId: 106 })
      yield* amend("107", { status: "completed" })
      yield* receivedAt(7000, 9000, 8000, 1000, 1000, 1000, 1000)
      const answer = yield* overview
      assert.deepStrictEqual(answer.requests, { queued: 2, creating: 1, running: 2, stopping: 1 })
      const use = { busy: 2, idle: 1, pending: 3, sandboxes: 3 }
      assert.deepStrictEqual(answer.runners, { ...use, max_concurrent_runners: 9 })
      const oldest = "1970-01-01T00:00:05.000Z"
      const none = {
        busy: 0,
        idle: 0,
        pending: 0,
        sandboxes: 0,
        max_concurrency: null,
        oldest_queued_at: null,
        runner: null,
        breaker: null
      }
      assert.deepStrictEqual(answer.specs, [
        { name: "large", enabled: false, ...none },
        {
          name: "small",
          enabled: true,
          ...use,
          max_concurrency: 7,
          oldest_queued_at: oldest,
          runner: null,
          breaker: null
        }
      ])
      assert.strictEqual(answer.oldest_queued_at, oldest)
      assert.strictEqual(answer.last_delivery_at, "1970-01-01T00:00:09.000Z")
    }),
    { ...base, worker: { ...base.worker, maxConcurrentRunners: 9 } }
  )
  story(
    "tells of a spec that was deleted as long as requests name it",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ jobId: 101 })
      yield* amend("101", { status: "running", assignedJobId: 101 })
      yield* manage("DELETE", "/runner_specs/small")
      const { specs } = yield* overview
      assert.deepInclude(specs[0], { name: "small", enabled: false, busy: 1, max_concurrency: null })
    })
  )
})

describe("GET /overview/job_times", () => {
  story(
    "are seconds, in slices that end now",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ jobId: 101 })
      const now = yield* StoreClock.use((clock) => clock.now)
      yield* amend("101", { queuedAt: now - 90_000, assignedAt: now - 60_000, stoppingAt: now - 500 })
      const { slices } = (yield* manage("GET", "/overview/job_times?hours=168")).json as JobTimesView
      assert.lengthOf(slices, 24)
      const found = slices.filter(({ queue, run }) => queue !== null || run !== null)
      // An end of a slice may lie between the two.
      assert.deepStrictEqual(
        found.flatMap(({ queue }) => queue ?? []),
        [{ jobs: 1, p50: 30, p95: 30 }]
      )
      assert.deepStrictEqual(
        found.flatMap(({ run }) => run ?? []),
        [{ jobs: 1, p50: 59.5, p95: 59.5 }]
      )
      assert.isAtLeast(Date.parse(slices.at(-1)?.to ?? ""), now)
    })
  )
  for (const wrong of ["0", "169", "1.5", "six"]) {
    story(
      `hours=${wrong} is 400 that names the field`,
      Effect.gen(function* () {
        const answer = yield* manage("GET", `/overview/job_times?hours=${wrong}`)
        assert.strictEqual(answer.status, 400)
        assert.include(answer.text, "hours")
      })
    )
  }
})
