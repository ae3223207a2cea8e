// What every database must do with runner specs: changes on condition, their record, and what a deletion means.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import type { RunnerSpec } from "../../src/domain/RunnerSpec.ts"
import { AuditStore } from "../../src/services/store/AuditStore.ts"
import type { Change } from "../../src/services/store/CatalogChange.ts"
import { GroupStore } from "../../src/services/store/GroupStore.ts"
import { OperatorStore } from "../../src/services/store/OperatorStore.ts"
import { PolicyStore } from "../../src/services/store/PolicyStore.ts"
import { RequestStore } from "../../src/services/store/RequestStore.ts"
import { type SpecPatch, SpecStore } from "../../src/services/store/SpecStore.ts"
import { TimelineStore } from "../../src/services/store/TimelineStore.ts"
import type { StoreBackend, Stores } from "./StoreBackends.ts"
import { amend, claim, deliver, requestOf, saveSpec, unconditionally } from "./StoreScenes.ts"

const update = (patch: SpecPatch, expects: Change<RunnerSpec>["expects"] = () => true) =>
  SpecStore.use((specs) => specs.update("small", patch, { by: "ann", expects }))
const remove = (onlyUnused = false) => SpecStore.use((specs) => specs.remove("small", onlyUnused, unconditionally))
const stored = SpecStore.use((specs) => specs.get("small")).pipe(Effect.flatMap(Effect.fromOption))
const audit = AuditStore.use((store) => Effect.map(store.list({ limit: 100, offset: 0 }), ({ events }) => events))
const saveGroup = GroupStore.use((groups) =>
  groups.save({ name: "team", description: "", specNames: ["small"], enabled: true }, unconditionally)
)
const savePolicy = PolicyStore.use((policies) =>
  policies.save({ repository: "acme/*", target: { _tag: "Spec", specName: "small" }, enabled: true }, unconditionally)
)

