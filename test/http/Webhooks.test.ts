import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { RequestSearch } from "../../src/services/store/RequestSearch.ts"
import { claim, requestOf, rowsOf, saveSpec } from "../support/StoreScenes.ts"
import { call, delivery, forInstallation, jobPayload, runPayload, signatureOf, story } from "./ServerFixture.ts"

const total = RequestSearch.use((store) =>
  Effect.map(store.search({ page: { limit: 1, offset: 0 } }), (page) => page.total)
)
const deliveries = rowsOf("webhook_deliveries")
const nothingStored = Effect.gen(function* () {
  assert.strictEqual(yield* total, 0)
  assert.deepStrictEqual(yield* deliveries, [])
})

describe("a signed delivery", () => {
  story(
    "a new request is 202 with its state, the same again 200, and news of it 202",
    Effect.gen(function* () {
      yield* saveSpec()
      const created = yield* delivery(jobPayload())
      assert.strictEqual(created.status, 202)
      assert.deepInclude(created.json, { id: "101", status: "queued", runner_spec_name: "small" })
      const again = yield* delivery(jobPayload(), { "x-github-delivery": "guid-2" })
      assert.strictEqual(again.status, 200)
      assert.deepInclude(again.json, { id: "101", status: "queued" })
      const news = yield* delivery(jobPayload({}, "completed"), { "x-github-delivery": "guid-3" })
      assert.strictEqual(news.status, 202)
      assert.strictEqual((yield* deliveries).length, 3)
    })
  )
  story(
    "`completed` is answered once it is stored, and nothing outside is asked for meanwhile (E-21)",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* delivery(jobPayload())
      yield* claim()
      const answer = yield* delivery(jobPayload({}, "completed"), { "x-github-delivery": "guid-2" })
      assert.strictEqual(answer.status, 202)
      // The server has neither an actor nor a client of E2B or GitHub: the owner is told, and acts.
      const request = yield* requestOf("101")
      assert.deepInclude(request, { status: "creating", owner: "node-1" })
      assert.isAbove(request.factsVersion, request.handledVersion)
    })
  )
  story(
    "a refused job is 202 with the failed row and why",
    Effect.gen(function* () {
      const answer = yield* delivery(jobPayload())
      assert.strictEqual(answer.status, 202)
      assert.deepInclude(answer.json, { status: "failed", failure_stage: "admission" })
    })
  )
  for (const [what, body, headers] of [
    ["a hosted job", jobPayload({ labels: ["ubuntu-latest"] }), {}],
    ["an unknown event", "{}", { "x-github-event": "star" }],
    ["an unknown action", jobPayload({}, "invented"), {}],
    ["a body that is no JSON, of an event that is not ours", "hello", { "x-github-event": "ping" }]
  ] as const) {
    story(
      `${what} is 202 ignored (E-11)`,
      Effect.gen(function* () {
        yield* saveSpec()
        const answer = yield* delivery(body, headers)
        assert.strictEqual(answer.status, 202)
        assert.deepStrictEqual(answer.json, { status: "ignored" })
        assert.strictEqual(yield* total, 0)
      })
    )
  }
  story(
    "the request has a trace, as W3C writes it, which the sender of its delivery cannot choose",
    Effect.gen(function* () {
      yield* saveSpec()
      yield* delivery(jobPayload())
      assert.match((yield* requestOf("101")).traceContext ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    })
  )
  for (const [what, body] of [
    ["broken JSON", `{"action":`],
    ["a job without an id", jobPayload({ id: undefined })],
    ["a job with text for an id", jobPayload({ id: "101" })],
    ["NUL in a name", jobPayload({ name: "a\u0000b" })]
  ] as const) {
    story(
      `${what} is 400 with what is wrong, and nothing is stored`,
      Effect.gen(function* () {
        const answer = yield* delivery(body)
        assert.strictEqual(answer.status, 400)
        assert.deepInclude(answer.json, { code: "invalid_payload" })
        yield* nothingStored
      })
    )
  }
  story(
    "without its event header it is 400",
    Effect.gen(function* () {
      const answer = yield* delivery(jobPayload(), { "x-github-event": undefined })
      assert.strictEqual(answer.status, 400)
      assert.deepInclude(answer.json, { code: "missing_header" })
    })
  )
  for (const header of ["X-GitHub-Event", "X-GitHub-Delivery"]) {
    story(
      `${header} of more than 100 characters is 400 with the header's name, and nothing is stored`,
      Effect.gen(function* () {
        const answer = yield* delivery(jobPayload(), { [header.toLowerCase()]: "x".repeat(101) })
        assert.strictEqual(answer.status, 400)
        assert.deepInclude(answer.json, { code: "invalid_header" })
        assert.include(answer.text, header)
        yield* nothingStored
        const longest = yield* delivery(jobPayload(), { [header.toLowerCase()]: "x".repeat(100) })
        assert.strictEqual(longest.status, 202)
      })
    )
  }
})

