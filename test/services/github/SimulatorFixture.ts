// The GitHub service against the real simulator, as a GitHub App: what it counted is what was called.
//
// Answers for: one simulator and as many nodes as a test asks for, which share the limits in the test's database.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { GitHub } from "../../../src/services/github/GitHub.ts"
import * as GitHubLimits from "../../../src/services/github/GitHubLimits.ts"
import type { GitHubAuth } from "../../../src/services/github/GitHubTypes.ts"
import { startGitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import type { RateLimitOptions } from "../../../src/simulator/github/Options.ts"
import { freshId } from "./GitHubFixture.ts"

/** The organisation acme with the repositories web and api, of which only web may use the group GPU; and the user dana. */
export const withSimulator = Effect.fnUntraced(function* (rateLimits: Partial<RateLimitOptions> = {}) {
  const ids = { acme: freshId() + process.pid * 1000, dana: freshId() + process.pid * 1000 }
  const simulator = yield* Effect.acquireRelease(
    Effect.promise(() =>
      startGitHubSimulator({
        app: { id: 4711, webhookSecret: "s" },
        rateLimits,
        installations: [
          {
            id: ids.acme,
            owner: "acme",
            ownerType: "Organization",
            repositories: ["web", "api"],
            runnerGroups: [{ name: "GPU", repositories: ["web"] }]
          },
          { id: ids.dana, owner: "dana", ownerType: "User", repositories: ["tools"] }
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
  const counted = (matches: (call: string) => boolean) =>
    Object.entries(simulator.state().restCalls).reduce((sum, [call, times]) => sum + (matches(call) ? times : 0), 0)
  return { simulator, node, ids, asked: () => counted(() => true), calls: counted }
})
