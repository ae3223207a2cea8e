// What every database must do for explanations: whatever keeps a claim from taking a request has a reason that is told.
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { pointsPerWindow } from "../../src/domain/CallLimit.ts"
import { type ClaimRules, obstacleCodes } from "../../src/domain/Capacity.ts"
import { explain, waitingFor } from "../../src/domain/Explanation.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"
import { ExplanationStore } from "../../src/services/store/ExplanationStore.ts"
import { JobStore } from "../../src/services/store/JobStore.ts"
import { saveClaimsHold, savePace, spendPoints } from "../../src/services/store/LimitRows.ts"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, forAll, runsOn, saveSpec, within } from "./StoreScenes.ts"

const now = 1_000_000

/** How many statements the work takes. */
const counted = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    let statements = 0
    const tracer = Tracer.make({
      span: (options) => {
        if (options.kind === "client") statements += 1
        return new Tracer.NativeSpan(options)
      }
    })
    yield* Effect.provideService(work, Tracer.Tracer, tracer)
    return statements
  })

const situations = fc.record({
  maxRunners: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
  cap: fc.constantFrom(0, 1, 2),
  sandboxes: fc.integer({ min: 0, max: 2 }),
  paceSpent: fc.boolean(),
  held: fc.boolean(),
  points: fc.constantFrom(0, pointsPerWindow),
  dueIn: fc.constantFrom(null, -1, 60_000),
  diedAgo: fc.constantFrom(null, 1, 60_000),
  counted: fc.constantFrom<ClaimRules["counted"]>("each account", "all together")
})

const standingOf = (id: string, rules: ClaimRules) =>
  ExplanationStore.use((store) => store.standing(id, rules)).pipe(Effect.flatMap(Effect.fromOption), Effect.orDie)

const reasonsOf = (id: string, rules: ClaimRules) =>
  Effect.map(standingOf(id, rules), ({ ahead, capacity, job, request }) =>
    explain(request, { ...circumstances, ahead, capacity, job }).map(({ code }) => code)
  )

const circumstances = { anyNode: true, next: { who: "any node", at: now, because: "" } } as const

/** In a page every request has the first reason of its own explanation. */
const listedAlike = Effect.fnUntraced(function* (rules: ClaimRules) {
  const { requests } = yield* RequestSearch.use((store) => store.search({}))
  const jobs = new Map(
    (yield* JobStore.use((store) => store.named(requests.flatMap(({ jobId }) => jobId ?? [])))).map((job) => [
      job.jobId,
      job
    ])
  )
  const { ahead, capacity } = yield* ExplanationStore.use((store) => store.around(requests, rules))
  for (const request of requests) {
    const alone = yield* standingOf(request.id, rules)
    assert.deepStrictEqual(
      waitingFor(request, {
        ...circumstances,
        capacity,
        job: jobs.get(request.jobId ?? -1) ?? null,
        ahead: ahead.get(request.id) ?? 0
      }),
      explain(alone.request, { ...circumstances, ...alone })[0]
    )
  }
})

/** What lets a claim take the request. */
const letsThrough = (codes: ReadonlyArray<string>) => codes.includes("next")

export const explanationContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => TestClock.setTime(now).pipe(Effect.andThen(body), Effect.provide(layer)))

  describe(`explanations on ${name}`, () => {
    test(
      "a claim takes a request exactly when its explanation knows of nothing in the way",
      forAll(situations, runsOn(name, 60), (given) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          for (const table of [
            "runner_requests",
            "workflow_jobs",
            "provider_limits",
            "provider_points",
            "spec_turns",
            "spec_deaths"
          ]) {
            yield* sql`DELETE FROM ${sql(table)}`
          }
          yield* saveSpec({ maxConcurrency: given.cap })
          for (let index = 0; index < given.sandboxes; index++) yield* deliver({ jobId: 201 + index })
          yield* claim()
          yield* deliver({ jobId: 101 })
          if (given.dueIn !== null) yield* amend("101", { dueAt: now + given.dueIn })
          const scope = given.counted === "all together" ? "github" : "github:acme"
          if (given.paceSpent) yield* savePace(sql, now + 60_000)
          if (given.held) yield* saveClaimsHold(sql, scope, now + 60_000)
          if (given.diedAgo !== null) {
            const died = { deaths: 3, diedAt: now - given.diedAgo, code: "runner_exited", message: "It ended." }
            yield* sql`INSERT INTO spec_deaths ${sql.insert({ specName: "small", ...died })}`
          }
          if (given.points > 0) yield* spendPoints(sql, scope, given.points, now)
          const { rules } = within({
            maxRunners: given.maxRunners,
            counted: given.counted,
            createsPerSecond: 5,
            pointsPerRunner: 5,
            breaker: { deaths: 3, cooldown: 60_000 }
          })
          const told = yield* reasonsOf("101", rules)
          yield* listedAlike(rules)
          const taken = yield* claim({ rules })
          assert.strictEqual(
            taken.some(({ request }) => request.id === "101"),
            letsThrough(told),
            told.join(", ")
          )
          if (!letsThrough(told) && given.dueIn !== 60_000) {
            assert.isTrue(told.some((code) => obstacleCodes.some((obstacle) => obstacle === code)))
          }
        })
      )
    )
    test(
      "the place in line is the order in which claims take requests: repositories in turn",
      Effect.gen(function* () {
        yield* saveSpec()
        for (const jobId of [101, 102, 103]) yield* deliver({ jobId })
        yield* deliver({ jobId: 104, repository: "acme/api" })
        const { rules } = within()
        const places = yield* Effect.forEach(["101", "102", "103", "104"], (id) =>
          Effect.map(standingOf(id, rules), ({ ahead }) => ({ id, ahead }))
        )
        const order = places.toSorted((a, b) => a.ahead - b.ahead).map(({ id }) => id)
        const taken = yield* Effect.forEach([1, 2, 3, 4], () => claim({ roomInAll: 1 }))
        assert.deepStrictEqual(
          taken.flat().map(({ request }) => request.id),
          order
        )
      })
    )
    test(
      "a page of any length is read with the same number of statements",
      Effect.gen(function* () {
        yield* saveSpec()
        for (let jobId = 101; jobId <= 130; jobId++) yield* deliver({ jobId })
        const { rules } = within()
        const { requests } = yield* RequestSearch.use((store) => store.search({}))
        const statements = (page: ReadonlyArray<RunnerRequest>) =>
          counted(ExplanationStore.use((store) => store.around(page, rules)))
        const ofOne = yield* statements(requests.slice(0, 1))
        assert.isAbove(ofOne, 0)
        assert.strictEqual(yield* statements(requests), ofOne)
      })
    )
    test(
      "an unknown request has none",
      Effect.gen(function* () {
        const { rules } = within()
        assert.isTrue(Option.isNone(yield* ExplanationStore.use((store) => store.standing("404", rules))))
      })
    )
  })
}
