// GitHub's limits against the real simulator: what it counted is what was called.
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import type { GitHubError } from "../../../src/domain/GitHubError.ts"
import { ofRequest } from "../../../src/domain/RunnerTarget.ts"
import { GitHub } from "../../../src/services/github/GitHub.ts"
import * as GitHubLimits from "../../../src/services/github/GitHubLimits.ts"
import type { GitHubAuth } from "../../../src/services/github/GitHubTypes.ts"
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import type { RateLimitOptions } from "../../../src/simulator/github/Options.ts"
import { sqliteInMemory } from "../../support/StoreBackends.ts"
import { freshId } from "./GitHubFixture.ts"

const acme = ofRequest("acme/web", null)
const dana = ofRequest("dana/tools", null)
const registration = "actions/generate-runner-jitconfig-for-repo"

const withSimulator = Effect.fnUntraced(function* (rateLimits: Partial<RateLimitOptions> = {}) {
  const simulator = yield* Effect.acquireRelease(
    Effect.promise(() =>
      startGitHubSimulator({
        app: { id: 4711, webhookSecret: "s" },
        rateLimits,
        installations: [
          { id: freshId() + process.pid * 1000, owner: "acme", ownerType: "Organization", repositories: ["web"] },
          { id: freshId() + process.pid * 1000, owner: "dana", ownerType: "User", repositories: ["tools"] }
        ]
      })
    ),
    (simulator) => Effect.promise(() => simulator.close())
  )
  const auth: GitHubAuth = {
    _tag: "App",
    appId: simulator.appId,
    privateKey: Redacted.make(simulator.privateKeyPem),
    installationId: undefined
  }
  const node = Effect.gen(function* () {
    const limits = yield* GitHubLimits.make(auth)
    return yield* Effect.provide(
      GitHub,
      GitHub.layer({ baseUrl: simulator.url, auth, callTimeout: Duration.seconds(20), limits })
    )
  })
  const asked = () => Object.values(simulator.state().restCalls).reduce((sum, calls) => sum + calls, 0)
  return { simulator, node, asked }
})

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
})
