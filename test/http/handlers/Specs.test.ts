import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as SqlClient from "effect/sql/SqlClient"
import type { OverviewView } from "../../../src/http/api/OverviewApi.ts"
import { SpecStore } from "../../../src/services/store/SpecStore.ts"
import { Wakeup } from "../../../src/services/Wakeup.ts"
import { deliver } from "../../support/StoreScenes.ts"
import { type Answer, call, manage, story, withToken } from "../ServerFixture.ts"

const spec = { name: "small", labels: ["self-hosted", "e2b"], template_id: "runner" }
const create = (over: Record<string, unknown> = {}) => manage("POST", "/runner_specs", { ...spec, ...over })
const patch = (body: unknown, headers: Record<string, string> = {}) =>
  call("PATCH", "/runner_specs/small", {
    headers: { ...withToken, "content-type": "application/json", ...headers },
    body: JSON.stringify(body)
  })
const get = manage("GET", "/runner_specs/small")
const listed = Effect.map(manage("GET", "/runner_specs"), ({ json }) => json)
const tagOf = (answer: Answer) => answer.headers.get("etag") ?? ""
const fieldsOf = ({ json }: Answer) =>
  (json as { readonly details?: ReadonlyArray<{ readonly field: string }> }).details?.map(({ field }) => field)
const withoutTimes = ({ json }: Answer) => ({ ...(json as object), updated_at: undefined })

describe("runner specs", () => {
  story(
    "saving one wakes the dispatchers, so that a raised cap takes effect at once",
    Effect.gen(function* () {
      const news = yield* (yield* Wakeup).subscribe
      yield* create({ max_concurrency: 3 })
      assert.deepStrictEqual(yield* PubSub.take(news), { requestIds: [], newRequests: true })
    }).pipe(Effect.scoped)
  )
  story(
    "are created with the original's defaults, 201, listed, and read one by one; unknown fields are ignored",
    Effect.gen(function* () {
      const created = yield* create({ from_a_later_version: true })
      assert.strictEqual(created.status, 201)
      assert.deepInclude(created.json, { max_concurrency: 10, min_idle: 0, enabled: true, default_available: false })
      assert.notProperty(created.json, "from_a_later_version")
      assert.deepStrictEqual(yield* listed, [created.json])
      const one = yield* get
      assert.deepStrictEqual([one.status, one.json, tagOf(one)], [200, created.json, tagOf(created)])
      const unknown = yield* manage("GET", "/runner_specs/nobody")
      assert.deepStrictEqual(
        [unknown.status, unknown.json],
        [404, { error: "runner spec not found", code: "not_found" }]
      )
    })
  )
  story(
    "a name may hold what a URL must escape, and blanks around it are taken off",
    Effect.gen(function* () {
      yield* create({ name: "  große Läufer/1\\2 ... %2E ? # & ; +  " })
      const address = `/runner_specs/${encodeURIComponent("große Läufer/1\\2 ... %2E ? # & ; +")}`
      assert.deepInclude((yield* manage("GET", address)).json, { name: "große Läufer/1\\2 ... %2E ? # & ; +" })
      assert.strictEqual((yield* manage("PATCH", address, { priority: 2 })).status, 200)
      assert.deepStrictEqual((yield* manage("DELETE", address)).status, 200)
      assert.deepStrictEqual(yield* listed, [])
    })
  )
  story(
    "a name of any length that can be stored can be asked for",
    Effect.gen(function* () {
      const name = "ü".repeat(256)
      assert.strictEqual((yield* create({ name })).status, 201)
      assert.strictEqual((yield* manage("GET", `/runner_specs/${encodeURIComponent(name)}`)).status, 200)
      assert.strictEqual((yield* create({ name: `${name}x` })).status, 400)
    })
  )
  for (const [what, body, status, code, fields] of [
    ["a template without a usable build", { template_id: "unbuilt" }, 400, "invalid_template", ["template_id"]],
    ["a template that E2B cannot be asked about", { template_id: "down" }, 502, "upstream_failed", undefined],
    ["a template id that E2B refuses", { template_id: "../../weird" }, 400, "invalid_template", ["template_id"]],
    ["a template id that is no Unicode text", { template_id: "\ud800" }, 400, "invalid_request", ["template_id"]],
    ["no template", { template_id: undefined }, 400, "invalid_request", ["template_id"]],
    ["no labels", { labels: [] }, 400, "invalid_request", ["labels"]],
    ["no name", { name: " " }, 400, "invalid_request", ["name"]],
    ["a name that no address can hold", { name: "." }, 400, "invalid_request", ["name"]],
    ["the other name that no address can hold", { name: " .. " }, 400, "invalid_request", ["name"]],
    ["text for a number", { priority: "high" }, 400, "invalid_request", ["priority"]],
    [
      "a number that no database column holds",
      { max_concurrency: 2 ** 31 },
      400,
      "invalid_request",
      ["max_concurrency"]
    ],
    ["a NUL in the GitHub runner group", { runner_group: "a\0b" }, 400, "invalid_request", ["runner_group"]],
    ["idle runners, which are to come", { min_idle: 1 }, 400, "not_supported", ["min_idle"]],
    ["a negative number of idle runners", { min_idle: -1 }, 400, "invalid_request", ["min_idle"]]
  ] as const) {
    story(
      `${what}: ${status}, and nothing is stored or changed (E-100)`,
      Effect.gen(function* () {
        const answer = yield* create(body)
        assert.strictEqual(answer.status, status)
        assert.deepInclude(answer.json, { code })
        assert.deepStrictEqual(fieldsOf(answer), fields === undefined ? undefined : [...fields])
        assert.deepStrictEqual(yield* SpecStore.use((specs) => specs.list), [])
        if (!("name" in body) && !("template_id" in body && body.template_id === undefined)) {
          const created = yield* create()
          assert.strictEqual((yield* patch(body)).status, status)
          assert.deepStrictEqual(yield* listed, [created.json])
        }
      })
    )
  }
  story(
    "the sentences about a template are the original's",
    Effect.gen(function* () {
      const sentence = (template_id: string | undefined) =>
        Effect.map(create({ template_id }), ({ json }) => (json as { readonly error: string }).error)
      assert.include(yield* sentence(undefined), "template_id is required")
      assert.match(yield* sentence("unbuilt"), /^template_id has no usable build/)
      assert.match(yield* sentence("down"), /^validate template_id: /)
    })
  )
})

