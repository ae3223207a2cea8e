// What every database must remember of runners' versions.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { RunnerVersionStore } from "../../src/services/store/RunnerVersionStore.ts"
import { SpecStore } from "../../src/services/store/SpecStore.ts"
import type { StoreBackend } from "./StoreBackends.ts"
import { saveSpec } from "./StoreScenes.ts"

export const runnerVersionContract = ({ layer, name }: StoreBackend) => {
  describe(`versions of runners on ${name}`, () => {
    it.effect(
      "each spec has that of its newest runner, until its template changes or it is deleted; then the next one tells",
      () =>
        Effect.gen(function* () {
          const store = yield* RunnerVersionStore
          const versions = Effect.map(store.read, (read) => Object.fromEntries(read.versions))
          yield* saveSpec()
          yield* store.seen("small", "2.335.0")
          yield* store.seen("large", "2.335.0")
          yield* store.seen("small", "2.336.0")
          assert.deepStrictEqual(yield* versions, { small: "2.336.0", large: "2.335.0" })
          yield* saveSpec({ priority: 3 })
          assert.deepStrictEqual(yield* versions, { small: "2.336.0", large: "2.335.0" })
          yield* saveSpec({ templateId: "another" })
          assert.deepStrictEqual(yield* versions, { large: "2.335.0" })
          yield* TestClock.adjust("10 minutes")
          yield* store.seen("small", "2.336.0")
          assert.deepStrictEqual(yield* versions, { small: "2.336.0", large: "2.335.0" })
          yield* SpecStore.use((specs) => specs.remove("small", false, { by: "ann", expects: () => true }))
          assert.deepStrictEqual(yield* versions, { large: "2.335.0" })
        }).pipe(Effect.provide(layer))
    )
    it.effect("the releases are those that were told last", () =>
      Effect.gen(function* () {
        const store = yield* RunnerVersionStore
        yield* store.saveReleases([{ version: "2.335.0", publishedAt: 1 }])
        const newer = [
          { version: "2.335.0", publishedAt: 2 },
          { version: "2.336.0", publishedAt: 3 }
        ]
        yield* store.saveReleases(newer)
        const { releases } = yield* store.read
        assert.sameDeepMembers([...releases], newer)
      }).pipe(Effect.provide(layer))
    )
  })
}
