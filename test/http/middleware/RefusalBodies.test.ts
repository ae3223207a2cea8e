import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { call, manage, story, withToken } from "../ServerFixture.ts"

const spec = { name: "small", labels: ["e2b"], template_id: "runner" }
const sentByPost = (contentType: string, body: string) =>
  call("POST", "/runner_specs", { headers: { ...withToken, "content-type": contentType }, body })

describe("what is refused before any handler is asked is told in the same form as everything else", () => {
  for (const [what, ask, status, code] of [
    ["a body of another type", sentByPost("text/plain", JSON.stringify(spec)), 415, "unsupported_media_type"],
    [
      "a body above 1 MiB",
      manage("POST", "/runner_specs", { ...spec, name: "x".repeat(2 ** 20) }),
      413,
      "body_too_large"
    ],
    ["a path that is no UTF-8", manage("GET", "/runner_requests/%E0%A4%A"), 400, "invalid_path"],
    ["a path with a broken escape", manage("GET", "/%zz"), 400, "invalid_path"],
    ["an id longer than any", manage("GET", `/runner_requests/${"1".repeat(200)}`), 404, "not_found"]
  ] as const) {
    story(
      `${what}: ${status} with a sentence and a code`,
      Effect.gen(function* () {
        const answer = yield* ask
        assert.strictEqual(answer.status, status)
        assert.match(answer.headers.get("content-type") ?? "", /^application\/json/)
        assert.deepInclude(answer.json, { code })
        assert.isNotEmpty((answer.json as { readonly error: string }).error)
      })
    )
  }
})
