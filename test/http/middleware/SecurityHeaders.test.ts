import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { call, delivery, jobPayload, manage, story } from "../ServerFixture.ts"

const strict = "default-src 'none'; frame-ancestors 'none'"

describe("the headers that browsers obey", () => {
  for (const [what, ask, status] of [
    ["an answer of the API", manage("GET", "/runner_specs"), 200],
    ["a page with headers of its own", manage("GET", "/runner_requests"), 200],
    ["health", call("GET", "/healthz"), 200],
    ["the description of the API", call("GET", "/openapi.json"), 200],
    ["an answer to a webhook", delivery(jobPayload()), 202],
    ["a refused webhook", delivery(jobPayload(), { "x-hub-signature-256": "sha256=0" }), 401],
    ["a refused token", call("GET", "/runner_specs"), 401],
    ["a request that makes no sense", manage("POST", "/runner_specs", {}), 400],
    ["what is not there", manage("GET", "/nothing"), 404],
    ["a method that is not there", manage("PUT", "/runner_specs"), 405],
    ["a path that is no UTF-8", manage("GET", "/%zz"), 400],
    ["a body that is too large", manage("POST", "/runner_specs", { name: "x".repeat(2 ** 20) }), 413]
  ] as const) {
    story(
      `${what}: not guessed at, framed, referred to, run or kept`,
      Effect.gen(function* () {
        const { headers, status: answered } = yield* ask
        assert.strictEqual(answered, status)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
        assert.strictEqual(headers.get("x-frame-options"), "DENY")
        assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
        assert.strictEqual(headers.get("content-security-policy"), strict)
        assert.strictEqual(headers.get("cache-control"), "no-store")
        assert.isNull(headers.get("strict-transport-security"))
        assert.isNull(headers.get("access-control-allow-origin"))
      })
    )
  }

  story(
    "a page with a policy of its own keeps it and has the rest",
    Effect.gen(function* () {
      const { headers } = yield* call("GET", "/docs")
      assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'; script-src /)
      assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
      assert.strictEqual(headers.get("x-frame-options"), "DENY")
    })
  )
})
