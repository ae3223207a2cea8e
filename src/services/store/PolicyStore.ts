// Repository policies: their rows, and every change of one with its record.
//
// Answers for: granting a spec or a group that there is to the repositories of a pattern, once; changing and deleting that.
// Not for what follows from them (domain/Admission.ts).
// Gotcha: repositories are the same in any case of letters, so one that is written otherwise is no second policy.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { repositoryKey } from "../../domain/RepositoryName.ts"
import { PolicyTarget, type RepositoryPolicy, retargeted } from "../../domain/RepositoryPolicy.ts"
import { type Change, differs, expected, PreconditionFailed, recorder } from "./CatalogChange.ts"
import * as Rows from "./CatalogRows.ts"
import { exclusively } from "./Dialect.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"

/** What an operator sets of a policy. */
export type PolicyInput = Omit<typeof RepositoryPolicy.Type, "id" | "createdAt">

/** What is absent stays. Of the two names a null takes the target away, and a text makes it the target. */
export interface PolicyPatch {
  readonly repository?: string | undefined
  readonly specName?: string | null | undefined
  readonly groupName?: string | null | undefined
  readonly enabled?: boolean | undefined
}

/** There is no such spec or group; nothing was changed. */
export class UnknownTarget extends Schema.TaggedError<UnknownTarget>()("UnknownTarget", { target: PolicyTarget }) {}

/** A change would leave the policy without a target; nothing was changed. */
export class NoTarget extends Schema.TaggedError<NoTarget>()("NoTarget", {}) {}

/** Another policy grants the same to the same repositories; nothing was changed. */
export class DuplicatePolicy extends Schema.TaggedError<DuplicatePolicy>()("DuplicatePolicy", { id: Schema.Int }) {}

/** As the API names it. */
const stateOf = ({ enabled, repository, target }: PolicyInput) => ({
  repository_full_name: repository,
  runner_spec_name: target._tag === "Spec" ? target.specName : null,
  runner_group_name: target._tag === "Group" ? target.groupName : null,
  enabled
})

