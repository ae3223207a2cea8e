// What every database must do so that no waiting job is left without a runner, whoever took whose job.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as TestClock from "effect/testing/TestClock"
import type { RequestFact } from "../../src/domain/RequestFact.ts"
import { isFinished } from "../../src/domain/RunnerRequest.ts"
import { JobStore } from "../../src/services/store/JobStore.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, forAll, requestOf, runsOn, saveSpec } from "./StoreScenes.ts"

const now = 1_000_000

/** Requests for these jobs, each with a runner that listens. */
const listening = Effect.fnUntraced(function* (jobIds: ReadonlyArray<number>) {
  yield* saveSpec()
  for (const jobId of jobIds) yield* deliver({ jobId })
  const claims = yield* claim()
  for (const { request } of claims) {
    yield* RequestStore.use((store) =>
      store.record(request, [
        { _tag: "SandboxCreated", sandboxId: `i${request.id}`, endsAt: 3_600_000 },
        { _tag: "RunnerStarted", pid: 7 },
        { _tag: "RunnerReady" }
      ])
    )
  }
})

const tookJob = (requestId: string, jobId: number) =>
  Effect.flatMap(requestOf(requestId), ({ runnerName }) => deliver({ jobId, status: "in_progress", runnerName }))

/** What an actor makes of news. */
const judge = (requestId: string) =>
  Effect.flatMap(requestOf(requestId), (request) =>
    request.status !== "running"
      ? Effect.void
      : RequestStore.use((store) =>
          store.judge(request, (verdict): ReadonlyArray<RequestFact> =>
            verdict._tag === "Assigned"
              ? [{ _tag: "JobAssigned", jobId: verdict.jobId, jobName: verdict.jobName }]
              : verdict._tag === "Surplus"
                ? [{ _tag: "StopWanted", message: verdict.message }]
                : []
          )
        ).pipe(Effect.asVoid)
  )

const everything = RequestSearch.use((store) =>
  Effect.map(store.search({ page: { limit: 500, offset: 0 } }), (p) => p.requests)
)

const waitingIn = (pool: string | null) => JobStore.use((jobs) => jobs.waitingIn(pool ?? "", 500))

const sweep = RequestStore.use((store) => store.coverDemand())

/** Jobs 101, 102, … and a runner for each, which is given the job at `took[n]`, or none. */
const swaps = fc.integer({ min: 2, max: 5 }).chain((size) =>
  fc.record({
    took: fc
      .shuffledSubarray(Array.from({ length: size }, (_, n) => n))
      .map((taken) => Array.from({ length: size }, (_, n) => taken[n] ?? null)),
    order: fc.array(fc.nat(), { minLength: size * 3, maxLength: size * 3 })
  })
)

/** Every fact once and, somewhere after it, a judgement of the two requests it concerns. */
const stepsOf = (took: ReadonlyArray<number | null>, order: ReadonlyArray<number>) => {
  const open = took.flatMap((job, runner) =>
    job === null
      ? []
      : [
          { runner, job, left: ["fact", "runner", "own"] },
          // Judged in the other order, too.
          { runner, job, left: ["", "own", "runner"] }
        ].slice(runner % 2, (runner % 2) + 1)
  )
  const steps: Array<{ readonly kind: string; readonly runner: number; readonly job: number }> = []
  for (let turn = 0; open.some((one) => one.left.length > 0); turn += 1) {
    const pending = open.filter((one) => one.left.length > 0)
    const one = pending[(order[turn] ?? 0) % pending.length]!
    const kind = one.left.shift()!
    steps.push({ kind: kind === "" ? "fact" : kind, runner: one.runner, job: one.job })
  }
  return steps
}

