// What every database must do with runner groups and repository policies.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { AuditStore } from "../../src/services/store/AuditStore.ts"
import { type GroupInput, GroupStore } from "../../src/services/store/GroupStore.ts"
import { type PolicyInput, PolicyStore } from "../../src/services/store/PolicyStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { deliver, requestOf, saveSpec, unconditionally } from "./StoreScenes.ts"

const saveGroup = (over: Partial<GroupInput> = {}) =>
  GroupStore.use((groups) =>
    groups.save({ name: "team", description: "", specNames: ["small"], enabled: true, ...over }, unconditionally)
  )
const toTeam = { _tag: "Group", groupName: "team" } as const
const toSmall = { _tag: "Spec", specName: "small" } as const
const savePolicy = (over: Partial<PolicyInput> = {}, expects: (current: unknown) => boolean = () => true) =>
  PolicyStore.use((policies) =>
    policies.save({ repository: "acme/web", target: toTeam, enabled: true, ...over }, { by: "ann", expects })
  )
const tagOf = <A, E extends { readonly _tag: string }>(result: Result.Result<A, E>) =>
  Result.isFailure(result) ? result.failure._tag : "Success"
const actions = AuditStore.use((audit) =>
  Effect.map(audit.list({ limit: 100, offset: 0 }), ({ events }) => events.map(({ action }) => action))
)
const served = (jobId: number) =>
  Effect.gen(function* () {
    yield* deliver({ jobId })
    return (yield* requestOf(String(jobId))).status === "queued"
  })

const racers = [1, 2, 3, 4, 5, 6, 7, 8]
/** All do it at once: one does, and the others are told that it is not what they have seen. */
const oneWins = <A, E extends { readonly _tag: string }, R>(act: (racer: number) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    // So that each has its connection before they race.
    yield* Effect.forEach(racers, () => actions, { concurrency: "unbounded" })
    const results = yield* Effect.forEach(racers, (racer) => Effect.result(act(racer)), { concurrency: "unbounded" })
    const tags = results.map(tagOf)
    assert.strictEqual(tags.filter((tag) => tag === "Success").length, 1)
    assert.strictEqual(tags.filter((tag) => tag === "PreconditionFailed").length, racers.length - 1)
  })

/** Only by a grant is the spec available. */
const granted = saveSpec({ defaultAvailable: false })