describe("PATCH of a runner spec", () => {
  story(
    "keeps what is absent, and takes zero, false, null and blank at their word (E-117)",
    Effect.gen(function* () {
      const full = { runner_group: "big", max_concurrency: 7, priority: 5, enabled: true, default_available: true }
      const created = yield* create(full)
      for (const [body, then] of [
        [{}, {}],
        [{ priority: 0 }, { priority: 0 }],
        [{ max_concurrency: 0 }, { max_concurrency: 0 }],
        [{ min_idle: 0 }, {}],
        [{ enabled: false }, { enabled: false }],
        [{ default_available: false }, { default_available: false }],
        [{ runner_group: "" }, { runner_group: null }],
        [{ runner_group: " other " }, { runner_group: "other" }],
        [{ runner_group: null }, { runner_group: null }],
        [{ labels: ["gpu", "GPU"] }, { labels: ["gpu"] }],
        [{ name: "small" }, {}]
      ] as const) {
        const before = yield* get
        const answer = yield* patch(body)
        assert.strictEqual(answer.status, 200, JSON.stringify(body))
        assert.deepStrictEqual(withoutTimes(answer), { ...withoutTimes(before), ...then }, JSON.stringify(body))
        assert.deepStrictEqual((yield* get).json, answer.json)
      }
      assert.strictEqual(
        (created.json as { created_at: string }).created_at,
        ((yield* get).json as { created_at: string }).created_at
      )
    })
  )
  for (const [what, body, field] of [
    ["labels that become empty", { labels: [] }, "labels"],
    ["labels that become null", { labels: null }, "labels"],
    ["a blank template", { template_id: "" }, "template_id"],
    ["another name", { name: "large" }, "name"],
    ["null where there is no such thing as none", { max_concurrency: null }, "max_concurrency"]
  ] as const) {
    story(
      `${what}: 400, and nothing is changed (E-124)`,
      Effect.gen(function* () {
        const created = yield* create()
        const answer = yield* patch({ priority: 9, ...body })
        assert.strictEqual(answer.status, 400)
        assert.deepStrictEqual(fieldsOf(answer), [field])
        assert.deepStrictEqual((yield* get).json, created.json)
      })
    )
  }
  story(
    "of an unknown spec is 404 (E-118)",
    Effect.gen(function* () {
      assert.strictEqual((yield* patch({ priority: 1 })).status, 404)
    })
  )
})

describe("POST /runner_specs/{name}/resume", () => {
  const resume = (name: string) => manage("POST", `/runner_specs/${name}/resume`)

  story(
    "forgets the deaths of its sandboxes, once, and wakes the dispatchers; an unknown spec is 404",
    Effect.gen(function* () {
      const news = yield* (yield* Wakeup).subscribe
      yield* create()
      yield* PubSub.take(news)
      yield* SqlClient.SqlClient.use(
        (sql) => sql`INSERT INTO spec_deaths (spec_name, deaths, died_at, code, message)
          VALUES ('small', 12, 0, 'runner_exited', 'It ended.')`
      )
      const breaker = Effect.map(manage("GET", "/overview"), ({ json }) => (json as OverviewView).specs[0]?.breaker)
      assert.deepStrictEqual(yield* breaker, {
        state: "probing",
        deaths: 12,
        last_death_at: "1970-01-01T00:00:00.000Z",
        last_death_code: "runner_exited",
        last_death_message: "It ended.",
        until: null
      })
      assert.deepStrictEqual((yield* resume("small")).json, { resumed: true })
      assert.deepStrictEqual(yield* PubSub.take(news), { requestIds: [], newRequests: true })
      assert.deepStrictEqual((yield* resume("small")).json, { resumed: false })
      assert.strictEqual((yield* resume("large")).status, 404)
    }).pipe(Effect.scoped)
  )
})

