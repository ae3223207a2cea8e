import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { deliver } from "../../support/StoreScenes.ts"
import { manage, story } from "../ServerFixture.ts"

interface Answer {
  readonly jobs: number
  readonly changed_jobs: number
  readonly changes: ReadonlyArray<{
    readonly repository_full_name: string
    readonly jobs: number
    readonly before: { readonly outcome: string; readonly runner_spec_name: string | null }
    readonly after: {
      readonly outcome: string
      readonly runner_spec_name: string | null
      readonly reason: string | null
    }
  }>
}

const small = { name: "small", labels: ["self-hosted", "e2b"], template_id: "runner", default_available: true }
const dryRun = (change: object) => manage("POST", "/runner_specs/dry_run", change)
const answerTo = (change: object) => Effect.map(dryRun(change), ({ json }) => json as Answer)

/** Three jobs that a spec serves, and one for which there is none. */
const history = Effect.gen(function* () {
  yield* manage("POST", "/runner_specs", small)
  for (const jobId of [101, 102, 103]) yield* deliver({ jobId })
  yield* deliver({ jobId: 104, labels: ["self-hosted", "gpu"] })
})

describe("the dry run", () => {
  story(
    "counts the jobs that would be decided otherwise, or for another reason, and changes nothing",
    Effect.gen(function* () {
      yield* history
      const answer = yield* answerTo({ runner_spec: { name: "small", enabled: false } })
      assert.deepInclude(answer, { jobs: 4, changed_jobs: 4 })
      assert.deepInclude(answer.changes[0], { jobs: 3 })
      assert.deepInclude(answer.changes[0]?.before, { outcome: "admitted", runner_spec_name: "small" })
      assert.deepInclude(answer.changes[0]?.after, { outcome: "refused", reason: "spec_not_allowed" })
      assert.deepInclude((yield* manage("GET", "/runner_specs/small")).json, { enabled: true })
    })
  )
  story(
    "a new spec and a new policy would serve jobs that are refused, and others better",
    Effect.gen(function* () {
      yield* history
      const gpu = { name: "gpu", labels: ["self-hosted", "gpu"], template_id: "runner" }
      assert.strictEqual((yield* answerTo({ runner_spec: gpu })).changed_jobs, 0)
      const granted = { repository_full_name: "acme/*", runner_spec_name: "gpu" }
      const answer = yield* answerTo({ runner_spec: gpu, new_policy: granted })
      assert.strictEqual(answer.changed_jobs, 1)
      assert.deepInclude(answer.changes[0]?.after, { outcome: "admitted", runner_spec_name: "gpu" })
      const preferred = { ...small, name: "fast", priority: 5 }
      assert.strictEqual((yield* answerTo({ runner_spec: preferred })).changes[0]?.after.runner_spec_name, "fast")
    })
  )
  story(
    "a group that gets a spec, is turned off, deleted or made grants otherwise",
    Effect.gen(function* () {
      yield* history
      const decided = (change: object) =>
        Effect.map(answerTo(change), ({ changes }) =>
          changes.map(({ after }) => after.runner_spec_name ?? after.reason ?? "")
        )
      yield* manage("POST", "/runner_specs", { name: "gpu", labels: ["self-hosted", "gpu"], template_id: "runner" })
      yield* manage("POST", "/runner_groups", { name: "rare", spec_names: [] })
      yield* manage("POST", "/runner_policies", { repository_full_name: "acme/*", runner_group_name: "rare" })
      assert.deepStrictEqual(yield* decided({ runner_group: { name: "rare", description: "ours" } }), [])
      assert.deepStrictEqual(yield* decided({ runner_group: { name: "rare", spec_names: ["gpu"] } }), ["gpu"])
      yield* manage("PATCH", "/runner_groups/rare", { spec_names: ["gpu"] })
      assert.lengthOf(yield* decided({ runner_group: { name: "rare", enabled: false } }), 1)
      assert.lengthOf(yield* decided({ runner_group: { name: "rare", deleted: true } }), 1)
      assert.deepInclude((yield* manage("GET", "/runner_groups/rare")).json, { spec_names: ["gpu"], enabled: true })
      yield* manage("DELETE", "/runner_groups/rare")
      const granted = { repository_full_name: "acme/*", runner_group_name: "new" }
      const made = { runner_group: { name: "new", spec_names: ["gpu"] }, new_policy: granted }
      assert.deepStrictEqual(yield* decided(made), ["gpu"])
    })
  )
  story(
    "what is no change that can be tried is 400, and names the field",
    Effect.gen(function* () {
      for (const [field, change] of [
        ["runner_spec.labels", { runner_spec: { name: "new" } }],
        ["new_policy", { new_policy: { repository_full_name: "acme/*" } }],
        ["without_policy", { without_policy: 7 }],
        ["hours", { hours: 0 }]
      ] as const) {
        const answer = yield* dryRun(change)
        assert.strictEqual(answer.status, 400, field)
        assert.include(answer.text, field)
      }
    })
  )
})
