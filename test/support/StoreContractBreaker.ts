// What every database must do when a spec's sandboxes die one after the other: pause it, try it again with one, let it go on.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { explain } from "../../src/domain/Explanation.ts"
import { Retryable } from "../../src/domain/Disposition.ts"
import type { RequestFact } from "../../src/domain/RequestFact.ts"
import type { ReasonCode } from "../../src/domain/ReasonCode.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { ActiveCountStore } from "../../src/services/store/ActiveCountStore.ts"
import { AuditStore } from "../../src/services/store/AuditStore.ts"
import { ExplanationStore } from "../../src/services/store/ExplanationStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { claim, deliver, requestOf, saveSpec, within } from "./StoreScenes.ts"

const now = 1_000_000
const cooldown = 60_000
const rules = within({ breaker: { deaths: 3, cooldown } })

const record = (request: RunnerRequest, ...facts: ReadonlyArray<RequestFact>) =>
  RequestStore.use((store) => store.record(request, facts))

const claimOne = Effect.map(claim({ ...rules, roomInAll: 1 }), ([first]) => first?.request)
const claimable = Effect.map(claim(rules), (claims) => claims.length)

const started = Effect.fnUntraced(function* () {
  const request = yield* claimOne
  if (request === undefined) return assert.fail("nothing could be claimed")
  return yield* record(
    request,
    { _tag: "SandboxCreated", sandboxId: `sb-${request.id}-${request.fence}`, endsAt: now * 10 },
    { _tag: "RunnerStarted", pid: 7 }
  )
})

const failing = (code: ReasonCode): RequestFact => ({
  _tag: "AttemptFailed",
  stage: "runner_exit",
  disposition: new Retryable({ code, message: `It ended: ${code}.` }),
  dueAt: now,
  maxAttempts: 100,
  clean: false
})

/** One sandbox is made and ends so, and nothing of it is left. */
const endsWith = Effect.fnUntraced(function* (code: ReasonCode) {
  const request = yield* started()
  const failed = yield* record(request, failing(code))
  yield* record(failed, { _tag: "SandboxRemoved" }, { _tag: "CleanedUp" })
})

const threeDie = Effect.repeat(endsWith("runner_exited"), { times: 2 })

const waitsFor = Effect.fnUntraced(function* (id: string) {
  const { ahead, capacity, job, request } = yield* ExplanationStore.use((store) =>
    store.standing(id, rules.rules)
  ).pipe(Effect.flatMap(Effect.fromOption), Effect.orDie)
  const next = { who: "any node", at: now, because: "" } as const
  return explain(request, { anyNode: true, next, ahead, capacity, job })[0]
})

const deathsOf = (spec: string) =>
  Effect.gen(function* () {
    // What was read is kept for a second.
    yield* TestClock.adjust("1 second")
    return (yield* ActiveCountStore.use((store) => store.read)).deaths.get(spec)?.deaths ?? 0
  })