describe("conditional requests", () => {
  story(
    "the tag changes with what is shown, and only with it",
    Effect.gen(function* () {
      const first = yield* create()
      assert.match(tagOf(first), /^"[A-Za-z0-9_-]{27}"$/)
      assert.strictEqual(tagOf(yield* patch({ priority: 0 })), tagOf(first))
      assert.strictEqual(tagOf(yield* create()), tagOf(first))
      assert.notStrictEqual(tagOf(yield* patch({ priority: 1 })), tagOf(first))
    })
  )
  story(
    "a change goes through with the tag of what is stored, and is 412 with any other",
    Effect.gen(function* () {
      const first = tagOf(yield* create())
      const second = tagOf(yield* patch({ priority: 1 }, { "if-match": `"other", ${first}` }))
      for (const header of [first, `W/${second}`, `"other"`, "nonsense", ""]) {
        const stale = yield* patch({ priority: 2 }, { "if-match": header })
        assert.strictEqual(stale.status, 412, header)
        assert.deepInclude(stale.json, { code: "precondition_failed" })
        const deletion = call("DELETE", "/runner_specs/small", { headers: { ...withToken, "if-match": header } })
        assert.strictEqual((yield* deletion).status, 412, header)
        const replacement = call("POST", "/runner_specs", {
          headers: { ...withToken, "content-type": "application/json", "if-match": header },
          body: JSON.stringify({ ...spec, priority: 2 })
        })
        assert.strictEqual((yield* replacement).status, 412, header)
      }
      assert.deepInclude((yield* get).json, { priority: 1 })
      assert.strictEqual((yield* patch({ priority: 3 }, { "if-match": "*" })).status, 200)
    })
  )
  story(
    "If-None-Match: * creates, and replaces nothing; If-Match changes what there is, and creates nothing",
    Effect.gen(function* () {
      const send = (headers: Record<string, string>) =>
        call("POST", "/runner_specs", {
          headers: { ...withToken, "content-type": "application/json", ...headers },
          body: JSON.stringify(spec)
        })
      assert.strictEqual((yield* send({ "if-match": "*" })).status, 412)
      assert.deepStrictEqual(yield* listed, [])
      assert.strictEqual((yield* send({ "if-none-match": "*" })).status, 201)
      assert.strictEqual((yield* send({ "if-none-match": "*" })).status, 412)
      assert.strictEqual((yield* send({})).status, 201)
      const absent = yield* call("DELETE", "/runner_specs/nobody", { headers: { ...withToken, "if-match": "*" } })
      assert.strictEqual(absent.status, 412)
    })
  )
  story(
    "of many who send the tag that all of them have read, exactly one changes the spec",
    Effect.gen(function* () {
      const tag = tagOf(yield* create())
      const answers = yield* Effect.all(
        [1, 2, 3, 4, 5, 6, 7, 8].map((priority) => patch({ priority }, { "if-match": tag })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        answers.map(({ status }) => status).sort((a, b) => a - b),
        [200, ...Array.from({ length: 7 }, () => 412)]
      )
      const winner = answers.find(({ status }) => status === 200)
      assert.deepStrictEqual((yield* get).json, winner?.json)
    })
  )
})

describe("DELETE of a runner spec", () => {
  story(
    "says what depended on it; the requests that waited have failed with that reason",
    Effect.gen(function* () {
      yield* create({ default_available: true })
      yield* deliver()
      const answer = yield* manage("DELETE", "/runner_specs/small")
      assert.deepStrictEqual(
        [answer.status, answer.json],
        [200, { status: "deleted", failed_requests: 1, runner_groups: [], runner_policies: [] }]
      )
      const request = yield* manage("GET", "/runner_requests/101")
      assert.deepInclude(request.json, {
        status: "failed",
        failure_stage: "spec_lookup",
        failure_reason: "spec_not_found"
      })
    })
  )
  story(
    "with if_unused=true is 409 with what depends on it instead, and nothing is changed",
    Effect.gen(function* () {
      yield* create({ default_available: true })
      yield* deliver()
      const answer = yield* manage("DELETE", "/runner_specs/small?if_unused=true")
      assert.strictEqual(answer.status, 409)
      assert.deepInclude(answer.json, {
        code: "in_use",
        details: [{ field: "runner_requests", message: "1 unfinished request may need it" }]
      })
      assert.deepInclude((yield* manage("GET", "/runner_requests/101")).json, { status: "queued" })
      assert.strictEqual((yield* get).status, 200)
      assert.strictEqual((yield* manage("DELETE", "/runner_specs/small?if_unused=yes")).status, 400)
      assert.strictEqual((yield* manage("DELETE", "/runner_specs/small?if_unused=false")).status, 200)
    })
  )
  story(
    "of what is not there succeeds, as in the original",
    Effect.gen(function* () {
      const answer = yield* manage("DELETE", "/runner_specs/nobody")
      assert.strictEqual(answer.status, 200)
      assert.deepInclude(answer.json, { status: "deleted", failed_requests: 0 })
    })
  )
})
