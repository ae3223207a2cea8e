import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as OpenApi from "effect/http-api/OpenApi"
import { type Role, roles } from "../../src/domain/Actor.ts"
import { Api } from "../../src/http/api/Api.ts"
import { RouteTable } from "../../src/http/RouteTable.ts"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { call, delivery, jobPayload, manage, served, story, withToken } from "./ServerFixture.ts"

/** What the server has beside the API: each proves who it is in another way, or holds nothing of anybody's. */
const besideTheApi = ["POST /webhooks/github", "GET /admin/*", "GET /docs", "GET /openapi.json"]

/** Who may call what, the least role. A route that is added without a row here fails the first test. */
const table: Readonly<Record<string, Role | "anybody">> = {
  "GET /healthz": "anybody",
  "GET /readyz": "anybody",
  "GET /whoami": "viewer",
  "GET /metrics": "viewer",
  "GET /diagnostics": "viewer",
  "GET /diagnostics/pprof": "viewer",
  "GET /diagnostics/doctor": "viewer",
  "GET /diagnostics/vars": "viewer",
  "GET /overview": "viewer",
  "GET /overview/job_times": "viewer",
  "GET /runner_requests": "viewer",
  "POST /runner_requests": "operator",
  "GET /runner_requests/{id}": "viewer",
  "DELETE /runner_requests/{id}": "operator",
  "POST /runner_requests/{id}/retry": "operator",
  "GET /runner_requests/{id}/explanation": "viewer",
  "GET /runner_requests/stream": "viewer",
  "GET /runner_requests/{id}/events/stream": "viewer",
  "GET /runner_requests/{id}/logs/{name}/stream": "viewer",
  "GET /runner_requests/{id}/events": "viewer",
  "GET /runner_requests/{id}/logs/{name}": "viewer",
  "GET /runner_specs": "viewer",
  "POST /runner_specs": "admin",
  "GET /runner_specs/{name}": "viewer",
  "PATCH /runner_specs/{name}": "admin",
  "DELETE /runner_specs/{name}": "admin",
  "GET /sandbox_templates/{template}": "viewer",
  "POST /runner_specs/{name}/resume": "operator",
  "POST /runner_specs/match": "viewer",
  "POST /runner_specs/dry_run": "viewer",
  "GET /audit-events": "viewer",
  "GET /webhook_deliveries": "viewer",
  "GET /webhook_deliveries/{id}": "viewer",
  "GET /webhook_deliveries/{id}/replay": "viewer",
  "GET /runner_groups": "viewer",
  "POST /runner_groups": "admin",
  "GET /runner_groups/{name}": "viewer",
  "PATCH /runner_groups/{name}": "admin",
  "DELETE /runner_groups/{name}": "admin",
  "GET /runner_policies": "viewer",
  "POST /runner_policies": "admin",
  "GET /runner_policies/{id}": "viewer",
  "PATCH /runner_policies/{id}": "admin",
  "DELETE /runner_policies/{id}": "admin"
}

const operations = Object.entries(OpenApi.fromApi(Api).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation as Record<string, string>] as const
  )
)
/** Said here again: the code's own order is under test. */
const rank = { anybody: -1, viewer: 0, operator: 1, admin: 2 }
const addressOf = (path: string) =>
  path.replace("{id}", "101").replace("{name}", "control.log").replace("{template}", "runner")

const base = makeConfig()
const tokens = roles.map((role) => ({ name: `the-${role}`, role, token: Redacted.make(`${role}-token-2`) }))
const config = { ...base, admin: { ...base.admin, tokens } }
const tokenOf = (role: Role) => ({ authorization: `Bearer ${role}-token-2` })

const wrong: ReadonlyArray<readonly [string, Record<string, string>]> = [
  ["no token", {}],
  ["an empty token", { authorization: "Bearer " }],
  ["a wrong token", { authorization: "Bearer admin-tokem" }],
  ["a longer token", { authorization: "Bearer admin-token-and-more" }],
  ["two tokens", { authorization: "Bearer admin-token viewer-token-2" }],
  ["a token's name", { authorization: "Bearer the-admin" }],
  ["the token without its scheme", { authorization: "admin-token" }],
  ["the token as a password", { authorization: `Basic ${Buffer.from("admin:admin-token").toString("base64")}` }]
]

