// Runner specs: their rows, and every change of one with its record.
//
// Answers for: creating, replacing, changing and deleting a spec, and for what a deletion means to whatever depends on it,
// all in one transaction. Not for whether its template can be used: that is asked of E2B before (http/handlers/Specs.ts).
// Gotcha: policies that name a deleted spec stay and grant nothing until there is a spec of that name again.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import type { RunnerSpec } from "../../domain/RunnerSpec.ts"
import { Wakeup } from "../Wakeup.ts"
import { AuditStore } from "./AuditStore.ts"
import { type Change, differs, expected, type PreconditionFailed, recorder } from "./CatalogChange.ts"
import * as Rows from "./CatalogRows.ts"
import { exclusively } from "./Dialect.ts"
import { GroupStore } from "./GroupStore.ts"
import { forgetRunnerVersion } from "./RunnerVersionStore.ts"
import { forgetDeaths, specDeaths } from "./SpecHealthRows.ts"
import { StoreClock } from "./StoreClock.ts"
import { asStoreError, type StoreError } from "./StoreError.ts"
import { makeTellSteps } from "./ToldSteps.ts"
import { failWaiting, needing } from "./WaitingRequests.ts"

/** What an operator sets of a spec. */
export type SpecInput = Omit<typeof RunnerSpec.Type, "createdAt" | "updatedAt">
/** What is absent stays. */
export type SpecPatch = { readonly [K in Exclude<keyof SpecInput, "name">]?: SpecInput[K] | undefined }

/** What depends on a spec. */
export interface SpecUses {
  /** How many requests need it; after a deletion: how many failed. */
  readonly requests: number
  /** Names of the runner groups it is in; after a deletion: was in. */
  readonly groups: ReadonlyArray<string>
  /** Numbers of the policies that name it. */
  readonly policies: ReadonlyArray<number>
}

export type SpecDeletion =
  | { readonly _tag: "Deleted"; readonly uses: SpecUses }
  /** Nothing was changed. */
  | { readonly _tag: "InUse"; readonly uses: SpecUses }

/** As the API names it. */
const stateOf = (spec: SpecInput) => ({
  name: spec.name,
  labels: [...spec.labels],
  template_id: spec.templateId,
  runner_group: spec.runnerGroup,
  max_concurrency: spec.maxConcurrency,
  min_idle: spec.minIdle,
  priority: spec.priority,
  enabled: spec.enabled,
  default_available: spec.defaultAvailable
})

