// GitHub's limits against the real simulator: what it counted is what was called.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestClock from "effect/testing/TestClock"
import { pointsOfWrite } from "../../../src/domain/CallLimit.ts"
import type { GitHubError } from "../../../src/domain/GitHubError.ts"
import { ofRequest } from "../../../src/domain/RunnerTarget.ts"
import type { GitHub } from "../../../src/services/github/GitHub.ts"
import { spentPoints } from "../../../src/services/store/LimitRows.ts"
import { sqliteInMemory } from "../../support/StoreBackends.ts"
import { withSimulator } from "./SimulatorFixture.ts"

const acme = ofRequest("acme/web", null)
const dana = ofRequest("dana/tools", null)
const registration = "actions/generate-runner-jitconfig-for-repo"

let names = 0
const register = (github: GitHub["Service"], target = acme) =>
  github.createJitConfig(target, { runnerName: `runner-${(names += 1)}`, labels: ["self-hosted"], runnerGroup: null })

const reasonOf = <A>(call: Effect.Effect<A, GitHubError>) => Effect.map(Effect.flip(call), ({ reason }) => reason)

describe("GitHub's limits", () => {
  it.effect("at a secondary limit no call is made until Retry-After, by no node, and other accounts go on (E-45)", () =>
    Effect.gen(function* () {
      const { asked, node, simulator } = yield* withSimulator()
      const [one, other] = [yield* node, yield* node]
      yield* register(one)
      yield* register(other)
      yield* register(other, dana)
      simulator.faults.add({ operation: registration, answer: { failure: "secondary_rate_limit" } })
      const refused = yield* reasonOf(register(one))
      assert.strictEqual(refused._tag, "SecondaryRateLimited")
      const retryAfter = refused._tag === "SecondaryRateLimited" ? refused.retryAfterSeconds! : 0
      assert.isAbove(retryAfter, 0)
      const before = asked()
      yield* TestClock.adjust(retryAfter * 1000 - 1)
      for (const github of [one, other]) {
        for (const call of [register(github), github.getJob("Acme/web", 1), github.listRunners(acme)]) {
          const held = yield* reasonOf<unknown>(call)
          assert.deepInclude(held, {
            _tag: "OnHold",
            untilMillis: retryAfter * 1000,
            code: "github_secondary_rate_limit"
          })
        }
      }
      assert.strictEqual(asked(), before, "GitHub heard nothing")
      yield* register(other, dana)
      assert.strictEqual(asked(), before + 1)
      yield* TestClock.adjust(1)
      yield* register(other)
      yield* register(one)
      assert.strictEqual(asked(), before + 3)
    }).pipe(Effect.provide(sqliteInMemory.layer))
  )
  it.effect("when the hour is used up no call is made until it ends (E-45)", () =>
    Effect.gen(function* () {
      const { asked, node } = yield* withSimulator({ enforced: true, requestsPerHour: 2 })
      const github = yield* node
      yield* TestClock.setTime(Date.now())
      yield* register(github)
      yield* register(github)
      const refused = yield* reasonOf(register(github))
      assert.strictEqual(refused._tag, "PrimaryRateLimited")
      const reset = refused._tag === "PrimaryRateLimited" ? refused.resetAtMillis! : 0
      const before = asked()
      yield* TestClock.setTime(reset - 1)
      assert.strictEqual((yield* reasonOf(register(github)))._tag, "OnHold")
      assert.strictEqual(asked(), before)
      yield* TestClock.setTime(reset)
      // The simulator lives by another clock and says no again: what counts is that it was asked.
      yield* Effect.flip(register(github))
      assert.strictEqual(asked(), before + 1)
    }).pipe(Effect.provide(sqliteInMemory.layer))
  )
  const appOperations = [
    ["where it is installed", "apps/list-installations", (github: GitHub["Service"]) => github.installedRepositories()],
    ["deliveries", "apps/list-webhook-deliveries", (github: GitHub["Service"]) => github.hookDeliveries(undefined)],
    ["a delivery", "apps/get-webhook-delivery", (github: GitHub["Service"]) => github.hookDeliveryBody(1)],
    ["an installation", "apps/get-repo-installation", (github: GitHub["Service"]) => github.getJob("dana/tools", 1)]
  ] as const
  for (const [what, operation, ask] of appOperations) {
    it.effect(
      `a limit that the App meets as it asks for ${what} holds for all it asks, on all nodes, and for no runner`,
      () =>
        Effect.gen(function* () {
          const { asked, node, simulator } = yield* withSimulator()
          const [one, other] = [yield* node, yield* node]
          yield* register(one)
          yield* register(other)
          const answer = { failure: "secondary_rate_limit" } as const
          simulator.faults.add({ operation, answer })
          const refused = yield* reasonOf<unknown>(ask(one))
          const retryAfter = refused._tag === "SecondaryRateLimited" ? refused.retryAfterSeconds! : 0
          assert.isAbove(retryAfter, 0)
          const before = asked()
          yield* TestClock.adjust(retryAfter * 1000 - 1)
          for (const github of [one, other]) {
            for (const [, , call] of appOperations) {
              assert.strictEqual((yield* reasonOf<unknown>(call(github)))._tag, "OnHold")
            }
          }
          assert.strictEqual(asked(), before, "GitHub heard nothing")
          yield* register(one)
          yield* register(other)
          assert.strictEqual(asked(), before + 2)
          yield* TestClock.adjust(1)
          yield* one.installedRepositories()
          yield* register(one, dana)
        }).pipe(Effect.provide(sqliteInMemory.layer))
    )
  }
  it.effect(
    "a limit of one account holds when its repositories are listed, and one met there holds for its runners",
    () =>
      Effect.gen(function* () {
        const { asked, node, simulator } = yield* withSimulator()
        const github = yield* node
        yield* register(github)
        const answer = { failure: "secondary_rate_limit" } as const
        simulator.faults.add({ operation: "apps/list-repos-accessible-to-installation", answer })
        assert.deepStrictEqual(yield* github.installedRepositories(), ["dana/tools"], "the others' are listed")
        const before = asked()
        assert.strictEqual((yield* reasonOf(register(github)))._tag, "OnHold")
        assert.strictEqual(asked(), before)
        yield* register(github, dana)
        const listed = asked()
        assert.deepStrictEqual(yield* github.installedRepositories(), ["dana/tools"])
        assert.strictEqual(asked(), listed + 2, "where it is installed, and the account that no limit holds")
      }).pipe(Effect.provide(sqliteInMemory.layer))
  )
  it.effect("a registration counts its points with its account whatever GitHub answers, and no other call does", () =>
    Effect.gen(function* () {
      const { node, simulator } = yield* withSimulator()
      const github = yield* node
      yield* TestClock.setTime(1_000_000)
      const sql = yield* SqlClient.SqlClient
      const points = Effect.map(spentPoints(sql, 1_000_000), (rows) =>
        Object.fromEntries(rows.map(({ points, scope }) => [scope, points]))
      )
      yield* github.listRunners(acme)
      assert.deepStrictEqual(yield* points, {})
      yield* register(github)
      yield* register(github, dana)
      simulator.faults.add({ operation: registration, answer: { status: 500 } })
      yield* Effect.flip(register(github, acme))
      assert.deepStrictEqual(yield* points, { "github:acme": 2 * pointsOfWrite, "github:dana": pointsOfWrite })
      simulator.faults.add({ operation: registration, answer: { failure: "secondary_rate_limit" } })
      assert.strictEqual((yield* reasonOf(register(github)))._tag, "SecondaryRateLimited")
      assert.strictEqual((yield* reasonOf(register(github)))._tag, "OnHold")
      assert.strictEqual((yield* points)["github:acme"], 3 * pointsOfWrite, "what was not asked costs nothing")
    }).pipe(Effect.provide(sqliteInMemory.layer))
  )
})
