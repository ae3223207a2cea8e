// Runner groups: their rows with their members, and every change of one with its record.
//
// Answers for: creating, replacing, changing and deleting a group; a member is a spec that there is. Not for what a group
// grants (domain/Admission.ts).
// Gotcha: whoever deletes a group disables the policies that name it, so that a new group of that name is granted to nobody
// by surprise.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { RunnerGroup } from "../../domain/RunnerGroup.ts"
import { type Change, differs, expected, type PreconditionFailed, recorder } from "./CatalogChange.ts"
import * as Rows from "./CatalogRows.ts"
import { exclusively } from "./Dialect.ts"
import { PolicyStore } from "./PolicyStore.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** What an operator sets of a group. */
export type GroupInput = Omit<typeof RunnerGroup.Type, "createdAt" | "updatedAt">
/** What is absent stays. */
export type GroupPatch = { readonly [K in Exclude<keyof GroupInput, "name">]?: GroupInput[K] | undefined }

/** There are no specs of these names; nothing was changed. */
export class UnknownSpecs extends Schema.TaggedError<UnknownSpecs>()("UnknownSpecs", {
  names: Schema.Array(Schema.String)
}) {}

export type GroupDeletion =
  /** `policies`: those that name it; they are disabled now. */
  | { readonly _tag: "Deleted"; readonly policies: ReadonlyArray<number> }
  /** Nothing was changed. */
  | { readonly _tag: "InUse"; readonly policies: ReadonlyArray<number> }

/** As the API names it. */
const stateOf = (group: GroupInput) => ({
  name: group.name,
  description: group.description,
  spec_names: [...group.specNames].sort(),
  enabled: group.enabled
})

const patched = (group: GroupInput, patch: GroupPatch): GroupInput => ({
  name: group.name,
  description: patch.description ?? group.description,
  specNames: patch.specNames ?? group.specNames,
  enabled: patch.enabled ?? group.enabled
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const policies = yield* PolicyStore
  const record = yield* recorder("runner_group", stateOf)

  const checkMembers = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
    if (names.length === 0) return
    const known = new Set((yield* Rows.specs(sql)).map(({ name }) => name))
    const unknown = names.filter((name) => !known.has(name))
    if (unknown.length > 0) return yield* new UnknownSpecs({ names: unknown })
  })

  const put = Effect.fnUntraced(function* (before: RunnerGroup | null, group: GroupInput, by: string) {
    const specNames = [...new Set(group.specNames)]
    const next = { ...group, specNames }
    if (before !== null && !differs(stateOf(before), stateOf(next))) return before
    const now = yield* clock.now
    const row = { name: group.name, description: group.description, enabled: group.enabled ? 1 : 0, updatedAt: now }
    yield* sql`INSERT INTO runner_groups ${sql.insert({ ...row, createdAt: now })}
      ON CONFLICT (name) DO UPDATE SET ${sql.update(row, ["name"])}`
    yield* sql`DELETE FROM runner_group_specs WHERE group_name = ${group.name}`
    if (specNames.length > 0) {
      yield* sql`INSERT INTO runner_group_specs ${sql.insert(
        specNames.map((specName) => ({ groupName: group.name, specName })) as never
      )}`
    }
    const after = yield* Rows.group(sql, group.name).pipe(Effect.flatMap(Effect.fromOption), Effect.orDie)
    yield* record(by, group.name, before, after)
    return after
  })

  const found = (name: string, change: Change<RunnerGroup>) =>
    Effect.flatMap(Rows.group(sql, name), (group) => expected(group, change))

  return GroupStore.of({
    list: Rows.groups(sql).pipe(asStoreError("listGroups")),
    get: Effect.fn("GroupStore.get")((name: string) => Rows.group(sql, name), asStoreError("getGroup")),
    save: Effect.fn("GroupStore.save")(
      function* (group: GroupInput, change: Change<RunnerGroup>) {
        const before = yield* found(group.name, change)
        yield* checkMembers(group.specNames)
        return yield* put(before, group, change.by)
      },
      exclusively(sql),
      asStoreError("saveGroup")
    ),
    update: Effect.fn("GroupStore.update")(
      function* (name: string, patch: GroupPatch, change: Change<RunnerGroup>) {
        const before = yield* found(name, change)
        if (before === null) return null
        yield* checkMembers(patch.specNames ?? [])
        return yield* put(before, patched(before, patch), change.by)
      },
      exclusively(sql),
      asStoreError("updateGroup")
    ),
    remove: Effect.fn("GroupStore.remove")(
      function* (name: string, onlyUnused: boolean, change: Change<RunnerGroup>) {
        const group = yield* found(name, change)
        const users = (yield* Rows.policies(sql, sql`group_name = ${name}`)).map(({ id }) => id)
        if (onlyUnused && users.length > 0) return { _tag: "InUse" as const, policies: users }
        if (group === null) return { _tag: "Deleted" as const, policies: [] }
        yield* policies.disableForGroup(name, change.by)
        yield* sql`DELETE FROM runner_group_specs WHERE group_name = ${name}`
        yield* sql`DELETE FROM runner_groups WHERE name = ${name}`
        yield* record(change.by, name, group, null)
        return { _tag: "Deleted" as const, policies: users }
      },
      exclusively(sql),
      asStoreError("removeGroup")
    ),
    dropMember: Effect.fnUntraced(function* (name: string, specName: string, by: string) {
      const before = yield* Rows.group(sql, name).pipe(Effect.flatMap(Effect.fromOption), Effect.orDie)
      const specNames = before.specNames.filter((member) => member !== specName)
      yield* put(before, patched(before, { specNames }), by)
    })
  })
})

export class GroupStore extends Context.Service<
  GroupStore,
  {
    /** By name. */
    readonly list: Effect.Effect<ReadonlyArray<RunnerGroup>, StoreError>
    readonly get: (name: string) => Effect.Effect<Option.Option<RunnerGroup>, StoreError>
    /** Creates the group, or replaces the one of that name with all its members. */
    readonly save: (
      group: GroupInput,
      change: Change<RunnerGroup>
    ) => Effect.Effect<RunnerGroup, StoreError | PreconditionFailed | UnknownSpecs>
    /** Null: there is no such group. */
    readonly update: (
      name: string,
      patch: GroupPatch,
      change: Change<RunnerGroup>
    ) => Effect.Effect<RunnerGroup | null, StoreError | PreconditionFailed | UnknownSpecs>
    /** One that is not there counts as deleted. */
    readonly remove: (
      name: string,
      onlyUnused: boolean,
      change: Change<RunnerGroup>
    ) => Effect.Effect<GroupDeletion, StoreError | PreconditionFailed>
    /** Part of the caller's transaction, which deletes the spec. */
    readonly dropMember: (
      name: string,
      specName: string,
      by: string
    ) => Effect.Effect<void, SqlError | Schema.SchemaError>
  }
>()("runnerd/services/store/GroupStore") {
  static readonly layer = Layer.effect(GroupStore, make)
}
