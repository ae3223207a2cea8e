import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { LogStore } from "../../../src/services/store/LogStore.ts"
import { deliver, saveSpec } from "../../support/StoreScenes.ts"
import { call, manage, story } from "../ServerFixture.ts"

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
      yield* LogStore.use((logs) => logs.append({ requestId: "101", fence: 0, stream: "stdout", text: "hello\n" }))
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
    "a log is its end, as much of it as is asked for, and a file with its name when it is to be saved (E-107)",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      const text = "0123456789".repeat(40_000)
      yield* LogStore.use((logs) => logs.append({ requestId: "101", fence: 0, stream: "stdout", text }))
      const log = (query: string) => manage("GET", `/runner_requests/101/logs/stdout.log${query}`)
      assert.strictEqual((yield* log("")).text, text.slice(-256 * 1024))
      assert.strictEqual((yield* log("?tail=5")).text, "56789")
      const saved = yield* log("?tail=6000000&download=true")
      assert.strictEqual(saved.text, text)
      assert.strictEqual(saved.headers.get("content-disposition"), `attachment; filename="101-stdout.log"`)
      for (const query of ["?tail=0", "?tail=-5", "?tail=x", "?tail=99999999", "?download=maybe"]) {
        assert.strictEqual((yield* log(query)).status, 400, query)
      }
    })
  )
  story(
    "an unknown log name is 400, whatever it tries to reach (E-107, E-108)",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      for (const name of ["other.log", "..%2F..%2Fetc%2Fpasswd"]) {
        const answer = yield* manage("GET", `/runner_requests/101/logs/${name}`)
        assert.strictEqual(answer.status, 400, name)
        assert.include(answer.text, "unsupported log name")
      }
    })
  )
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