const patched = (spec: SpecInput, patch: SpecPatch): SpecInput => ({
  name: spec.name,
  labels: patch.labels ?? spec.labels,
  templateId: patch.templateId ?? spec.templateId,
  runnerGroup: patch.runnerGroup === undefined ? spec.runnerGroup : patch.runnerGroup,
  maxConcurrency: patch.maxConcurrency ?? spec.maxConcurrency,
  minIdle: patch.minIdle ?? spec.minIdle,
  priority: patch.priority ?? spec.priority,
  enabled: patch.enabled ?? spec.enabled,
  defaultAvailable: patch.defaultAvailable ?? spec.defaultAvailable
})

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tellSteps = yield* makeTellSteps
  const clock = yield* StoreClock
  const groups = yield* GroupStore
  const wakeup = yield* Wakeup
  const audit = yield* AuditStore
  const record = yield* recorder("runner_spec", stateOf)

  /** What its sandboxes have shown so far. */
  const forgetTemplate = (name: string) => Effect.andThen(forgetDeaths(sql, name), forgetRunnerVersion(sql, name))

  const put = Effect.fnUntraced(function* (before: RunnerSpec | null, spec: SpecInput, by: string) {
    if (before !== null && !differs(stateOf(before), stateOf(spec))) return before
    const now = yield* clock.now
    const row = {
      name: spec.name,
      labels: JSON.stringify(spec.labels),
      templateId: spec.templateId,
      runnerGroup: spec.runnerGroup,
      maxConcurrency: spec.maxConcurrency,
      minIdle: spec.minIdle,
      priority: spec.priority,
      enabled: spec.enabled ? 1 : 0,
      defaultAvailable: spec.defaultAvailable ? 1 : 0,
      updatedAt: now
    }
    yield* sql`INSERT INTO runner_specs ${sql.insert({ ...row, createdAt: now })}
      ON CONFLICT (name) DO UPDATE SET ${sql.update(row, ["name"])}`
    if (before !== null && before.templateId !== spec.templateId) yield* forgetTemplate(spec.name)
    const after = yield* Rows.spec(sql, spec.name).pipe(Effect.flatMap(Effect.fromOption), Effect.orDie)
    yield* record(by, spec.name, before, after)
    return after
  })

  const usesOf = Effect.fnUntraced(function* (name: string) {
    const members = yield* sql<{ groupName: string }>`SELECT group_name FROM runner_group_specs
      WHERE spec_name = ${name} ORDER BY group_name`
    const policies = yield* Rows.policies(sql, sql`spec_name = ${name}`)
    return {
      requests: yield* needing(sql, name),
      groups: members.map(({ groupName }) => groupName),
      policies: policies.map(({ id }) => id)
    } satisfies SpecUses
  })

  const remove = Effect.fnUntraced(function* (spec: RunnerSpec, uses: SpecUses, by: string) {
    const failed = yield* failWaiting(sql, tellSteps, spec.name, by, yield* clock.now)
    yield* Effect.forEach(uses.groups, (group) => groups.dropMember(group, spec.name, by), { discard: true })
    yield* sql`DELETE FROM runner_specs WHERE name = ${spec.name}`
    yield* forgetTemplate(spec.name)
    yield* record(by, spec.name, spec, null)
    yield* sql.afterCommit(wakeup.notify({ requestIds: failed, newRequests: false }))
    return { ...uses, requests: failed.length }
  })

  return SpecStore.of({
    list: Rows.specs(sql).pipe(asStoreError("listSpecs")),
    get: Effect.fn("SpecStore.get")((name: string) => Rows.spec(sql, name), asStoreError("getSpec")),
    save: Effect.fn("SpecStore.save")(
      function* (spec: SpecInput, change: Change<RunnerSpec>) {
        const before = yield* Effect.flatMap(Rows.spec(sql, spec.name), (found) => expected(found, change))
        return yield* put(before, spec, change.by)
      },
      exclusively(sql),
      asStoreError("saveSpec")
    ),
    update: Effect.fn("SpecStore.update")(
      function* (name: string, patch: SpecPatch, change: Change<RunnerSpec>) {
        const before = yield* Effect.flatMap(Rows.spec(sql, name), (found) => expected(found, change))
        if (before === null) return null
        return yield* put(before, patched(before, patch), change.by)
      },
      exclusively(sql),
      asStoreError("updateSpec")
    ),
    resume: Effect.fn("SpecStore.resume")(
      function* (name: string, by: string) {
        if (Option.isNone(yield* Rows.spec(sql, name))) return null
        const deaths = (yield* specDeaths(sql)).get(name)
        if (deaths === undefined) return false
        yield* forgetDeaths(sql, name)
        const before = { deaths: deaths.deaths, code: deaths.code, message: deaths.message }
        yield* audit.append({ actor: by, action: "runner_spec.resume", resourceId: name, before, after: { deaths: 0 } })
        yield* sql.afterCommit(wakeup.notify({ requestIds: [], newRequests: true }))
        return true
      },
      exclusively(sql),
      asStoreError("resumeSpec")
    ),
    remove: Effect.fn("SpecStore.remove")(
      function* (name: string, onlyUnused: boolean, change: Change<RunnerSpec>) {
        const spec = yield* Effect.flatMap(Rows.spec(sql, name), (found) => expected(found, change))
        const uses = yield* usesOf(name)
        if (onlyUnused && (uses.requests > 0 || uses.groups.length > 0 || uses.policies.length > 0)) {
          return { _tag: "InUse" as const, uses }
        }
        if (spec === null) return { _tag: "Deleted" as const, uses: { ...uses, requests: 0, groups: [] } }
        return { _tag: "Deleted" as const, uses: yield* remove(spec, uses, change.by) }
      },
      exclusively(sql),
      asStoreError("removeSpec")
    )
  })
})

export class SpecStore extends Context.Service<
  SpecStore,
  {
    /** By priority, highest first, then by name. */
    readonly list: Effect.Effect<ReadonlyArray<RunnerSpec>, StoreError>
    readonly get: (name: string) => Effect.Effect<Option.Option<RunnerSpec>, StoreError>
    /** Creates the spec, or replaces the one of that name, whose creation time stays. */
    readonly save: (
      spec: SpecInput,
      change: Change<RunnerSpec>
    ) => Effect.Effect<RunnerSpec, StoreError | PreconditionFailed>
    /** Null: there is no such spec. */
    readonly update: (
      name: string,
      patch: SpecPatch,
      change: Change<RunnerSpec>
    ) => Effect.Effect<RunnerSpec | null, StoreError | PreconditionFailed>
    /** Sandboxes of it that died are forgotten, so that it is provisioned for again. False: there are none; null: no such spec. */
    readonly resume: (name: string, by: string) => Effect.Effect<boolean | null, StoreError>
    /** Fails the requests that wait for it. One that is not there counts as deleted. */
    readonly remove: (
      name: string,
      onlyUnused: boolean,
      change: Change<RunnerSpec>
    ) => Effect.Effect<SpecDeletion, StoreError | PreconditionFailed>
  }
>()("runnerd/services/store/SpecStore") {
  static readonly layer = Layer.effect(SpecStore, make)
}