describe("when one installation is configured", () => {
  story(
    "a delivery of another one is 403, noted without its body, and nothing else",
    Effect.gen(function* () {
      yield* saveSpec()
      for (const event of ["workflow_job", "workflow_run"]) {
        const body = event === "workflow_job" ? jobPayload() : runPayload()
        const answer = yield* delivery(body, { "x-github-event": event, "x-github-delivery": event })
        assert.strictEqual(answer.status, 403)
        assert.deepInclude(answer.json, { code: "foreign_installation" })
      }
      assert.strictEqual(yield* total, 0)
      assert.deepStrictEqual(yield* rowsOf("workflow_jobs", "jobId"), [])
      const noted = { installationId: 7, outcome: "Foreign", body: null }
      for (const row of yield* deliveries) assert.deepInclude(row, noted)
      assert.strictEqual((yield* deliveries).length, 2)
    }),
    forInstallation(8)
  )
  for (const [what, installation] of [
    ["its own", { id: 7 }],
    ["one that names no installation, as of a repository's own hook,", undefined]
  ] as const) {
    story(
      `${what} is taken`,
      Effect.gen(function* () {
        yield* saveSpec()
        const body = JSON.stringify({ ...(JSON.parse(jobPayload()) as object), installation })
        assert.strictEqual((yield* delivery(body)).status, 202)
        assert.strictEqual(yield* total, 1)
      }),
      forInstallation(7)
    )
  }
})

describe("a delivery that is not signed by us", () => {
  const body = jobPayload()
  for (const [what, signature] of [
    ["no signature", undefined],
    ["an empty one", ""],
    ["another body's", signatureOf(`${body} `)],
    ["one without its prefix", signatureOf(body).slice("sha256=".length)],
    ["one in another alphabet", "sha256=zz"],
    ["SHA-1", "sha1=0123456789012345678901234567890123456789"]
  ] as const) {
    story(
      `${what}: 401 and nothing is stored (E-11)`,
      Effect.gen(function* () {
        const answer = yield* delivery(body, { "x-hub-signature-256": signature })
        assert.strictEqual(answer.status, 401)
        assert.deepInclude(answer.json, { code: "invalid_signature" })
        yield* nothingStored
      })
    )
  }
  story(
    "an empty body is 401",
    Effect.gen(function* () {
      assert.strictEqual((yield* delivery("")).status, 401)
    })
  )
  story(
    "bytes that are no UTF-8 are refused, not repaired: the signature is over the bytes",
    Effect.gen(function* () {
      const bytes = Buffer.concat([Buffer.from(`{"action":"`), Buffer.from([0xff]), Buffer.from(`"}`)])
      const repaired = bytes.toString("utf8")
      const answer = yield* delivery(bytes, { "x-hub-signature-256": signatureOf(repaired) })
      assert.strictEqual(answer.status, 400)
      assert.deepInclude(answer.json, { code: "unreadable_body", error: "the body is not valid UTF-8" })
      yield* nothingStored
    })
  )
  story(
    "more than 25 MiB is 413, before the signature is computed (E-22)",
    Effect.gen(function* () {
      const answer = yield* delivery("x".repeat(25 * 1024 * 1024 + 1), { "x-hub-signature-256": signatureOf("") })
      assert.strictEqual(answer.status, 413)
      assert.deepInclude(answer.json, { code: "body_too_large" })
    })
  )
  story(
    "a signature that is none is 401 before the body is read, however large it is",
    Effect.gen(function* () {
      const answer = yield* delivery("x".repeat(25 * 1024 * 1024 + 1), { "x-hub-signature-256": "sha256=0" })
      assert.strictEqual(answer.status, 401)
    })
  )
  story(
    "only POST is a delivery",
    Effect.gen(function* () {
      assert.strictEqual((yield* call("GET", "/webhooks/github")).status, 405)
    })
  )
})
