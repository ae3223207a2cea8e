import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { amend, deliver, requestOf, rowsOf, saveSpec } from "../../support/StoreScenes.ts"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { call, manage, story, withToken } from "../ServerFixture.ts"

const create = (body: unknown) => manage("POST", "/runner_requests", body)
const wanted = { repository_full_name: "acme/web", runner_spec_name: "small" }

const base = makeConfig()

describe("a request made by hand", () => {
  story(
    "is answered 202 with itself, the same id again 200 with the one there is",
    Effect.gen(function* () {
      yield* saveSpec()
      const first = yield* create({ ...wanted, id: "nightly", unknown_field: 1 })
      assert.strictEqual(first.status, 202)
      assert.deepInclude(first.json, { id: "nightly", status: "queued", runner_spec_name: "small" })
      const again = yield* create({ ...wanted, id: "nightly" })
      assert.deepStrictEqual([again.status, again.json], [200, first.json])
      assert.strictEqual(again.headers.get("etag"), first.headers.get("etag"))
      assert.strictEqual((yield* rowsOf("runner_requests")).length, 1)
      const nameless = yield* create({ repository_full_name: "acme/web", labels: ["e2b", " "] })
      assert.strictEqual(nameless.status, 202)
      assert.match((nameless.json as { readonly id: string }).id, /^[a-z0-9]{32}$/)
    })
  )
  const refused: ReadonlyArray<readonly [string, unknown, string, string]> = [
    ["without a body", undefined, "invalid_request", ""],
    ["without a repository", { runner_spec_name: "small" }, "invalid_request", "repository_full_name"],
    ["with a blank repository", { ...wanted, repository_full_name: " " }, "invalid_request", "repository_full_name"],
    ["for a pattern", { ...wanted, repository_full_name: "acme/*" }, "invalid_request", "repository_full_name"],
    ["for half a name", { ...wanted, repository_full_name: "acme" }, "invalid_request", "repository_full_name"],
    ["with a job's id", { ...wanted, id: "123" }, "invalid_request", "id"],
    ["with a replacement's id", { ...wanted, id: "123-2" }, "invalid_request", "id"],
    ["with a path as id", { ...wanted, id: "../x" }, "invalid_request", "id"],
    ["without spec and labels", { repository_full_name: "acme/web" }, "no_matching_spec", "labels"],
    ["with labels that no spec has", { ...wanted, labels: ["gpu"] }, "no_matching_spec", "labels"],
    ["with an unknown spec", { ...wanted, runner_spec_name: "none" }, "unknown_reference", "runner_spec_name"],
    ["with a spec it may not have", { ...wanted, runner_spec_name: "closed" }, "no_matching_spec", "runner_spec_name"]
  ]
  for (const [what, body, code, field] of refused) {
    story(
      `${what} is 400 with the field's name, and changes nothing`,
      Effect.gen(function* () {
        yield* saveSpec()
        yield* saveSpec({ name: "closed", defaultAvailable: false })
        const answer = yield* create(body)
        assert.strictEqual(answer.status, 400)
        assert.deepInclude(answer.json, { code })
        if (field !== "") assert.include(answer.text, `"field":"${field}"`)
        assert.deepStrictEqual(yield* rowsOf("runner_requests"), [])
      })
    )
  }
  story(
    "in the words of the original where it is a repository that is missing or not allowed",
    Effect.gen(function* () {
      const missing = yield* create({})
      assert.include(missing.text, "repository_full_name is required for manual runner creation")
      assert.strictEqual((yield* call("POST", "/runner_requests", { headers: withToken, body: "{" })).status, 415)
      const headers = { ...withToken, "content-type": "application/json" }
      assert.strictEqual((yield* call("POST", "/runner_requests", { headers, body: "{" })).status, 400)
    })
  )
  story(
    "outside the allowlist is 403",
    Effect.gen(function* () {
      yield* saveSpec()
      const answer = yield* create(wanted)
      assert.strictEqual(answer.status, 403)
      assert.deepInclude(answer.json, { error: "repository is not allowed", code: "repository_not_allowed" })
    }),
    { ...base, github: { ...base.github, allowedRepositories: ["other/*"] } }
  )
})

describe("entity tags of requests", () => {
  const tagOf = (id: string) =>
    Effect.map(manage("GET", `/runner_requests/${id}`), (answer) => answer.headers.get("etag") ?? "")
  const conditional = (method: string, path: string, tag: string) =>
    call(method, path, { headers: { ...withToken, "if-match": tag } })

  story(
    "another one as soon as anything shown differs, the job's part included",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver({ workflowName: null })
      const first = yield* tagOf("101")
      assert.match(first, /^"[\w-]+"$/)
      assert.strictEqual(yield* tagOf("101"), first)
      yield* deliver({ workflowName: "ci" })
      assert.notStrictEqual(yield* tagOf("101"), first)
    })
  )
  story(
    "a stop or a retry with If-Match acts only on what the caller has seen, else 412 and nothing changes",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* deliver()
      const seen = yield* tagOf("101")
      yield* amend("101", { status: "failed", failureReason: "timeout", failedAt: 1 })
      const before = yield* requestOf("101")
      for (const [method, path] of [
        ["DELETE", "/runner_requests/101"],
        ["POST", "/runner_requests/101/retry"]
      ] as const) {
        const answer = yield* conditional(method, path, seen)
        assert.strictEqual(answer.status, 412, method)
        assert.deepInclude(answer.json, { code: "precondition_failed" })
      }
      assert.deepStrictEqual(yield* requestOf("101"), before)
      const retried = yield* conditional("POST", "/runner_requests/101/retry", yield* tagOf("101"))
      assert.strictEqual(retried.status, 202)
      const stopped = yield* conditional("DELETE", "/runner_requests/101", retried.headers.get("etag") ?? "")
      assert.strictEqual(stopped.status, 202)
      assert.strictEqual((yield* conditional("DELETE", "/runner_requests/nobody", seen)).status, 404)
      assert.strictEqual((yield* manage("DELETE", "/runner_requests/101")).status, 202)
    })
  )
})
