import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { manage, story } from "../ServerFixture.ts"

const look = (template: string) => manage("GET", `/sandbox_templates/${encodeURIComponent(template)}`)

describe("sandbox templates", () => {
  story(
    "one that can be used is told of, by any of its names",
    Effect.gen(function* () {
      const { json, status } = yield* look(" runner ")
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(json, {
        template_id: "runner",
        usable: true,
        message: "no ready build",
        names: ["runner"],
        builds: 2,
        usable_builds: 1,
        cpu_count: 2,
        memory_mb: 1024,
        disk_size_mb: null,
        built_at: "2026-01-02T03:04:05.000Z"
      })
    })
  )
  for (const [what, template, status, code] of [
    ["one that E2B does not know", "gone", 404, "not_found"],
    ["a name that E2B refuses", "../../weird", 400, "invalid_template"],
    ["when E2B cannot be asked", "down", 502, "upstream_failed"]
  ] as const) {
    story(
      `${what}: ${status}`,
      Effect.gen(function* () {
        const answer = yield* look(template)
        assert.deepInclude(answer, { status })
        assert.deepInclude(answer.json, { code })
      })
    )
  }
  story(
    "one without a usable build is told of as such",
    Effect.gen(function* () {
      const { json, status } = yield* look("unbuilt")
      assert.strictEqual(status, 200)
      assert.deepInclude(json, { usable: false, usable_builds: 0, message: "no ready build" })
    })
  )
})