const targetColumns = (target: PolicyTarget) => ({
  specName: target._tag === "Spec" ? target.specName : null,
  groupName: target._tag === "Group" ? target.groupName : null
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const clock = yield* StoreClock
  const record = yield* recorder("repository_policy", stateOf)

  const targetIs = (target: PolicyTarget) =>
    target._tag === "Spec" ? sql`spec_name = ${target.specName}` : sql`group_name = ${target.groupName}`

  const granting = (repository: string, target: PolicyTarget) =>
    Effect.map(
      Rows.policies(sql, sql.and([sql`lower(repository) = ${repositoryKey(repository)}`, targetIs(target)])),
      ([policy]) => policy
    )

  const checkTarget = Effect.fnUntraced(function* (target: PolicyTarget) {
    const rows =
      target._tag === "Spec"
        ? yield* sql`SELECT name FROM runner_specs WHERE name = ${target.specName}`
        : yield* sql`SELECT name FROM runner_groups WHERE name = ${target.groupName}`
    if (rows.length === 0) return yield* new UnknownTarget({ target })
  })

  const one = (id: number) => Rows.policy(sql, id).pipe(Effect.flatMap(Effect.fromOption), Effect.orDie)

  const change = Effect.fnUntraced(function* (before: RepositoryPolicy, next: PolicyInput, by: string) {
    if (!differs(stateOf(before), stateOf(next))) return before
    const row = { repository: next.repository, ...targetColumns(next.target), enabled: next.enabled ? 1 : 0 }
    yield* sql`UPDATE repository_policies SET ${sql.update(row)} WHERE id = ${before.id}`
    const after = yield* one(before.id)
    yield* record(by, String(before.id), before, after)
    return after
  })

  const insert = Effect.fnUntraced(function* ({ enabled, repository, target }: PolicyInput, by: string) {
    const row = { repository, ...targetColumns(target), enabled: enabled ? 1 : 0, createdAt: yield* clock.now }
    const rows = yield* sql<{ id: number }>`INSERT INTO repository_policies ${sql.insert(row)} RETURNING id`
    const after = yield* one(rows[0]!.id)
    yield* record(by, String(after.id), null, after)
    return after
  })

  const next = Effect.fnUntraced(function* (before: RepositoryPolicy, patch: PolicyPatch) {
    const target = retargeted(before.target, patch)
    if (target === null) return yield* new NoTarget()
    // One whose spec or group is gone can still be disabled.
    if (patch.specName !== undefined || patch.groupName !== undefined) yield* checkTarget(target)
    const repository = patch.repository ?? before.repository
    const same = yield* granting(repository, target)
    if (same !== undefined && same.id !== before.id) return yield* new DuplicatePolicy({ id: same.id })
    return { repository, target, enabled: patch.enabled ?? before.enabled }
  })

  return PolicyStore.of({
    list: Rows.policies(sql).pipe(asStoreError("listPolicies")),
    get: Effect.fn("PolicyStore.get")((id: number) => Rows.policy(sql, id), asStoreError("getPolicy")),
    save: Effect.fn("PolicyStore.save")(
      function* (policy: PolicyInput, wanted: Change<RepositoryPolicy>) {
        const known = yield* granting(policy.repository, policy.target)
        if (!wanted.expects(known ?? null)) return yield* new PreconditionFailed()
        yield* checkTarget(policy.target)
        if (known === undefined) return yield* insert(policy, wanted.by)
        return yield* change(
          known,
          { repository: known.repository, target: known.target, enabled: policy.enabled },
          wanted.by
        )
      },
      exclusively(sql),
      asStoreError("savePolicy")
    ),
    update: Effect.fn("PolicyStore.update")(
      function* (id: number, patch: PolicyPatch, wanted: Change<RepositoryPolicy>) {
        const before = yield* Effect.flatMap(Rows.policy(sql, id), (found) => expected(found, wanted))
        return before === null ? null : yield* change(before, yield* next(before, patch), wanted.by)
      },
      exclusively(sql),
      asStoreError("updatePolicy")
    ),
    remove: Effect.fn("PolicyStore.remove")(
      function* (id: number, wanted: Change<RepositoryPolicy>) {
        const before = yield* Effect.flatMap(Rows.policy(sql, id), (found) => expected(found, wanted))
        if (before === null) return
        yield* sql`DELETE FROM repository_policies WHERE id = ${id}`
        yield* record(wanted.by, String(id), before, null)
      },
      exclusively(sql),
      asStoreError("removePolicy")
    ),
    disableForGroup: Effect.fnUntraced(function* (groupName: string, by: string) {
      const policies = yield* Rows.policies(sql, targetIs({ _tag: "Group", groupName }))
      const disable = (policy: RepositoryPolicy) =>
        change(policy, { repository: policy.repository, target: policy.target, enabled: false }, by)
      yield* Effect.forEach(policies, disable, { discard: true })
    })
  })
})

export class PolicyStore extends Context.Service<
  PolicyStore,
  {
    /** By repository, spec, group. */
    readonly list: Effect.Effect<ReadonlyArray<RepositoryPolicy>, StoreError>
    readonly get: (id: number) => Effect.Effect<Option.Option<RepositoryPolicy>, StoreError>
    /** Creates the policy; of one that grants the same to the same repositories it sets `enabled`. */
    readonly save: (
      policy: PolicyInput,
      change: Change<RepositoryPolicy>
    ) => Effect.Effect<RepositoryPolicy, StoreError | PreconditionFailed | UnknownTarget>
    /** Null: there is no such policy. */
    readonly update: (
      id: number,
      patch: PolicyPatch,
      change: Change<RepositoryPolicy>
    ) => Effect.Effect<
      RepositoryPolicy | null,
      StoreError | PreconditionFailed | UnknownTarget | NoTarget | DuplicatePolicy
    >
    /** One that is not there counts as deleted. */
    readonly remove: (
      id: number,
      change: Change<RepositoryPolicy>
    ) => Effect.Effect<void, StoreError | PreconditionFailed>
    /** Part of the caller's transaction, which deletes the group. */
    readonly disableForGroup: (groupName: string, by: string) => Effect.Effect<void, SqlError | Schema.SchemaError>
  }
>()("runnerd/services/store/PolicyStore") {
  static readonly layer = Layer.effect(PolicyStore, make)
}
