import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { deliver } from "../../support/StoreScenes.ts"
import { manage, story } from "../ServerFixture.ts"

const spec = { name: "small", labels: ["self-hosted", "e2b"], template_id: "runner", default_available: true }

interface Answer {
  readonly status: string
  readonly place_in_line: number | null
  readonly next_actor: string
  readonly acts_by: string | null
  readonly reasons: ReadonlyArray<{ readonly code: string; readonly message: string }>
  readonly reasoning: ReadonlyArray<{ readonly code: string }> | null
}

const explanationOf = (id: string) =>
  Effect.map(manage("GET", `/runner_requests/${id}/explanation`), ({ json }) => json as Answer)

describe("GET /runner_requests/{id}/explanation", () => {
  story(
    "says of a request that waits what it waits for, and its place in line",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", spec)
      yield* deliver({ jobId: 101 })
      yield* deliver({ jobId: 102 })
      const answer = yield* explanationOf("102")
      assert.deepInclude(answer, { status: "queued", place_in_line: 2, next_actor: "any node", reasoning: null })
      // No node runs in this test.
      assert.deepStrictEqual(
        answer.reasons.map(({ code }) => code),
        ["no_node", "in_line"]
      )
    })
  )
  story(
    "says of a refused request why, with every step of the matching",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", spec)
      yield* deliver({ jobId: 101, labels: ["self-hosted", "gpu"] })
      const answer = yield* explanationOf("101")
      assert.deepInclude(answer, { status: "failed", place_in_line: null, next_actor: "nobody", acts_by: null })
      assert.deepStrictEqual(answer.reasons[0]?.code, "refused")
      assert.isTrue(answer.reasoning?.some(({ code }) => code === "spec_labels_not_matched"))
    })
  )
  story(
    "an unknown id is 404",
    Effect.gen(function* () {
      assert.strictEqual((yield* manage("GET", "/runner_requests/404/explanation")).status, 404)
    })
  )
})
