import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import { LogStore } from "../../../src/services/store/LogStore.ts"
import { CatalogStore } from "../../../src/services/store/CatalogStore.ts"
import { Wakeup } from "../../../src/services/Wakeup.ts"
import { deliver, saveSpec } from "../../support/StoreScenes.ts"
import { call, manage, story } from "../ServerFixture.ts"

const spec = { name: "small", labels: ["self-hosted", "e2b"], template_id: "runner" }
const idsOf = (json: unknown) => (json as ReadonlyArray<{ readonly id: string }>).map(({ id }) => id)
const codesOf = (json: unknown) => (json as ReadonlyArray<{ readonly code: string }>).map(({ code }) => code)

describe("runner requests", () => {
  story(
    "are listed by pages, newest first, with totals and links (E-106)",
    Effect.gen(function* () {
      yield* saveSpec()
      for (const jobId of [101, 102, 103]) yield* deliver({ jobId })
      const page = yield* manage("GET", "/runner_requests?limit=2&offset=1")
      assert.strictEqual(idsOf(page.json).length, 2)
      assert.strictEqual(page.headers.get("x-total-count"), "3")
      assert.strictEqual(page.headers.get("link"), `</runner_requests?limit=2&offset=0>; rel="prev"`)
      assert.strictEqual((yield* manage("GET", "/runner_requests?limit=9999")).headers.get("x-limit"), "500")
    })
  )
  for (const query of ["limit=0", "limit=-1", "limit=x", "limit=1.5", "offset=-1", "offset=x"]) {
    story(
      `?${query} is 400 with the field's name`,
      Effect.gen(function* () {
        const answer = yield* manage("GET", `/runner_requests?${query}`)
        assert.strictEqual(answer.status, 400)
        assert.deepInclude(answer.json, { code: "invalid_request" })
        assert.include(answer.text, query.split("=")[0]!)
      })
    )
  }
  story(
    "one by id, its events and its logs; an unknown id is 404 everywhere (E-124)",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      yield* LogStore.use((logs) => logs.append({ requestId: "101", stream: "stdout", text: "hello\n" }))
      assert.deepInclude((yield* manage("GET", "/runner_requests/101")).json, { id: "101", job_name: "build" })
      const events = (yield* manage("GET", "/runner_requests/101/events")).json
      assert.deepStrictEqual(codesOf(events), ["queued"])
      const out = yield* manage("GET", "/runner_requests/101/logs/stdout.log")
      assert.strictEqual(out.text, "hello\n")
      assert.strictEqual(out.headers.get("cache-control"), "no-store")
      assert.strictEqual((yield* manage("GET", "/runner_requests/101/logs/stderr.log")).text, "")
      assert.include((yield* manage("GET", "/runner_requests/101/logs/control.log")).text, " queued: ")
      for (const path of ["", "/events", "/logs/stdout.log"]) {
        assert.strictEqual((yield* manage("GET", `/runner_requests/nobody${path}`)).status, 404, path)
      }
    })
  )
  story(
    "DELETE is answered 202 once the stop is stored, twice alike; what has ended stays as it is (E-70, E-124, E-125)",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      const first = yield* manage("DELETE", "/runner_requests/101?reason=too%20slow")
      assert.strictEqual(first.status, 202)
      assert.deepInclude(first.json, { status: "queued", stop_asked_by: "admin_api", stop_reason: "too slow" })
      assert.deepStrictEqual((yield* manage("DELETE", "/runner_requests/101")).json, first.json)
      yield* deliver({ jobId: 102, labels: ["self-hosted", "other"] })
      const ended = (yield* manage("GET", "/runner_requests/102")).json
      const answer = yield* manage("DELETE", "/runner_requests/102")
      assert.deepStrictEqual([answer.status, answer.json], [202, ended])
      assert.strictEqual((yield* manage("DELETE", "/runner_requests/nobody")).status, 404)
      assert.strictEqual((yield* call("DELETE", "/runner_requests/101")).status, 401)
      const long = yield* manage("DELETE", `/runner_requests/101?reason=${"x".repeat(501)}`)
      assert.strictEqual(long.status, 400)
    })
  )
  story(
    "a retry is 202 with the request back in line, 409 with the reason why not, 404 for nobody's (E-109, E-124)",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ labels: ["self-hosted", "other"] })
      const refused = yield* manage("POST", "/runner_requests/101/retry")
      assert.strictEqual(refused.status, 409)
      assert.deepInclude(refused.json, { code: "retry_not_allowed" })
      yield* saveSpec({ name: "other", labels: ["self-hosted", "other"] })
      const retried = yield* manage("POST", "/runner_requests/101/retry")
      assert.strictEqual(retried.status, 202)
      assert.deepInclude(retried.json, { status: "queued", runner_spec_name: "other", error: null, retry_count: 0 })
      assert.strictEqual((yield* manage("POST", "/runner_requests/101/retry")).status, 409)
      assert.strictEqual((yield* manage("POST", "/runner_requests/nobody/retry")).status, 404)
    })
  )
  story(
    "an unknown log name is 400, whatever it tries to reach (E-107, E-108)",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      for (const name of ["other.log", "..%2F..%2Fetc%2Fpasswd"]) {
        assert.strictEqual((yield* manage("GET", `/runner_requests/101/logs/${name}`)).status, 400, name)
      }
    })
  )
})

describe("runner specs", () => {
  story(
    "saving one wakes the dispatchers, so that a raised cap takes effect at once",
    Effect.gen(function* () {
      const news = yield* (yield* Wakeup).subscribe
      yield* manage("POST", "/runner_specs", { ...spec, max_concurrency: 3 })
      assert.deepStrictEqual(yield* PubSub.take(news), { requestIds: [], newRequests: true })
    }).pipe(Effect.scoped)
  )
  story(
    "are created with the original's defaults, 201, and listed",
    Effect.gen(function* () {
      const created = yield* manage("POST", "/runner_specs", spec)
      assert.strictEqual(created.status, 201)
      assert.deepInclude(created.json, { max_concurrency: 10, min_idle: 0, enabled: true, default_available: false })
      assert.deepStrictEqual((yield* manage("GET", "/runner_specs")).json, [created.json])
    })
  )
  for (const [what, body, status, code] of [
    ["a template without a usable build", { ...spec, template_id: "unbuilt" }, 400, "invalid_template"],
    ["a template that E2B cannot be asked about", { ...spec, template_id: "down" }, 502, "upstream_failed"],
    ["a template id that E2B refuses", { ...spec, template_id: "../../weird" }, 400, "invalid_template"],
    ["a template id that is no Unicode text", { ...spec, template_id: "\ud800" }, 400, "invalid_request"],
    ["no labels", { ...spec, labels: [] }, 400, "invalid_request"],
    ["no name", { ...spec, name: "" }, 400, "invalid_request"],
    ["text for a number", { ...spec, priority: "high" }, 400, "invalid_request"]
  ] as const) {
    story(
      `${what}: ${status}, and nothing is stored (E-100)`,
      Effect.gen(function* () {
        const answer = yield* manage("POST", "/runner_specs", body)
        assert.strictEqual(answer.status, status)
        assert.deepInclude(answer.json, { code })
        assert.deepStrictEqual(yield* CatalogStore.use((catalog) => catalog.listSpecs), [])
      })
    )
  }
})

describe("health", () => {
  story(
    "says that the process lives, and whose it is",
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* call("GET", "/healthz")).json, { status: "ok" })
      assert.deepInclude((yield* call("GET", "/readyz")).json, { status: "ready" })
    })
  )
})
