// The catalogue as admission asks it: all specs, groups and policies with the allowlist, compiled, and never stale.
//
// Answers for: the compiled copy. Not for the rows (SpecStore.ts, GroupStore.ts, PolicyStore.ts): each change of one raises
// `catalog_version` in its own transaction (CatalogChange.ts), and whoever asks inside a transaction sees what it sees.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import type * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { compileCatalog, type CompiledCatalog } from "../../domain/Admission.ts"
import * as Rows from "./CatalogRows.ts"

const make = Effect.fnUntraced(function* (allowedRepositories: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient

  const version = Effect.map(
    sql<{ version: number }>`SELECT version FROM catalog_version WHERE id = 1`,
    (rows) => rows[0]!.version
  )

  const cache = yield* Ref.make<{ readonly version: number; readonly catalog: CompiledCatalog } | null>(null)

  const current = Effect.gen(function* () {
    const wanted = yield* version
    const cached = yield* Ref.get(cache)
    if (cached !== null && cached.version === wanted) return cached.catalog
    const catalog = compileCatalog({
      allowedRepositories,
      specs: yield* Rows.specs(sql),
      groups: yield* Rows.groups(sql),
      policies: yield* Rows.policies(sql)
    })
    yield* Ref.set(cache, { version: wanted, catalog })
    return catalog
  })

  return CatalogStore.of({ current })
})

export class CatalogStore extends Context.Service<
  CatalogStore,
  {
    /** The catalogue as it is now; inside a transaction, as that transaction sees it. */
    readonly current: Effect.Effect<CompiledCatalog, SqlError | Schema.SchemaError>
  }
>()("runnerd/services/store/CatalogStore") {
  /** `allowedRepositories`: the allowlist of the configuration; empty allows all. */
  static readonly layer = (allowedRepositories: ReadonlyArray<string>) =>
    Layer.effect(CatalogStore, make(allowedRepositories))
}