export const specStoreContract = ({ layer, name }: StoreBackend) => {
  const test = <A, E>(title: string, body: Effect.Effect<A, E, Stores>) =>
    it.effect(title, () => Effect.provide(body, layer))

  describe(`runner specs on ${name}`, () => {
    test(
      "a changed spec is what the next delivery meets",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ jobId: 1, labels: ["self-hosted"] })
        yield* update({ labels: ["self-hosted", "gpu"] })
        yield* deliver({ jobId: 2, labels: ["self-hosted", "gpu"] })
        yield* update({ enabled: false })
        yield* deliver({ jobId: 3, labels: ["self-hosted"] })
        assert.deepStrictEqual((yield* requestOf("1")).labels, ["self-hosted", "e2b"])
        assert.deepStrictEqual((yield* requestOf("2")).labels, ["self-hosted", "gpu"])
        assert.strictEqual((yield* requestOf("3")).status, "failed")
      })
    )
    test(
      "replacing a spec keeps its creation time; the list is by priority, then by name",
      Effect.gen(function* () {
        const specs = yield* SpecStore
        yield* TestClock.setTime(1000)
        const first = yield* saveSpec({ name: "b" })
        yield* saveSpec({ name: "a" })
        yield* TestClock.setTime(2000)
        const second = yield* saveSpec({ name: "b", priority: 5, runnerGroup: "big", maxConcurrency: -1 })
        assert.deepStrictEqual(second.createdAt, first.createdAt)
        assert.notDeepEqual(second.updatedAt, first.updatedAt)
        assert.deepStrictEqual(
          (yield* specs.list).map((spec) => spec.name),
          ["b", "a"]
        )
        assert.deepStrictEqual(yield* Effect.flatMap(specs.get("b"), Effect.fromOption), second)
        assert.strictEqual((yield* specs.get("nobody"))._tag, "None")
        assert.isNull(yield* specs.update("nobody", { priority: 1 }, unconditionally))
      })
    )
    test(
      "a change leaves what it does not name, and takes null, empty and zero at their word (E-117)",
      Effect.gen(function* () {
        const before = yield* saveSpec({ runnerGroup: "big", maxConcurrency: 7, priority: 3 })
        yield* update({ maxConcurrency: 0 })
        const kept = { labels: before.labels, runnerGroup: "big", priority: 3, createdAt: before.createdAt }
        assert.deepInclude(yield* stored, { ...kept, maxConcurrency: 0 })
        yield* update({ runnerGroup: null, priority: 0, enabled: false, labels: undefined })
        const after = yield* stored
        assert.deepInclude(after, { runnerGroup: null, priority: 0, enabled: false, labels: before.labels })
      })
    )
    test(
      "of many who change what all of them have seen exactly one does; of many who create it, too",
      Effect.gen(function* () {
        const racers = [1, 2, 3, 4, 5, 6, 7, 8]
        const wins = <A, E>(results: ReadonlyArray<Result.Result<A, E>>) => results.filter(Result.isSuccess).length
        const created = yield* Effect.all(
          racers.map((priority) =>
            SpecStore.use((specs) =>
              Effect.result(specs.save({ ...bare, priority }, { by: "ann", expects: (current) => current === null }))
            )
          ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(wins(created), 1)
        const seen = (yield* stored).priority
        const changed = yield* Effect.all(
          racers.map((more) =>
            Effect.result(update({ priority: 100 + more }, (current) => current?.priority === seen))
          ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(wins(changed), 1)
        assert.strictEqual(changed.find(Result.isFailure)?.failure._tag, "PreconditionFailed")
        assert.strictEqual((yield* audit).length, 2)
      })
    )
    test(
      "changes of different fields by two who do not look both stand",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* Effect.all([update({ priority: 4 }), update({ maxConcurrency: 9 })], { concurrency: "unbounded" })
        assert.deepInclude(yield* stored, { priority: 4, maxConcurrency: 9 })
      })
    )
    test(
      "each change is recorded with how it was before and after; what changes nothing leaves no trace",
      Effect.gen(function* () {
        yield* TestClock.setTime(1000)
        const first = yield* saveSpec()
        yield* TestClock.setTime(2000)
        assert.deepStrictEqual(yield* saveSpec(), first)
        assert.deepStrictEqual(yield* update({ priority: 0 }), first)
        yield* Effect.result(update({ priority: 9 }, () => false))
        yield* update({ priority: 1 })
        yield* remove()
        yield* remove()
        const [deleted, updated, created, ...others] = yield* audit
        assert.deepStrictEqual(others, [])
        const what = { actor: "ann", resourceType: "runner_spec", resourceId: "small" }
        assert.deepInclude(created, { ...what, action: "runner_spec.create", before: null })
        assert.deepInclude(created?.after, { name: "small", template_id: "runner", priority: 0 })
        assert.deepInclude(updated, { ...what, action: "runner_spec.update", before: created!.after })
        assert.deepInclude(updated?.after, { priority: 1 })
        assert.deepInclude(deleted, { ...what, action: "runner_spec.delete", before: updated!.after, after: null })
      })
    )
    test(
      "requests that wait for a deleted spec fail with that reason, all of them, and can be retried when it is back (E-30)",
      Effect.gen(function* () {
        yield* saveSpec()
        const jobs = Array.from({ length: 501 }, (_, index) => index + 1)
        yield* Effect.forEach(jobs, (jobId) => deliver({ jobId }), { concurrency: "unbounded", discard: true })
        yield* amend("1", { attempt: 2, dueAt: 900_000, lastErrorCode: "sandbox_capacity" })
        yield* TestClock.setTime(5000)
        assert.deepStrictEqual(yield* remove(), {
          _tag: "Deleted",
          uses: { requests: 501, groups: [], policies: [] }
        })
        for (const id of ["1", "2", "501"]) {
          assert.deepInclude(yield* requestOf(id), {
            status: "failed",
            failureStage: "spec_lookup",
            failureReason: "spec_not_found",
            lastErrorCode: "spec_not_found",
            failedAt: 5000,
            dueAt: null
          })
          const entries = yield* TimelineStore.use((timeline) => timeline.of(id))
          assert.deepInclude(entries.at(-1), { code: "failed", stage: "spec_lookup" })
          assert.include(entries.at(-1)?.message, `"small" was deleted by ann`)
        }
        assert.strictEqual((yield* requestOf("1")).attempt, 2)
        yield* saveSpec()
        const answer = yield* OperatorStore.use((operator) => operator.retry("1", unconditionally))
        assert.strictEqual(Effect.runSync(Effect.fromOption(answer))._tag, "Retried")
      })
    )
    test(
      "a queued request that a node is looking at fails, too, and the node's own write no longer counts",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* amend("101", { owner: "node-1", fence: 1 })
        const looking = yield* requestOf("101")
        yield* remove()
        assert.deepInclude(yield* requestOf("101"), { status: "failed", owner: null })
        const written = yield* Effect.result(RequestStore.use((store) => store.judge(looking, () => [])))
        assert.strictEqual(Result.isFailure(written) ? written.failure._tag : "written", "LeaseLost")
      })
    )
    test(
      "requests of other specs, and those whose runner is made or runs, are left alone",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver({ jobId: 1 })
        yield* claim()
        yield* saveSpec({ name: "other", labels: ["other"] })
        yield* deliver({ jobId: 2, labels: ["other"] })
        const before = [yield* requestOf("1"), yield* requestOf("2")]
        assert.strictEqual((yield* remove()).uses.requests, 0)
        assert.deepStrictEqual([yield* requestOf("1"), yield* requestOf("2")], before)
      })
    )
    test(
      "a deleted spec leaves its groups, each with a record; a policy that names it stays",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveSpec({ name: "other" })
        yield* GroupStore.use((groups) =>
          groups.save({ name: "team", description: "", specNames: ["small", "other"], enabled: true }, unconditionally)
        )
        const policy = yield* savePolicy
        assert.deepStrictEqual(yield* remove(), {
          _tag: "Deleted",
          uses: { requests: 0, groups: ["team"], policies: [policy.id] }
        })
        const [group] = yield* GroupStore.use((groups) => groups.list)
        assert.deepStrictEqual(group?.specNames, ["other"])
        assert.deepStrictEqual(yield* PolicyStore.use((policies) => policies.list), [policy])
        assert.deepStrictEqual(
          (yield* audit).slice(0, 2).map(({ action, resourceId }) => [action, resourceId]),
          [
            ["runner_spec.delete", "small"],
            ["runner_group.update", "team"]
          ]
        )
      })
    )
    for (const [what, use, uses] of [
      ["a request that waits", deliver(), { requests: 1 }],
      ["a request that is being provisioned", Effect.andThen(deliver(), claim()), { requests: 1 }],
      ["a group", saveGroup, { groups: 1 }],
      ["a policy", savePolicy, { policies: 1 }]
    ] as const) {
      test(
        `deleted only if unused, a spec stays as long as there is ${what}`,
        Effect.gen(function* () {
          const spec = yield* saveSpec()
          yield* use
          const answer = yield* remove(true)
          const { groups, policies, requests } = answer.uses
          const counts = { requests, groups: groups.length, policies: policies.length }
          assert.deepStrictEqual([answer._tag, counts], ["InUse", { requests: 0, groups: 0, policies: 0, ...uses }])
          assert.deepStrictEqual(yield* stored, spec)
        })
      )
    }
    test(
      "deleted only if unused, an unused spec goes",
      Effect.gen(function* () {
        yield* saveSpec()
        yield* deliver()
        yield* amend("101", { status: "completed" })
        assert.strictEqual((yield* remove(true))._tag, "Deleted")
        assert.deepStrictEqual(yield* SpecStore.use((specs) => specs.list), [])
      })
    )
  })
}

const bare = {
  name: "small",
  labels: ["self-hosted", "e2b"],
  templateId: "runner",
  runnerGroup: null,
  maxConcurrency: 0,
  minIdle: 0,
  priority: 0,
  enabled: true,
  defaultAvailable: true
}
