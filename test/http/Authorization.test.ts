import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Api } from "../../src/http/api/Api.ts"
import * as OpenApi from "effect/http-api/OpenApi"
import { call, story, withToken } from "./ServerFixture.ts"

/** Who may call what. A route that is added without a row here fails the first test. */
const table = {
  "GET /healthz": "anybody",
  "GET /readyz": "anybody",
  "GET /runner_requests": "token",
  "GET /runner_requests/{id}": "token",
  "DELETE /runner_requests/{id}": "token",
  "POST /runner_requests/{id}/retry": "token",
  "GET /runner_requests/{id}/events": "token",
  "GET /runner_requests/{id}/logs/{name}": "token",
  "GET /runner_specs": "token",
  "POST /runner_specs": "token",
  "GET /runner_specs/{name}": "token",
  "PATCH /runner_specs/{name}": "token",
  "DELETE /runner_specs/{name}": "token"
} as const

const routes = Object.entries(OpenApi.fromApi(Api).paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
)
const wrong: ReadonlyArray<readonly [string, Record<string, string>]> = [
  ["no token", {}],
  ["an empty token", { authorization: "Bearer " }],
  ["a wrong token", { authorization: "Bearer admin-tokem" }],
  ["a longer token", { authorization: "Bearer admin-token-and-more" }],
  ["the token without its scheme", { authorization: "admin-token" }],
  ["the token as a password", { authorization: `Basic ${Buffer.from("admin:admin-token").toString("base64")}` }]
]

describe("authorization", () => {
  story(
    "every route of the API has its row, and every row its route",
    Effect.sync(() => {
      assert.sameMembers(routes, Object.keys(table))
    })
  )
  for (const [route, who] of Object.entries(table)) {
    const [method, path] = route.split(" ") as [string, string]
    const address = path.replace("{id}", "101").replace("{name}", "control.log")
    for (const [what, headers] of wrong) {
      story(
        `${route} with ${what}: ${who === "token" ? "401, a challenge and nothing else" : "answered"}`,
        Effect.gen(function* () {
          const answer = yield* call(method, address, { headers })
          if (who === "anybody") {
            assert.strictEqual(answer.status, 200)
            return
          }
          assert.strictEqual(answer.status, 401)
          assert.deepInclude(answer.json, { code: "unauthorized" })
          assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/)
        })
      )
    }
    story(
      `${route} with the right token: not refused`,
      Effect.gen(function* () {
        const answer = yield* call(method, address, { headers: withToken })
        assert.notStrictEqual(answer.status, 401)
        assert.isBelow(answer.status, 500)
      })
    )
  }
  story(
    "the description of the API and unknown routes say nothing that needs a token",
    Effect.gen(function* () {
      assert.strictEqual((yield* call("GET", "/openapi.json")).status, 200)
      const unknown = yield* call("GET", "/runner_secrets")
      assert.strictEqual(unknown.status, 404)
      assert.deepInclude(unknown.json, { code: "not_found" })
    })
  )
})
