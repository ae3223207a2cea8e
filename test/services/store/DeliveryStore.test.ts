import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { DeliveryStore } from "../../../src/services/store/DeliveryStore.ts"
import { everyBackend } from "../../support/StoreBackends.ts"
import { deliver } from "../../support/StoreScenes.ts"

const everything = { limit: 10, before: undefined, guid: undefined }

for (const { layer, name } of everyBackend) {
  describe(`reading deliveries on ${name}`, () => {
    it.effect("newest first, before a number, one by GitHub's id, and one with its payload", () =>
      Effect.gen(function* () {
        const store = yield* DeliveryStore
        for (const guid of ["a", "b", "c"]) yield* deliver({ jobId: 101 }, { guid, body: `{"guid":"${guid}"}` })
        const all = yield* store.list(everything)
        assert.deepStrictEqual(
          all.map(({ guid, hasBody }) => [guid, hasBody]),
          [
            ["c", 1],
            ["b", 1],
            ["a", 1]
          ]
        )
        const older = yield* store.list({ ...everything, before: all[1]?.id })
        assert.deepStrictEqual(
          older.map(({ guid }) => guid),
          ["a"]
        )
        assert.strictEqual((yield* store.list({ ...everything, guid: "b" })).length, 1)
        const one = yield* store.get(all[0]?.id ?? 0)
        assert.strictEqual(Option.getOrThrow(one).body, '{"guid":"c"}')
        assert.isTrue(Option.isNone(yield* store.get(999_999)))
      }).pipe(Effect.provide(layer))
    )
  })
}
