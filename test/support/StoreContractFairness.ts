// What every database must do so that nobody starves: repositories take turns within a spec, specs with each other.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as TestClock from "effect/testing/TestClock"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, forAll, saveSpec } from "./StoreScenes.ts"

const now = 1_000_000

interface Step {
  readonly repository: string
  readonly jobs: number
  readonly claims: number
}

/** Jobs of a repository arrive, then so many are claimed, one claim of at most `size` after the other. */
const stories = fc.record({
  steps: fc.array(
    fc.record({
      repository: fc.constantFrom("acme/a", "acme/b", "acme/c", "dana/d"),
      jobs: fc.integer({ min: 0, max: 9 }),
      claims: fc.integer({ min: 0, max: 6 })
    }),
    { minLength: 1, maxLength: 8 }
  ),
  size: fc.constantFrom(1, 1, 2, 5)
})

const play = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>, size: number) {
  const waiting = new Map<string, Array<number>>()
  const served: Array<{ readonly repository: string; readonly jobId: number }> = []
  /** Since when each waiting repository was not served: how many of every other. */
  const passed = new Map<string, Map<string, number>>()
  let jobId = 100
  const serve = Effect.gen(function* () {
    const claims = yield* claim({ roomInAll: size })
    const mayBeServed = new Map([...waiting].map(([repository, ids]) => [repository, [...ids]]))
    const inOrder = claims.map(({ request }) => ({ repository: request.repository, jobId: request.jobId! }))
    for (const one of inOrder) {
      const ids = waiting.get(one.repository) ?? []
      waiting.set(
        one.repository,
        ids.filter((id) => id !== one.jobId)
      )
      served.push(one)
      passed.set(one.repository, new Map())
      for (const [repository, left] of waiting) {
        if (repository === one.repository || left.length === 0) continue
        const counts = passed.get(repository) ?? new Map<string, number>()
        counts.set(one.repository, (counts.get(one.repository) ?? 0) + 1)
        passed.set(repository, counts)
      }
    }
    for (const [repository, before] of mayBeServed) {
      const taken = inOrder.filter((one) => one.repository === repository).map((one) => one.jobId)
      assert.deepStrictEqual(
        taken.sort((a, b) => a - b),
        before.slice(0, taken.length),
        "oldest first within one"
      )
    }
    for (const [repository, counts] of passed) {
      for (const [other, times] of counts) {
        assert.isAtMost(times, 1 + size, `${other} was served ${times} times while ${repository} waited`)
      }
    }
    return claims.length
  })
  for (const { claims, jobs, repository } of steps) {
    for (let job = 0; job < jobs; job += 1) {
      jobId += 1
      yield* deliver({ jobId, repository })
      const ids = waiting.get(repository) ?? []
      if (ids.length === 0) passed.delete(repository)
      waiting.set(repository, [...ids, jobId])
      yield* TestClock.adjust(1)
    }
    for (let taken = 0; taken < claims; taken += 1) yield* serve
  }
  while ((yield* serve) > 0);
  assert.isTrue(
    [...waiting.values()].every((ids) => ids.length === 0),
    "everybody is served"
  )
})

export const fairnessContract = ({ layer, name }: StoreBackend, runs: number) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => TestClock.setTime(now).pipe(Effect.andThen(body), Effect.provide(layer)))
  const oneByOne = Effect.fnUntraced(function* (count: number) {
    const order: Array<string> = []
    for (let taken = 0; taken < count; taken += 1) {
      for (const { request } of yield* claim({ roomInAll: 1 })) order.push(`${request.repository} ${request.id}`)
    }
    return order
  })

  describe(`fairness on ${name}`, () => {
    test(
      "a matrix of many jobs lets a neighbour's one job through at the next turn, also when there is room for one at a time",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* Effect.forEach(Array.from({ length: 50 }).keys(), (index) =>
          deliver({ jobId: 1001 + index, repository: "acme/matrix" })
        )
        yield* oneByOne(10)
        yield* TestClock.adjust("1 second")
        yield* deliver({ jobId: 2001, repository: "dana/tools" })
        yield* deliver({ jobId: 2002, repository: "dana/tools" })
        assert.deepStrictEqual(yield* oneByOne(5), [
          "dana/tools 2001",
          "acme/matrix 1011",
          "dana/tools 2002",
          "acme/matrix 1012",
          "acme/matrix 1013"
        ])
      })
    )
    it.effect(
      "whatever waits and whenever it came: oldest first within a repository, and no other is served twice before it is its turn",
      () =>
        forAll(stories, runs, ({ size, steps }) =>
          TestClock.setTime(now).pipe(
            Effect.andThen(saveSpec()),
            Effect.andThen(play(steps, size)),
            Effect.provide(layer)
          )
        )
    )
    test(
      "specs take turns as well: one with many waiting does not starve another where the room is shared",
      Effect.gen(function* () {
        yield* saveSpec({ name: "small", labels: ["small"] })
        yield* saveSpec({ name: "large", labels: ["large"] })
        yield* Effect.forEach(Array.from({ length: 20 }).keys(), (index) =>
          deliver({ jobId: 1001 + index, labels: ["small"] })
        )
        yield* TestClock.adjust("1 second")
        yield* deliver({ jobId: 2001, labels: ["large"] })
        yield* deliver({ jobId: 2002, labels: ["large"] })
        const order = yield* oneByOne(5)
        assert.deepStrictEqual(
          order.map((each) => each.split(" ")[1]),
          ["1001", "2001", "1002", "2002", "1003"]
        )
      })
    )
    test(
      "a request that was put off keeps its turn, and who comes meanwhile has not saved any up",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ jobId: 101, repository: "acme/a" })
        yield* amend("101", { dueAt: now + 60_000 })
        yield* Effect.forEach([201, 202, 203, 204], (jobId) => deliver({ jobId, repository: "acme/b" }))
        yield* oneByOne(2)
        yield* TestClock.adjust("1 second")
        yield* Effect.forEach([301, 302, 303], (jobId) => deliver({ jobId, repository: "acme/c" }))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(yield* oneByOne(6), [
          "acme/a 101",
          "acme/c 301",
          "acme/b 203",
          "acme/c 302",
          "acme/b 204",
          "acme/c 303"
        ])
      })
    )
  })
}
