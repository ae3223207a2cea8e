import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { call, story } from "./ServerFixture.ts"

describe("GET /docs", () => {
  story(
    "is a page with the whole description in it, for anybody, which may run nothing but what is in it",
    Effect.gen(function* () {
      const { headers, status, text } = yield* call("GET", "/docs")
      assert.strictEqual(status, 200)
      assert.match(headers.get("content-type") ?? "", /^text\/html/)
      assert.strictEqual(headers.get("x-frame-options"), "DENY")
      const policy = headers.get("content-security-policy") ?? ""
      assert.match(policy, /^default-src 'none'; script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+'; /)
      assert.notInclude(policy, "unsafe")
      assert.notMatch(policy, /https?:/)
      const { json } = yield* call("GET", "/openapi.json")
      const [, within = ""] = /<script id="swagger-spec" type="application\/json">(.*?)<\/script>/s.exec(text) ?? []
      assert.deepEqual(JSON.parse(within), json)
    })
  )
})
