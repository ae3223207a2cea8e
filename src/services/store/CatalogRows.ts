// The rows of runner specs, runner groups and repository policies: reading them, inside whatever transaction asks.
//
// Answers for: what a row becomes, in the order in which people are shown them. Not for changing them (SpecStore.ts,
// GroupStore.ts, PolicyStore.ts), nor for what follows from them (CatalogStore.ts).
// Gotcha: an empty text sorts first on both databases, a NULL does not; so policies are sorted by what stands for it.
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as SqlClient from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import { RepositoryPolicy } from "../../domain/RepositoryPolicy.ts"
import { RunnerGroup } from "../../domain/RunnerGroup.ts"
import { RunnerSpec } from "../../domain/RunnerSpec.ts"
import { StringList } from "./RequestRow.ts"

type Sql = SqlClient.SqlClient

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

const first = <A, E, R>(rows: Effect.Effect<ReadonlyArray<A>, E, R>) =>
  Effect.map(rows, ([row]) => Option.fromNullishOr(row))

const all = (sql: Sql) => sql`1 = 1`

/** By priority, highest first, then by name. */
export const specs = (sql: Sql, where: Fragment = all(sql)) =>
  sql`SELECT * FROM runner_specs WHERE ${where} ORDER BY priority DESC, name`.pipe(
    Effect.flatMap(decodeSpecs),
    Effect.map((rows) => rows.map((row) => new RunnerSpec(row)))
  )

export const spec = (sql: Sql, name: string) => first(specs(sql, sql`name = ${name}`))

/** By name; a group's members too. */
export const groups = Effect.fnUntraced(function* (sql: Sql, where: Fragment = all(sql)) {
  const rows = yield* sql`SELECT * FROM runner_groups WHERE ${where} ORDER BY name`.pipe(Effect.flatMap(decodeGroups))
  if (rows.length === 0) return []
  const members = yield* sql`SELECT * FROM runner_group_specs ORDER BY group_name, spec_name`.pipe(
    Effect.flatMap(decodeMembers)
  )
  const byGroup = Map.groupBy(members, (member) => member.groupName)
  return rows.map(
    (row) => new RunnerGroup({ ...row, specNames: (byGroup.get(row.name) ?? []).map((member) => member.specName) })
  )
})

export const group = (sql: Sql, name: string) => first(groups(sql, sql`name = ${name}`))

/** By repository, spec, group. */
export const policies = (sql: Sql, where: Fragment = all(sql)) =>
  sql`SELECT * FROM repository_policies WHERE ${where}
    ORDER BY repository, coalesce(spec_name, ''), coalesce(group_name, ''), id`.pipe(
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

export const policy = (sql: Sql, id: number) => first(policies(sql, sql`id = ${id}`))
