// What every database must keep apart: an admission, and a change of what it goes by.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as SqlClient from "effect/sql/SqlClient"
import { CatalogStore } from "../../src/services/store/CatalogStore.ts"
import { exclusively } from "../../src/services/store/Dialect.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { deliver, requestOf, saveSpec } from "./StoreScenes.ts"

export const admissionContract = ({ layer, name }: StoreBackend): void => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`the catalogue and admission on ${name}`, () => {
    /** Whoever wants to change something waits for the transaction that is open now. */
    const somebodyWaits = Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const waits = sql.onDialectOrElse({
        pg: () => sql<{ n: number }>`SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        // SQLite's one connection is ours: others cannot but wait.
        orElse: () => Effect.succeed([{ n: 1 }])
      })
      for (let look = 0; look < 2000; look += 1) {
        if ((yield* waits)[0]?.n === 1) return true
      }
      return false
    })
    test(
      "a change waits for an admission that has begun, and the next admission sees it (E-23)",
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const catalog = yield* CatalogStore
        yield* saveSpec()
        const begun = yield* Deferred.make<void>()
        const change = yield* Effect.forkChild(
          Effect.andThen(Deferred.await(begun), saveSpec({ enabled: false, defaultAvailable: false }))
        )
        const admission = Effect.gen(function* () {
          yield* Deferred.succeed(begun, undefined)
          assert.isTrue(yield* somebodyWaits)
          assert.isUndefined(change.pollUnsafe())
          return (yield* catalog.current).specs.length
        })
        yield* exclusively(sql)(admission)
        yield* Fiber.join(change)
        yield* deliver()
        assert.strictEqual((yield* requestOf("101")).status, "failed")
      })
    )
  })
}
