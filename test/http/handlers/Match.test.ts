import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { deliver, requestOf } from "../../support/StoreScenes.ts"
import { manage, story } from "../ServerFixture.ts"

interface Answer {
  readonly runner_spec: { readonly name: string } | null
  readonly reason: string | null
  readonly message: string | null
  readonly outcome: string
  readonly reasoning: ReadonlyArray<{
    readonly code: string
    readonly runner_spec_name: string | null
    readonly policy_id: number | null
  }>
}

const ask = (repository: string, labels: ReadonlyArray<string>) =>
  Effect.map(
    manage("POST", "/runner_specs/match", { repository_full_name: repository, labels }),
    ({ json }) => json as Answer
  )
const stepsOf = ({ reasoning }: Answer) => reasoning.map((step) => `${step.code} ${step.runner_spec_name ?? ""}`.trim())

/** A small default spec, a large one by policy for one repository, and one that is disabled. */
const catalogue = Effect.gen(function* () {
  const spec = { template_id: "runner", default_available: false }
  yield* manage("POST", "/runner_specs", { ...spec, name: "small", labels: ["e2b"], default_available: true })
  yield* manage("POST", "/runner_specs", { ...spec, name: "large", labels: ["e2b", "large"], priority: 5 })
  yield* manage("POST", "/runner_specs", { ...spec, name: "off", labels: ["e2b"], enabled: false })
  yield* manage("POST", "/runner_groups", { name: "team", spec_names: ["large"] })
  yield* manage("POST", "/runner_policies", { repository_full_name: "acme/web", runner_group_name: "team" })
})

describe("the match test", () => {
  story(
    "tells the spec, with every step from the allowlist over the policies to each spec in order",
    Effect.gen(function* () {
      yield* catalogue
      const answer = yield* ask("acme/web", ["E2B"])
      assert.deepInclude(answer, { reason: null, message: null, outcome: "admitted" })
      assert.strictEqual(answer.runner_spec?.name, "large")
      assert.deepStrictEqual(answer.runner_spec, (yield* manage("GET", "/runner_specs/large")).json as never)
      assert.deepStrictEqual(stepsOf(answer), [
        "repository_allowed",
        "policy_grants_group",
        "spec_chosen large",
        "spec_disabled off",
        "spec_outranked small"
      ])
      assert.isNumber(answer.reasoning[1]?.policy_id)
    })
  )
  story(
    "tells why there is none, and whether the job would be shown as refused or only be remembered",
    Effect.gen(function* () {
      yield* catalogue
      const refused = yield* ask("other/repo", ["e2b", "large"])
      assert.deepInclude(refused, { runner_spec: null, reason: "spec_labels_not_matched", outcome: "refused" })
      assert.deepStrictEqual(stepsOf(refused), [
        "repository_allowed",
        "spec_not_granted large",
        "spec_disabled off",
        "spec_labels_not_matched small"
      ])
      assert.isNotEmpty(refused.message)
      assert.deepInclude(yield* ask("other/repo", ["ubuntu-latest"]), { outcome: "ignored" })
      assert.deepInclude(yield* ask("other/repo", []), { reason: "no_labels", outcome: "refused" })
      const without = yield* manage("POST", "/runner_specs/match", { repository_full_name: " other/repo ", other: 1 })
      assert.deepInclude(without.json, { repository_full_name: "other/repo", labels: [], reason: "no_labels" })
    })
  )
  story(
    "gives the answer that a job then gets, whatever the job",
    Effect.gen(function* () {
      yield* catalogue
      const jobs = fc.sample(
        fc.record({
          repository: fc.constantFrom("acme/web", "ACME/Web", "acme/api", "other/repo"),
          labels: fc.subarray(["e2b", "large", "E2B", "gpu", "self-hosted"])
        }),
        60
      )
      for (const [index, { labels, repository }] of jobs.entries()) {
        const answer = yield* ask(repository, labels)
        const outcome = yield* deliver({ jobId: 1000 + index, repository, labels })
        const said = { admitted: "Created", refused: "Refused", ignored: "Ignored" }[answer.outcome]
        assert.strictEqual(outcome._tag, said, JSON.stringify([repository, labels]))
        if (outcome._tag === "Ignored") continue
        const request = yield* requestOf(String(1000 + index))
        assert.deepStrictEqual(
          [request.specName, request.failureReason, request.error],
          [answer.runner_spec?.name ?? null, answer.reason, answer.message]
        )
      }
    })
  )
  for (const [what, body, field] of [
    ["no repository", { labels: ["e2b"] }, "repository_full_name"],
    ["a pattern in its place", { repository_full_name: "acme/*", labels: ["e2b"] }, "repository_full_name"],
    ["labels that are no texts", { repository_full_name: "acme/web", labels: [1] }, "labels[0]"]
  ] as const) {
    story(
      `${what}: 400 with the field`,
      Effect.gen(function* () {
        const answer = yield* manage("POST", "/runner_specs/match", body)
        assert.strictEqual(answer.status, 400)
        assert.deepInclude((answer.json as { readonly details: ReadonlyArray<unknown> }).details[0] as object, {
          field
        })
      })
    )
  }
})