export const grantsContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`runner groups on ${name}`, () => {
    test(
      "a group has each member once, whatever the order; replacing it replaces its members",
      Effect.gen(function* () {
        for (const spec of ["small", "large", "gpu"]) yield* saveSpec({ name: spec })
        const group = yield* saveGroup({ specNames: ["small", "large", "small"] })
        assert.deepStrictEqual(group.specNames, ["large", "small"])
        assert.deepStrictEqual(yield* saveGroup({ specNames: ["large", "small"] }), group)
        const replaced = yield* saveGroup({ specNames: ["gpu"], description: "GPUs" })
        assert.deepInclude(replaced, { specNames: ["gpu"], description: "GPUs", createdAt: group.createdAt })
        assert.deepStrictEqual(yield* GroupStore.use((groups) => groups.list), [replaced])
      })
    )
    test(
      "a member that is no spec is refused by name, and nothing is changed",
      Effect.gen(function* () {
        yield* saveSpec()
        const group = yield* saveGroup()
        const results = [
          yield* Effect.result(saveGroup({ name: "new", specNames: ["small", "typo"] })),
          yield* Effect.result(
            GroupStore.use((groups) => groups.update("team", { specNames: ["typo"] }, unconditionally))
          )
        ]
        for (const result of results) {
          assert.deepInclude(Result.isFailure(result) ? result.failure : {}, { _tag: "UnknownSpecs", names: ["typo"] })
        }
        assert.deepStrictEqual(yield* GroupStore.use((groups) => groups.list), [group])
      })
    )
    test(
      "a change leaves what it does not name; an empty list takes all members out",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveGroup({ description: "ours" })
        const update = (patch: Partial<GroupInput>) =>
          GroupStore.use((groups) => groups.update("team", patch, unconditionally))
        assert.deepInclude(yield* update({ enabled: false }), { description: "ours", specNames: ["small"] })
        assert.deepInclude(yield* update({ specNames: [] }), { enabled: false, specNames: [] })
        assert.deepInclude(yield* update({ description: "" }), { enabled: false, description: "" })
        assert.isNull(yield* GroupStore.use((groups) => groups.update("nobody", {}, unconditionally)))
      })
    )
    test(
      "what a group grants follows every change of it at once",
      Effect.gen(function* () {
        yield* granted
        yield* saveGroup()
        assert.isFalse(yield* served(1))
        yield* savePolicy()
        assert.isTrue(yield* served(2))
        yield* saveGroup({ enabled: false })
        assert.isFalse(yield* served(3))
        yield* saveGroup({ enabled: true, specNames: [] })
        assert.isFalse(yield* served(4))
        yield* saveGroup()
        assert.isTrue(yield* served(5))
      })
    )
    test(
      "deleting a group disables the policies that name it, each with a record, so that a new one of that name is granted to nobody",
      Effect.gen(function* () {
        yield* granted
        yield* saveGroup()
        const policy = yield* savePolicy()
        const other = yield* savePolicy({ repository: "other/*", target: toSmall })
        const remove = GroupStore.use((groups) => groups.remove("team", false, unconditionally))
        assert.deepStrictEqual(yield* remove, { _tag: "Deleted", policies: [policy.id] })
        assert.deepStrictEqual(
          (yield* PolicyStore.use((policies) => policies.list)).map(({ enabled, id }) => [id, enabled]),
          [
            [policy.id, false],
            [other.id, true]
          ]
        )
        assert.deepStrictEqual((yield* actions).slice(0, 2), ["runner_group.delete", "repository_policy.update"])
        assert.deepStrictEqual(yield* remove, { _tag: "Deleted", policies: [] })
        yield* saveGroup()
        assert.isFalse(yield* served(1))
      })
    )
    test(
      "deleted only if unused, a group stays as long as a policy names it",
      Effect.gen(function* () {
        yield* saveSpec()
        const group = yield* saveGroup()
        const policy = yield* savePolicy({ enabled: false })
        const remove = GroupStore.use((groups) => groups.remove("team", true, unconditionally))
        assert.deepStrictEqual(yield* remove, { _tag: "InUse", policies: [policy.id] })
        assert.deepStrictEqual(yield* GroupStore.use((groups) => groups.list), [group])
        yield* PolicyStore.use((policies) => policies.remove(policy.id, unconditionally))
        assert.deepStrictEqual(yield* remove, { _tag: "Deleted", policies: [] })
        assert.deepStrictEqual(yield* GroupStore.use((groups) => groups.list), [])
      })
    )
  })

  describe(`repository policies on ${name}`, () => {
    test(
      "granting the same twice is one policy, in whatever case the repository is written, and sets enabled",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveGroup()
        const first = yield* savePolicy()
        const second = yield* savePolicy({ repository: "Acme/Web", enabled: false })
        assert.deepInclude(second, { id: first.id, repository: "acme/web", enabled: false })
        const other = yield* savePolicy({ target: toSmall })
        assert.notStrictEqual(other.id, first.id)
        assert.deepStrictEqual(yield* PolicyStore.use((policies) => policies.list), [second, other])
      })
    )
    test(
      "the same policy created by several at once is one policy, and none of them is told of an error (E-110)",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveGroup()
        // So that each has its connection before they race.
        yield* Effect.forEach(racers, () => actions, { concurrency: "unbounded" })
        const saved = yield* Effect.forEach(racers, () => savePolicy(), { concurrency: "unbounded" })
        assert.strictEqual(new Set(saved.map(({ id }) => id)).size, 1)
        assert.deepStrictEqual(yield* PolicyStore.use((policies) => policies.list), saved.slice(0, 1))
        assert.strictEqual((yield* actions).filter((action) => action === "repository_policy.create").length, 1)
      })
    )
    test(
      "the list is by repository, spec, group, the same on every database",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveGroup()
        for (const repository of ["b/x", "a/*", "B/x"]) {
          yield* savePolicy({ repository, target: toSmall })
          yield* savePolicy({ repository })
        }
        assert.deepStrictEqual(
          (yield* PolicyStore.use((policies) => policies.list)).map(({ repository, target }) => [
            repository,
            target._tag
          ]),
          [
            ["a/*", "Group"],
            ["a/*", "Spec"],
            ["b/x", "Group"],
            ["b/x", "Spec"]
          ]
        )
      })
    )
    test(
      "a grant of what does not exist is refused; one whose group is gone can still be disabled",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveGroup()
        const policy = yield* savePolicy()
        const update = (patch: Parameters<PolicyStore["Service"]["update"]>[1]) =>
          PolicyStore.use((policies) => policies.update(policy.id, patch, unconditionally))
        for (const target of [
          { _tag: "Spec", specName: "team" },
          { _tag: "Group", groupName: "small" }
        ] as const) {
          assert.strictEqual(tagOf(yield* Effect.result(savePolicy({ target }))), "UnknownTarget")
        }
        assert.strictEqual(tagOf(yield* Effect.result(update({ specName: "typo" }))), "UnknownTarget")
        assert.strictEqual(tagOf(yield* Effect.result(update({ groupName: null }))), "NoTarget")
        assert.deepStrictEqual(yield* PolicyStore.use((policies) => policies.list), [policy])
        yield* GroupStore.use((groups) => groups.remove("team", false, unconditionally))
        assert.deepInclude(yield* update({ enabled: true }), { enabled: true, target: toTeam })
        assert.deepInclude(yield* update({ enabled: false }), { enabled: false })
      })
    )
    test(
      "naming a spec takes the group away, and the other way round; a change into another's grant is refused",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveGroup()
        const policy = yield* savePolicy()
        const update = (patch: Parameters<PolicyStore["Service"]["update"]>[1]) =>
          PolicyStore.use((policies) => policies.update(policy.id, patch, unconditionally))
        assert.deepInclude(yield* update({ specName: "small" }), { target: toSmall })
        assert.deepInclude(yield* update({ specName: null, groupName: "team" }), { target: toTeam })
        assert.deepInclude(yield* update({ specName: null, repository: "acme/api" }), {
          target: toTeam,
          repository: "acme/api"
        })
        yield* savePolicy({ repository: "acme/other" })
        assert.strictEqual(tagOf(yield* Effect.result(update({ repository: "ACME/Other" }))), "DuplicatePolicy")
        assert.deepInclude(yield* update({ repository: "ACME/api" }), { repository: "ACME/api" })
        assert.isNull(yield* PolicyStore.use((policies) => policies.update(999, {}, unconditionally)))
      })
    )
    test(
      "of many who create it while there is none exactly one does",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveGroup()
        yield* oneWins(() => savePolicy({}, (current) => current === null))
        assert.strictEqual((yield* PolicyStore.use((policies) => policies.list)).length, 1)
      })
    )
    test(
      "of many who change what all of them have seen exactly one does, be it a policy or a group",
      Effect.gen(function* () {
        yield* saveSpec()
        const group = yield* saveGroup()
        const { id } = yield* savePolicy()
        const [groups, policies] = [yield* GroupStore, yield* PolicyStore]
        yield* oneWins((racer) =>
          groups.update(
            "team",
            { description: `by ${racer}` },
            { by: "ann", expects: (current) => current?.description === group.description }
          )
        )
        yield* oneWins((racer) =>
          policies.update(
            id,
            { repository: `acme/by-${racer}` },
            { by: "ann", expects: (current) => current?.repository === "acme/web" }
          )
        )
      })
    )
    test(
      "each change is recorded, and what changes nothing is not",
      Effect.gen(function* () {
        yield* saveSpec()
        const policy = yield* savePolicy({ target: toSmall })
        yield* savePolicy({ target: toSmall })
        yield* savePolicy({ target: toSmall, enabled: false })
        yield* PolicyStore.use((policies) => policies.remove(policy.id, unconditionally))
        yield* PolicyStore.use((policies) => policies.remove(policy.id, unconditionally))
        const events = yield* AuditStore.use((audit) => audit.list({ limit: 3, offset: 0 }))
        const state = (enabled: boolean) => ({
          repository_full_name: "acme/web",
          runner_spec_name: "small",
          runner_group_name: null,
          enabled
        })
        const what = { actor: "ann", resourceType: "repository_policy", resourceId: String(policy.id) }
        const [removed, disabled, created] = events.events
        assert.strictEqual(events.total, 4)
        assert.deepInclude(created, { ...what, action: "repository_policy.create", before: null, after: state(true) })
        assert.deepInclude(disabled, { ...what, action: "repository_policy.update", after: state(false) })
        assert.deepInclude(removed, { ...what, action: "repository_policy.delete", before: state(false), after: null })
      })
    )
  })
}