export const breakerContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () =>
      TestClock.setTime(now).pipe(
        Effect.andThen(saveSpec()),
        Effect.andThen(Effect.forEach([101, 102, 103, 104], (jobId) => deliver({ jobId }))),
        Effect.andThen(body),
        Effect.provide(layer)
      )
    )

  describe(`the circuit breaker of specs on ${name}`, () => {
    test(
      "a spec whose sandboxes die in a row before they take a job is paused: nothing is claimed, and whoever waits is told why",
      Effect.gen(function* () {
        yield* Effect.repeat(endsWith("runner_exited"), { times: 1 })
        assert.strictEqual((yield* waitsFor("104"))?.code, "in_line")
        yield* endsWith("runner_not_ready")
        assert.strictEqual(yield* claimable, 0)
        const reason = yield* waitsFor("104")
        assert.strictEqual(reason?.code, "spec_paused")
        assert.include(reason?.message, "3 sandboxes")
        assert.include(reason?.message, "It ended: runner_not_ready.")
        assert.strictEqual(reason?.until, now + cooldown)
      })
    )
    test(
      "other specs go on meanwhile",
      Effect.gen(function* () {
        yield* threeDie
        yield* saveSpec({ name: "large", labels: ["large"] })
        yield* deliver({ jobId: 201, labels: ["large"] })
        assert.strictEqual((yield* claimOne)?.id, "201")
      })
    )
    test(
      "after the cool-down one sandbox tries it: its death begins another cool-down, a job ends the pause",
      Effect.gen(function* () {
        yield* threeDie
        yield* TestClock.adjust(cooldown - 1)
        assert.strictEqual(yield* claimable, 0)
        yield* TestClock.adjust(1)
        yield* endsWith("sandbox_gone")
        assert.strictEqual(yield* claimable, 0)
        yield* TestClock.adjust(cooldown)
        const probe = yield* started()
        assert.strictEqual(yield* claimable, 0)
        assert.strictEqual((yield* waitsFor("104"))?.code, "spec_paused")
        yield* record(probe, { _tag: "JobAssigned", jobId: 101, jobName: "build" })
        assert.isAbove(yield* claimable, 1)
      })
    )
    test(
      "a job between deaths begins the count anew, also within one write",
      Effect.gen(function* () {
        yield* Effect.repeat(endsWith("runner_exited"), { times: 1 })
        const [working, dying] = [yield* started(), yield* started()]
        yield* Effect.all(
          [record(working, { _tag: "JobAssigned", jobId: 101, jobName: "build" }), record(dying, failing("timeout"))],
          { concurrency: "unbounded" }
        )
        assert.isAtMost(yield* deathsOf("small"), 1)
        assert.isAbove(yield* claimable, 0)
      })
    )
    test(
      "what E2B, GitHub or an operator is the cause of is no death, nor is the end of a runner that had a job",
      Effect.gen(function* () {
        for (const code of ["github_unavailable", "sandbox_unavailable", "interrupted", "runner_idle"] as const) {
          yield* endsWith(code)
        }
        const stopped = yield* started()
        yield* record(stopped, { _tag: "StopWanted", message: "Asked for." })
        const working = yield* started()
        yield* record(yield* record(working, { _tag: "JobAssigned", jobId: 101, jobName: "build" }), failing("timeout"))
        assert.strictEqual(yield* deathsOf("small"), 0)
      })
    )
    test(
      "an operator resumes it: it goes on at once, with a record of who and of what was forgotten",
      Effect.gen(function* () {
        yield* threeDie
        const specs = yield* SpecStore
        assert.strictEqual(yield* specs.resume("small", "ann"), true)
        assert.isAbove(yield* claimable, 0)
        assert.strictEqual(yield* specs.resume("small", "ann"), false)
        assert.strictEqual(yield* specs.resume("unknown", "ann"), null)
        const { events } = yield* AuditStore.use((store) => store.list({ limit: 10, offset: 0 }))
        const resumed = events.filter(({ action }) => action === "runner_spec.resume")
        assert.strictEqual(resumed.length, 1)
        assert.deepInclude(resumed[0], { actor: "ann", resourceId: "small" })
      })
    )
    test(
      "another template, and a spec of the same name made anew, begin without deaths",
      Effect.gen(function* () {
        yield* threeDie
        yield* saveSpec({ priority: 4 })
        assert.strictEqual(yield* deathsOf("small"), 3)
        yield* saveSpec({ templateId: "mended" })
        assert.strictEqual(yield* deathsOf("small"), 0)
        yield* threeDie
        yield* SpecStore.use((store) => store.remove("small", false, { by: "ann", expects: () => true }))
        yield* saveSpec()
        assert.strictEqual(yield* deathsOf("small"), 0)
        assert.strictEqual((yield* requestOf("104")).status, "failed")
      })
    )
  })
}
