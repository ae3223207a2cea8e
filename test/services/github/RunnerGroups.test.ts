// GitHub runner groups, in both ways to register a runner, against the simulated GitHub through the real Octokit.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { ofGitHubError } from "../../../src/domain/Disposition.ts"
import type { GitHubError } from "../../../src/domain/GitHubError.ts"
import { ofRequest } from "../../../src/domain/RunnerTarget.ts"
import type { GitHub } from "../../../src/services/github/GitHub.ts"
import type { GitHubSimulator } from "../../../src/simulator/github/GitHubSimulator.ts"
import type { RunnerGroupOptions } from "../../../src/simulator/github/Options.ts"
import { sqliteInMemory } from "../../support/StoreBackends.ts"
import { withSimulator } from "./SimulatorFixture.ts"

type Service = GitHub["Service"]
let names = 0

const byJit = (github: Service, repository = "acme/web", runnerGroup = "GPU"): Effect.Effect<unknown, GitHubError> =>
  Effect.suspend(() =>
    github.createJitConfig(ofRequest(repository, runnerGroup), {
      runnerName: `runner-${(names += 1)}`,
      labels: ["self-hosted"],
      runnerGroup
    })
  )
const byToken = (github: Service, repository = "acme/web", runnerGroup = "GPU"): Effect.Effect<unknown, GitHubError> =>
  github.registrationToken(ofRequest(repository, runnerGroup), runnerGroup)

const modes = [
  ["JIT configuration", byJit],
  ["registration token", byToken]
] as const

const isLookUp = (call: string) => call.includes("/runner-groups")
const isRegistration = (call: string) => call.startsWith("POST") && call.includes("/actions/runners/")

const setGroups = (simulator: GitHubSimulator, groups: ReadonlyArray<RunnerGroupOptions>) => {
  const { topology } = simulator.machine
  topology.setRunnerGroups(topology.organization("acme"), groups)
}

for (const [mode, register] of modes) {
  describe(`a GitHub runner group, registering by ${mode}`, () => {
    const test = (
      title: string,
      body: (world: Effect.Success<ReturnType<typeof withSimulator>>, github: Service) => Effect.Effect<void, unknown>
    ) =>
      it.effect(title, () =>
        Effect.gen(function* () {
          const world = yield* withSimulator()
          yield* body(world, yield* world.node)
        }).pipe(Effect.provide(sqliteInMemory.layer))
      )

    for (const [what, repository, group, says] of [
      ["that does not exist", "acme/web", "TPU", "the organisation acme has no group of that name"],
      ["that the repository may not use", "acme/api", "gpu", "acme/api has no access to it"],
      ["of a personal account", "dana/tools", "GPU", "a personal account has none"]
    ] as const) {
      test(`${what} is fatal and says what to fix, and no registration is asked for`, (world, github) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(register(github, repository, group))
          const disposition = ofGitHubError(error)
          assert.deepInclude(disposition, { _tag: "Fatal", code: "github_runner_group_unusable" })
          assert.include(disposition.message, `"${group}"`)
          assert.include(disposition.message, "correct runner_group of the runner spec")
          assert.include(disposition.message, says)
          assert.strictEqual(world.calls(isRegistration), 0)
        }))
    }
    test("is looked up once an hour, however many runners register at once", (world, github) =>
      Effect.gen(function* () {
        const burst = Effect.all(
          Array.from({ length: 30 }, () => register(github)),
          { concurrency: "unbounded" }
        )
        yield* burst
        yield* TestClock.adjust("59 minutes")
        yield* burst
        assert.strictEqual(world.calls(isLookUp), 1)
        yield* TestClock.adjust("1 minute")
        yield* burst
        assert.strictEqual(world.calls(isLookUp), 2)
      }))
    test("that was taken from the repository shows once a runner was no use", (world, github) =>
      Effect.gen(function* () {
        yield* register(github)
        setGroups(world.simulator, [{ name: "GPU", repositories: ["api"] }])
        yield* github.forgetRegistration(ofRequest("acme/web", "gpu"), "gpu")
        const { reason } = yield* Effect.flip(register(github))
        assert.strictEqual(reason._tag, "RunnerGroupUnusable")
      }))
    test("that was unusable is looked at again by the next runner: what was fixed works at once", (world, github) =>
      Effect.gen(function* () {
        yield* Effect.flip(register(github, "acme/api"))
        setGroups(world.simulator, [{ name: "GPU", repositories: ["web", "api"] }])
        yield* register(github, "acme/api")
      }))
  })
}

describe("registering by token", () => {
  it.effect("costs two calls for all runners of a repository and group within half an hour", () =>
    Effect.gen(function* () {
      const { calls, node } = yield* withSimulator()
      const github = yield* node
      for (let minute = 0; minute < 30; minute += 1) {
        yield* Effect.all([byToken(github), byToken(github)], { concurrency: "unbounded" })
        yield* TestClock.adjust("59 seconds")
      }
      assert.deepStrictEqual([calls(isLookUp), calls(isRegistration)], [1, 1])
    }).pipe(Effect.provide(sqliteInMemory.layer))
  )
})

describe("registering by JIT configuration", () => {
  it.effect("finds a group that was deleted and made again since, within the same call", () =>
    Effect.gen(function* () {
      const { node, simulator } = yield* withSimulator()
      const github = yield* node
      yield* byJit(github)
      setGroups(simulator, [{ name: "GPU" }])
      yield* byJit(github)
      assert.deepStrictEqual(
        simulator.state().runners.map(({ group }) => group),
        ["GPU", "GPU"]
      )
    }).pipe(Effect.provide(sqliteInMemory.layer))
  )
  it.effect("says of a group that was deleted since that there is none", () =>
    Effect.gen(function* () {
      const { node, simulator } = yield* withSimulator()
      const github = yield* node
      yield* byJit(github)
      setGroups(simulator, [])
      const { reason } = yield* Effect.flip(byJit(github))
      assert.strictEqual(reason._tag, "RunnerGroupUnusable")
    }).pipe(Effect.provide(sqliteInMemory.layer))
  )
})
