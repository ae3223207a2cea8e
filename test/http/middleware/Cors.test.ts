import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { call, story, withToken } from "../ServerFixture.ts"

const base = makeConfig()
const [first, second] = ["https://tools.example.com", "http://localhost:8080"]
const configured = (corsOrigins: ReadonlyArray<string>) => ({ ...base, server: { ...base.server, corsOrigins } })

const asked = { "access-control-request-method": "PATCH", "access-control-request-headers": "authorization,if-match" }
const preflight = (origin: string) => call("OPTIONS", "/runner_specs/small", { headers: { origin, ...asked } })
const get = (origin: string) => call("GET", "/runner_specs", { headers: { origin, ...withToken } })

describe("pages of other origins", () => {
  story(
    "are told nothing unless server.cors_origins names some",
    Effect.gen(function* () {
      const before = yield* preflight(first)
      assert.strictEqual(before.status, 405)
      for (const { headers } of [before, yield* get(first)]) {
        for (const name of headers.keys()) assert.notMatch(name, /^access-control-/)
      }
    })
  )

  for (const origins of [[first], [first, second]]) {
    story(
      `${origins.join(" and ")}: allowed exactly as written, before a token is asked for, and never with credentials`,
      Effect.gen(function* () {
        for (const origin of origins) {
          const before = yield* preflight(origin)
          assert.strictEqual(before.status, 204)
          assert.strictEqual(before.headers.get("access-control-allow-origin"), origin)
          assert.include(before.headers.get("access-control-allow-methods"), "PATCH")
          assert.include(before.headers.get("access-control-allow-headers"), "authorization")
          assert.include(before.headers.get("access-control-allow-headers"), "if-match")
          const answer = yield* get(origin)
          assert.strictEqual(answer.status, 200)
          assert.strictEqual(answer.headers.get("access-control-allow-origin"), origin)
          assert.include(answer.headers.get("access-control-expose-headers"), "etag")
          for (const { headers } of [before, answer]) {
            assert.isNull(headers.get("access-control-allow-credentials"))
            assert.match(headers.get("vary") ?? "", /origin/i)
          }
        }
        for (const other of [`${first}.evil.example`, "http://tools.example.com", `${first}:8443`, "null", "*"]) {
          for (const { headers } of [yield* preflight(other), yield* get(other)]) {
            assert.isNull(headers.get("access-control-allow-origin"), other)
            assert.match(headers.get("vary") ?? "", /origin/i)
          }
        }
      }),
      configured(origins)
    )
  }

  story(
    "can read why they were refused",
    Effect.gen(function* () {
      const refused = yield* call("GET", "/runner_specs", { headers: { origin: first } })
      assert.strictEqual(refused.status, 401)
      assert.strictEqual(refused.headers.get("access-control-allow-origin"), first)
    }),
    configured([first])
  )
})