export const demandContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => TestClock.setTime(now).pipe(Effect.andThen(body), Effect.provide(layer)))

  describe(`demand and supply on ${name}`, () => {
    test(
      "a runner that GitHub says is taken is not free, though its actor has not written it yet",
      Effect.gen(function* () {
        yield* listening([101, 102, 103])
        yield* tookJob("101", 102)
        yield* tookJob("103", 103)
        yield* judge("101")
        yield* judge("102")
        assert.strictEqual((yield* requestOf("102")).status, "running", "job 101 waits, and only this runner is free")
      })
    )

    it.effect("whatever runners take in whatever order, a runner is there for each job that still waits", () =>
      forAll(swaps, runsOn(name, 60), ({ order, took }) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(now)
          yield* listening(took.map((_, n) => 101 + n))
          for (const { job, kind, runner } of stepsOf(took, order)) {
            if (kind === "fact") yield* tookJob(`${101 + runner}`, 101 + job)
            else yield* judge(`${101 + (kind === "runner" ? runner : job)}`)
          }
          const requests = yield* everything
          const waiting = yield* waitingIn(requests[0]!.pool)
          const free = requests.filter(
            (request) => !isFinished(request) && request.status !== "stopping" && request.assignedJobId === null
          )
          assert.isAtLeast(free.length, waiting.length)
        }).pipe(Effect.provide(layer))
      )
    )

    test(
      "the sweep gives a new request to a waiting job that nobody serves, once",
      Effect.gen(function* () {
        yield* listening([101])
        yield* amend("101", { status: "completed", owner: null })
        assert.strictEqual(yield* sweep, 1)
        assert.deepInclude(yield* requestOf("101-2"), { status: "queued", jobId: 101, owner: null })
        assert.strictEqual(yield* sweep, 0)
      })
    )

    test(
      "the sweep makes no new request for a job whose request an operator stopped, nor for one that does not wait (E-77)",
      Effect.gen(function* () {
        yield* listening([101, 102])
        yield* amend("101", { status: "completed", owner: null, stopAskedAt: 5 })
        yield* amend("102", { status: "completed", owner: null })
        yield* deliver({ jobId: 102, status: "completed", conclusion: "cancelled" })
        assert.strictEqual(yield* sweep, 0)
      })
    )
    test(
      "a job whose request an operator stopped is no demand: it keeps no other request of the pool alive",
      Effect.gen(function* () {
        yield* listening([101, 102])
        yield* amend("101", { status: "completed", owner: null, stopAskedAt: 5 })
        yield* deliver({ jobId: 102, status: "completed", conclusion: "cancelled" })
        yield* judge("102")
        assert.deepInclude(yield* requestOf("102"), { status: "stopping", outcome: "completed" })
      })
    )
    test(
      "a runner that finished another job while its own still waits: the own job gets a new request, once (E-75)",
      Effect.gen(function* () {
        yield* listening([101])
        yield* deliver({ jobId: 201, labels: ["ubuntu-latest"] })
        yield* tookJob("101", 201)
        yield* judge("101")
        assert.deepInclude(yield* requestOf("101-2"), { status: "queued", jobId: 101 })
        assert.strictEqual(yield* sweep, 0)
      })
    )
    test(
      "a request whose job is held is nobody's runner: a job that waits gets a new request though it is there (E-15)",
      Effect.gen(function* () {
        yield* listening([101])
        yield* deliver({ jobId: 102, observedAt: 100 })
        yield* deliver({ jobId: 102, status: "waiting", observedAt: 900 })
        yield* amend("102", { lastErrorCode: "job_held" })
        yield* deliver({ jobId: 201, labels: ["ubuntu-latest"] })
        yield* tookJob("101", 201)
        yield* judge("101")
        assert.deepInclude(yield* requestOf("101-2"), { status: "queued", jobId: 101 })
      })
    )
    test(
      "the sweep leaves alone a job whose request failed, and one whose request is on its way",
      Effect.gen(function* () {
        yield* listening([101, 102])
        yield* amend("101", { status: "failed", owner: null })
        assert.strictEqual(yield* sweep, 0)
      })
    )
  })
}
