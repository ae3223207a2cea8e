import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Answer } from "../ServerFixture.ts"
import { manage, story } from "../ServerFixture.ts"

const spec = { name: "small", labels: ["e2b"], template_id: "runner" }
const refusalOf = (answer: Answer) =>
  answer.json as {
    readonly error: string
    readonly code: string
    readonly details?: ReadonlyArray<{ readonly field: string; readonly message: string }>
  }

describe("a request that does not fit its contract is 400 with the field that is at fault", () => {
  for (const [what, ask, fields] of [
    ["a parameter", manage("GET", "/runner_requests?limit=0"), ["limit"]],
    ["a field of another type", manage("POST", "/runner_specs", { ...spec, priority: "high" }), ["priority"]],
    ["a field that is missing", manage("POST", "/runner_specs", { name: "small", labels: ["e2b"] }), ["template_id"]],
    ["an element of a list", manage("POST", "/runner_specs", { ...spec, labels: ["e2b", "a,b"] }), ["labels[1]"]]
  ] as const) {
    story(
      what,
      Effect.gen(function* () {
        const answer = yield* ask
        const { code, details = [], error } = refusalOf(answer)
        assert.deepStrictEqual([answer.status, code], [400, "invalid_request"])
        assert.sameMembers(
          details.map(({ field }) => field),
          [...fields]
        )
        for (const { field, message } of details) {
          assert.isNotEmpty(message)
          assert.include(error, `${field}: ${message}`)
        }
      })
    )
  }
  story(
    "of many faults the first is told, however many there are",
    Effect.gen(function* () {
      const labels = Array.from({ length: 200_000 }, () => 1)
      const answer = yield* manage("POST", "/runner_specs/match", { repository_full_name: "acme/web", labels })
      assert.deepStrictEqual(
        refusalOf(answer).details?.map(({ field }) => field),
        ["labels[0]"]
      )
    })
  )
  story(
    "a body that is no object: the sentence alone, no field",
    Effect.gen(function* () {
      const answer = yield* manage("POST", "/runner_specs", [])
      assert.strictEqual(answer.status, 400)
      assert.isNotEmpty(refusalOf(answer).error)
      assert.notProperty(answer.json, "details")
    })
  )
})
