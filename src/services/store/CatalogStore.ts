// Runner specs, runner groups and repository policies: what an operator decides.
//
// Answers for: their rows, and a compiled copy of all three that intake can ask in its own transaction.
// Gotcha: every change raises `catalog_version` in the same transaction, so a cached copy is never stale.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { compileCatalog, type CompiledCatalog } from "../../domain/Admission.ts"
import { RepositoryPolicy } from "../../domain/RepositoryPolicy.ts"
import { RunnerGroup } from "../../domain/RunnerGroup.ts"
import { RunnerSpec } from "../../domain/RunnerSpec.ts"
import { StringList } from "./RequestRow.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

const Flag = Schema.BooleanFromBit
const Instant = Schema.DateTimeUtcFromMillis

const SpecRow = Schema.Struct({
  ...RunnerSpec.fields,
  labels: StringList,
  enabled: Flag,
  defaultAvailable: Flag,
  createdAt: Instant,
  updatedAt: Instant
})
const GroupRow = Schema.Struct({
  name: Schema.String,
  description: Schema.String,
  enabled: Flag,
  createdAt: Instant,
  updatedAt: Instant
})
const MemberRow = Schema.Struct({ groupName: Schema.String, specName: Schema.String })
const PolicyRow = Schema.Struct({
  id: Schema.Int,
  repository: Schema.String,
  specName: Schema.NullOr(Schema.String),
  groupName: Schema.NullOr(Schema.String),
  enabled: Flag,
  createdAt: Instant
})

const decodeSpecs = Schema.decodeUnknownEffect(Schema.Array(SpecRow))
const decodeGroups = Schema.decodeUnknownEffect(Schema.Array(GroupRow))
const decodeMembers = Schema.decodeUnknownEffect(Schema.Array(MemberRow))
const decodePolicies = Schema.decodeUnknownEffect(Schema.Array(PolicyRow))
const encodeLabels = Schema.encodeSync(StringList)

/** What an operator sets of a spec. */
export type SpecInput = Omit<typeof RunnerSpec.Type, "createdAt" | "updatedAt">

const make = Effect.fnUntraced(function* (allowedRepositories: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock

  const specs = sql`SELECT * FROM runner_specs ORDER BY priority DESC, name`.pipe(
    Effect.flatMap(decodeSpecs),
    Effect.map((rows) => rows.map((row) => new RunnerSpec(row)))
  )

  const groups = Effect.gen(function* () {
    const rows = yield* sql`SELECT * FROM runner_groups ORDER BY name`.pipe(Effect.flatMap(decodeGroups))
    const members = yield* sql`SELECT * FROM runner_group_specs ORDER BY spec_name`.pipe(Effect.flatMap(decodeMembers))
    return rows.map(
      (row) =>
        new RunnerGroup({
          ...row,
          specNames: members.filter((member) => member.groupName === row.name).map((member) => member.specName)
        })
    )
  })

  const policies = sql`SELECT * FROM repository_policies ORDER BY repository, spec_name, group_name`.pipe(
    Effect.flatMap(decodePolicies),
    Effect.map((rows) =>
      rows.map(
        ({ groupName, specName, ...row }) =>
          new RepositoryPolicy({
            ...row,
            target: specName === null ? { _tag: "Group", groupName: groupName! } : { _tag: "Spec", specName }
          })
      )
    )
  )

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
      specs: yield* specs,
      groups: yield* groups,
      policies: yield* policies
    })
    yield* Ref.set(cache, { version: wanted, catalog })
    return catalog
  })

  const changing = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    sql.withTransaction(Effect.tap(self, sql`UPDATE catalog_version SET version = version + 1 WHERE id = 1`))

  return CatalogStore.of({
    current,
    listSpecs: specs.pipe(asStoreError("listSpecs")),
    getSpec: Effect.fn("CatalogStore.getSpec")(function* (name: string) {
      const rows = yield* sql`SELECT * FROM runner_specs WHERE name = ${name}`.pipe(Effect.flatMap(decodeSpecs))
      return Option.map(Option.fromNullishOr(rows[0]), (row) => new RunnerSpec(row))
    }, asStoreError("getSpec")),
    saveSpec: Effect.fn("CatalogStore.saveSpec")(
      function* (spec: SpecInput) {
        const now = yield* clock.now
        const row = {
          name: spec.name,
          labels: encodeLabels(spec.labels),
          templateId: spec.templateId,
          runnerGroup: spec.runnerGroup,
          maxConcurrency: spec.maxConcurrency,
          minIdle: spec.minIdle,
          priority: spec.priority,
          enabled: spec.enabled ? 1 : 0,
          defaultAvailable: spec.defaultAvailable ? 1 : 0,
          updatedAt: now
        }
        const rows = yield* sql`INSERT INTO runner_specs ${sql.insert({ ...row, createdAt: now })}
          ON CONFLICT (name) DO UPDATE SET ${sql.update(row, ["name"])} RETURNING *`.pipe(Effect.flatMap(decodeSpecs))
        return new RunnerSpec(rows[0]!)
      },
      changing,
      asStoreError("saveSpec")
    )
  })
})

export class CatalogStore extends Context.Service<
  CatalogStore,
  {
    /** The catalogue as it is now; inside a transaction, as that transaction sees it. */
    readonly current: Effect.Effect<CompiledCatalog, SqlError | Schema.SchemaError>
    /** By priority, highest first, then by name. */
    readonly listSpecs: Effect.Effect<ReadonlyArray<RunnerSpec>, StoreError>
    readonly getSpec: (name: string) => Effect.Effect<Option.Option<RunnerSpec>, StoreError>
    /** Creates the spec, or replaces the one of that name, whose creation time stays. */
    readonly saveSpec: (spec: SpecInput) => Effect.Effect<RunnerSpec, StoreError>
  }
>()("runnerd/services/store/CatalogStore") {
  /** `allowedRepositories`: the allowlist of the configuration; empty allows all. */
  static readonly layer = (allowedRepositories: ReadonlyArray<string>) =>
    Layer.effect(CatalogStore, make(allowedRepositories))
}