describe("authorization", () => {
  story(
    "health alone needs no token: all else of the API does, logs too (E-119)",
    Effect.sync(() => {
      const open = Object.keys(table).filter((route) => table[route] === "anybody")
      assert.sameMembers(open, ["GET /healthz", "GET /readyz"])
      assert.strictEqual(table["GET /runner_requests/{id}/logs/{name}"], "viewer")
    })
  )
  story(
    "every route of the server has its row, and every row its route (E-119)",
    Effect.gen(function* () {
      const served = (yield* RouteTable).all().map(({ method, path }) => `${method} ${path}`)
      const inTable = Object.keys(table).map((route) => route.replaceAll(/\{(\w+)\}/g, ":$1"))
      assert.sameMembers(served, [...besideTheApi, ...inTable])
    })
  )
  story(
    "the description of the API says which role each route needs",
    Effect.sync(() => {
      const said = operations.map(([route, operation]) => [route, operation["x-required-role"] ?? "anybody"])
      assert.deepEqual(Object.fromEntries(said), table)
      for (const [route, operation] of operations) {
        const role = table[route]
        assert.strictEqual(operation["description"]?.endsWith(`Needs the role ${role}.`), role !== "anybody", route)
      }
    })
  )
  for (const [route, required] of Object.entries(table)) {
    const [method, path] = route.split(" ") as [string, string]
    const address = addressOf(path)
    // One server for all of a route's: none of them changes anything, and its wrong tokens are too few to be told to wait.
    layer(served(config), { excludeTestServices: true })(route, (it) => {
      for (const [what, headers] of wrong) {
        it.effect(`with ${what}: ${required === "anybody" ? "answered" : "401, a challenge and nothing else"}`, () =>
          Effect.gen(function* () {
            const answer = yield* call(method, address, { headers })
            if (required === "anybody") {
              assert.strictEqual(answer.status, 200)
              return
            }
            assert.strictEqual(answer.status, 401)
            assert.deepEqual(answer.json, { error: "missing or invalid admin token", code: "unauthorized" })
            assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer/)
          })
        )
      }
      for (const role of roles) {
        const allowed = rank[role] >= rank[required]
        it.effect(`as ${role}: ${allowed ? "not refused" : `403 that names the role ${required}`}`, () =>
          Effect.gen(function* () {
            const answer = yield* call(method, address, { headers: tokenOf(role) })
            if (allowed) {
              assert.notInclude([401, 403], answer.status)
              assert.isBelow(answer.status, 500)
              return
            }
            assert.strictEqual(answer.status, 403)
            assert.deepEqual(answer.json, {
              error: `this needs the role ${required}; the-${role} has the role ${role}`,
              code: "forbidden"
            })
          })
        )
      }
      it.effect("with admin.token: not refused", () =>
        Effect.gen(function* () {
          const answer = yield* call(method, address, { headers: withToken })
          assert.notInclude([401, 403], answer.status)
          assert.isBelow(answer.status, 500)
        })
      )
    })
  }

  story(
    "a request that is refused changes nothing; one that is not is recorded under the token's name",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", {
        name: "s",
        labels: ["self-hosted", "e2b"],
        template_id: "runner",
        default_available: true
      })
      yield* delivery(jobPayload())
      yield* call("DELETE", "/runner_requests/101", { headers: tokenOf("viewer") })
      const before = yield* call("GET", "/runner_requests/101", { headers: tokenOf("viewer") })
      assert.deepInclude(before.json, { status: "queued", stop_asked_at: null, stop_asked_by: null })
      const stopped = yield* call("DELETE", "/runner_requests/101", { headers: tokenOf("operator") })
      assert.strictEqual(stopped.status, 202)
      assert.deepInclude(stopped.json, { stop_asked_by: "the-operator" })
    }),
    config
  )

  story(
    "a token is told its name and its role; admin.token, the name that the original gave it",
    Effect.gen(function* () {
      for (const role of roles) {
        assert.deepEqual((yield* call("GET", "/whoami", { headers: tokenOf(role) })).json, {
          name: `the-${role}`,
          role
        })
      }
      assert.deepEqual((yield* manage("GET", "/whoami")).json, { name: "admin_api", role: "admin" })
    }),
    config
  )

  story(
    "admin.token acts under the name that the original gave it",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", {
        name: "s",
        labels: ["self-hosted", "e2b"],
        template_id: "runner",
        default_available: true
      })
      yield* delivery(jobPayload())
      assert.deepInclude((yield* manage("DELETE", "/runner_requests/101")).json, { stop_asked_by: "admin_api" })
    }),
    config
  )

  story(
    "after twenty wrong tokens an address is told to wait, by whatever token but one that was right from there before",
    Effect.gen(function* () {
      const ask = (headers: Record<string, string>) => call("GET", "/runner_specs", { headers })
      yield* ask(tokenOf("viewer"))
      const before = []
      for (let n = 0; n < 20; n++) before.push((yield* ask({ authorization: `Bearer guess-${n}` })).status)
      assert.deepEqual(new Set(before), new Set([401]))
      for (const headers of [{ authorization: "Bearer guess-20" }, tokenOf("admin"), withToken]) {
        const refused = yield* ask(headers)
        assert.strictEqual(refused.status, 429)
        assert.deepInclude(refused.json, { code: "too_many_attempts" })
        assert.match(refused.headers.get("retry-after") ?? "", /^[1-9]\d?$/)
      }
      assert.strictEqual((yield* ask({})).status, 401)
      assert.strictEqual((yield* ask(tokenOf("viewer"))).status, 200)
      assert.strictEqual((yield* call("GET", "/healthz")).status, 200)
    }),
    config
  )

  story(
    "requests without a token are no attempts",
    Effect.gen(function* () {
      for (let n = 0; n < 25; n++) yield* call("GET", "/runner_specs")
      assert.strictEqual((yield* call("GET", "/runner_specs", { headers: withToken })).status, 200)
    }),
    config
  )

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
