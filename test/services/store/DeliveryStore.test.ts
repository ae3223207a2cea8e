import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type DeliveryFilter, type DeliveryPage, DeliveryStore } from "../../../src/services/store/DeliveryStore.ts"
import { everyBackend } from "../../support/StoreBackends.ts"
import { deliver } from "../../support/StoreScenes.ts"

const everything = { limit: 10 }

for (const { layer, name } of everyBackend) {
  describe(`reading deliveries on ${name}`, () => {
    it.effect("newest first, before a number, one by GitHub's id, and one with its payload", () =>
      Effect.gen(function* () {
        const store = yield* DeliveryStore
        for (const guid of ["a", "b", "c"]) yield* deliver({ jobId: 101 }, { guid, body: `{"guid":"${guid}"}` })
        const { deliveries: all, next } = yield* store.list(everything)
        assert.isNull(next)
        assert.deepStrictEqual(
          all.map(({ guid, hasBody }) => [guid, hasBody]),
          [
            ["c", 1],
            ["b", 1],
            ["a", 1]
          ]
        )
        const { deliveries: older } = yield* store.list({ ...everything, before: all[1]?.id })
        assert.deepStrictEqual(
          older.map(({ guid }) => guid),
          ["a"]
        )
        assert.strictEqual((yield* store.list({ ...everything, guid: "b" })).deliveries.length, 1)
        const one = yield* store.get(all[0]?.id ?? 0)
        assert.strictEqual(Option.getOrThrow(one).body, '{"guid":"c"}')
        assert.isTrue(Option.isNone(yield* store.get(999_999)))
      }).pipe(Effect.provide(layer))
    )
    it.effect("each filter lets only its own through", () =>
      Effect.gen(function* () {
        const store = yield* DeliveryStore
        yield* deliver({ jobId: 101, repository: "acme/web" }, { guid: "a" })
        yield* deliver({ jobId: 102, repository: "acme/api" }, { guid: "b", path: "redelivery" })
        yield* deliver({}, { guid: "c", event: "ping", facts: null, repository: null })
        yield* deliver({ jobId: 101, repository: "acme/web" }, { guid: "d", facts: null, foreign: true })
        const found = (filter: DeliveryFilter) =>
          Effect.map(store.list({ ...everything, ...filter }), ({ deliveries }) => deliveries.map(({ guid }) => guid))
        assert.deepStrictEqual(yield* found({ path: "redelivery" }), ["b"])
        assert.deepStrictEqual(yield* found({ event: "ping" }), ["c"])
        assert.deepStrictEqual(yield* found({ outcome: "Foreign" }), ["d"])
        assert.deepStrictEqual(yield* found({ repository: "ACME/Web" }), ["d", "a"])
        assert.deepStrictEqual(yield* found({ jobId: 101 }), ["a"])
        assert.deepStrictEqual(yield* found({ repository: "acme/web", outcome: "Foreign" }), ["d"])
        assert.deepStrictEqual(yield* found({ guid: "a", event: "ping" }), [])
      }).pipe(Effect.provide(layer))
    )
    it.effect("a filter looks through so many at a time, and its pages find each that it lets through once", () =>
      Effect.gen(function* () {
        const store = yield* DeliveryStore
        for (let index = 0; index < 20; index++) {
          yield* deliver({}, { guid: `d-${index}`, facts: null, path: index % 6 === 0 ? "redelivery" : "webhook" })
        }
        const seen: Array<string | null> = []
        let pages = 0
        let before: number | null | undefined
        do {
          const page: DeliveryPage = yield* store.list({ limit: 2, before: before ?? undefined, path: "redelivery" })
          seen.push(...page.deliveries.map(({ guid }) => guid))
          before = page.next
          pages += 1
        } while (before !== null)
        assert.deepStrictEqual(seen, ["d-18", "d-12", "d-6", "d-0"])
        // Three at a time are looked at, so many a page is empty.
        assert.strictEqual(pages, 7)
      }).pipe(Effect.provide(DeliveryStore.layerTest(3)), Effect.provide(layer))
    )
  })
}
