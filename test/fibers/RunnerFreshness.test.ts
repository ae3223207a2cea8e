import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { GitHubError, Unavailable } from "../../src/domain/GitHubError.ts"
import type { RunnerRelease } from "../../src/domain/RunnerRelease.ts"
import { learn, warn } from "../../src/fibers/RunnerFreshness.ts"
import { RunnerReleases } from "../../src/services/github/RunnerReleases.ts"
import { RunnerVersionStore } from "../../src/services/store/RunnerVersionStore.ts"
import { Warnings } from "../../src/services/Warnings.ts"
import { sqliteInMemory } from "../support/StoreBackends.ts"
import { saveSpec } from "../support/StoreScenes.ts"

const day = Duration.toMillis("1 day")
const world = Layer.mergeAll(sqliteInMemory.layer, Warnings.layer)
const seen = (spec: string, version: string) => RunnerVersionStore.use((store) => store.seen(spec, version))
const published = (...releases: ReadonlyArray<RunnerRelease>) =>
  learn().pipe(Effect.provideService(RunnerReleases, { list: Effect.succeed(releases) }))
const messages = Effect.gen(function* () {
  yield* warn()
  return (yield* (yield* Warnings).all).map(({ code, message }) => `${code}: ${message}`)
})

describe("the warning of an old runner", () => {
  it.effect(
    "comes two weeks before GitHub gives it no more jobs, names spec and day, and goes with the new template",
    () =>
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveSpec({ name: "fresh", labels: ["fresh"] })
        yield* saveSpec({ name: "off", labels: ["off"], enabled: false })
        yield* seen("small", "2.335.0")
        yield* seen("off", "2.335.0")
        yield* seen("fresh", "2.336.0")
        assert.deepStrictEqual(yield* messages, [], "nothing is known of releases")
        yield* published({ version: "2.335.0", publishedAt: 0 }, { version: "2.336.0", publishedAt: day })
        yield* TestClock.setTime(17 * day - 1)
        assert.deepStrictEqual(yield* messages, [])
        yield* TestClock.setTime(17 * day)
        const [message = ""] = yield* messages
        assert.match(message, /^runner_outdated: .*runner 2\.336\.0: small \(runner 2\.335\.0, until 1970-02-01\)\.$/)
        yield* saveSpec({ templateId: "mended" })
        assert.deepStrictEqual(yield* messages, [])
      }).pipe(Effect.provide(world))
  )
  it.effect("what GitHub does not tell, or tells nothing of, stays as it was known", () =>
    Effect.gen(function* () {
      yield* published({ version: "2.336.0", publishedAt: 0 })
      yield* published()
      const silent = Effect.fail(
        new GitHubError({ operation: "listRunnerReleases", reason: new Unavailable({ status: 503, detail: "" }) })
      )
      yield* learn().pipe(Effect.provideService(RunnerReleases, { list: silent }))
      assert.deepStrictEqual((yield* RunnerVersionStore.use((store) => store.read)).releases, [
        { version: "2.336.0", publishedAt: 0 }
      ])
    }).pipe(Effect.provide(world))
  )
})
