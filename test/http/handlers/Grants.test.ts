// Runner groups and repository policies, through the real server.
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Answer, call, manage, story, withToken } from "../ServerFixture.ts"

const spec = (name: string) => manage("POST", "/runner_specs", { name, labels: ["e2b"], template_id: "runner" })
const group = (over: Record<string, unknown> = {}) => manage("POST", "/runner_groups", { name: "team", ...over })
const policy = (over: Record<string, unknown> = {}) =>
  manage("POST", "/runner_policies", { repository_full_name: "acme/web", runner_spec_name: "small", ...over })
const conditional = (method: string, path: string, headers: Record<string, string>, body?: unknown) =>
  call(method, path, {
    headers: { ...withToken, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
const bodyOf = ({ json }: Answer) => json as Record<string, unknown>
const tagOf = ({ headers }: Answer) => headers.get("etag") ?? ""
const detailsOf = (answer: Answer) => bodyOf(answer)["details"] as ReadonlyArray<{ readonly field: string }> | undefined
const refusal = (answer: Answer) => [
  answer.status,
  bodyOf(answer)["code"],
  detailsOf(answer)?.map(({ field }) => field)
]

describe("runner groups", () => {
  story(
    "are created with the original's defaults, 201, listed by name, read, replaced and deleted",
    Effect.gen(function* () {
      yield* spec("small")
      const created = yield* group({ from_a_later_version: 1 })
      assert.strictEqual(created.status, 201)
      assert.deepInclude(created.json, { name: "team", description: "", spec_names: [], enabled: true })
      const other = yield* group({ name: " all ", spec_names: [" small ", "small"], description: null })
      assert.deepInclude(other.json, { name: "all", spec_names: ["small"], description: "" })
      assert.deepStrictEqual((yield* manage("GET", "/runner_groups")).json, [other.json, created.json])
      const one = yield* manage("GET", "/runner_groups/team")
      assert.deepStrictEqual([one.status, one.json, tagOf(one)], [200, created.json, tagOf(created)])
      assert.deepInclude((yield* group({ description: "ours" })).json, {
        description: "ours",
        created_at: bodyOf(created)["created_at"]
      })
      const deleted = yield* manage("DELETE", "/runner_groups/team")
      assert.deepStrictEqual([deleted.status, deleted.json], [200, { status: "deleted", runner_policies: [] }])
      assert.strictEqual((yield* manage("DELETE", "/runner_groups/team")).status, 200)
      assert.deepStrictEqual((yield* manage("GET", "/runner_groups")).json, [other.json])
    })
  )
  story(
    "PATCH keeps what is absent, takes empty, false and null at their word, and is 404 for an unknown group (E-118)",
    Effect.gen(function* () {
      yield* spec("small")
      yield* group({ description: "ours", spec_names: ["small"] })
      const patch = (body: unknown) => manage("PATCH", "/runner_groups/team", body)
      for (const [body, then] of [
        [{}, { description: "ours", spec_names: ["small"], enabled: true }],
        [{ enabled: false }, { description: "ours", spec_names: ["small"], enabled: false }],
        [{ spec_names: [] }, { description: "ours", spec_names: [], enabled: false }],
        [
          { description: null, name: "team" },
          { description: "", spec_names: [], enabled: false }
        ]
      ] as const) {
        const answer = yield* patch(body)
        assert.strictEqual(answer.status, 200)
        assert.deepInclude(answer.json, then)
      }
      const unknown = yield* manage("PATCH", "/runner_groups/nobody", { enabled: false })
      assert.deepStrictEqual(
        [unknown.status, unknown.json],
        [404, { error: "runner group not found", code: "not_found" }]
      )
      assert.strictEqual((yield* manage("GET", "/runner_groups/nobody")).status, 404)
    })
  )
  story(
    "cannot be called what no address can hold",
    Effect.gen(function* () {
      for (const name of [".", " .. "]) {
        assert.deepStrictEqual(refusal(yield* group({ name })), [400, "invalid_request", ["name"]])
      }
      assert.deepStrictEqual((yield* manage("GET", "/runner_groups")).json, [])
      assert.strictEqual((yield* group({ name: "..." })).status, 201)
      assert.strictEqual((yield* manage("GET", "/runner_groups/...")).status, 200)
    })
  )
  for (const [what, body, refused] of [
    ["a member that is no spec", { spec_names: ["small", "typo"] }, [400, "unknown_reference", ["spec_names[1]"]]],
    ["members that are no list", { spec_names: "small" }, [400, "invalid_request", ["spec_names"]]],
    ["null for the members", { spec_names: null }, [400, "invalid_request", ["spec_names"]]],
    ["a NUL in the description", { description: "a\0b" }, [400, "invalid_request", ["description"]]],
    ["another name", { name: "other" }, [400, "invalid_request", ["name"]]]
  ] as const) {
    story(
      `${what}: 400 with the field, and nothing is changed`,
      Effect.gen(function* () {
        yield* spec("small")
        const created = yield* group()
        assert.deepStrictEqual(refusal(yield* manage("PATCH", "/runner_groups/team", body)), [...refused])
        if (!("name" in body)) assert.deepStrictEqual(refusal(yield* group(body)), [...refused])
        assert.deepStrictEqual((yield* manage("GET", "/runner_groups")).json, [created.json])
      })
    )
  }
  story(
    "a change on condition is 412 when somebody else came first",
    Effect.gen(function* () {
      const first = tagOf(yield* group())
      const second = yield* conditional("PATCH", "/runner_groups/team", { "if-match": first }, { enabled: false })
      assert.strictEqual(second.status, 200)
      assert.notStrictEqual(tagOf(second), first)
      const stale = [
        conditional("PATCH", "/runner_groups/team", { "if-match": first }, { enabled: true }),
        conditional("DELETE", "/runner_groups/team", { "if-match": first }),
        conditional("POST", "/runner_groups", { "if-match": first }, { name: "team" }),
        conditional("POST", "/runner_groups", { "if-none-match": "*" }, { name: "team" })
      ]
      for (const ask of stale) assert.strictEqual((yield* ask).status, 412)
      assert.deepStrictEqual((yield* manage("GET", "/runner_groups/team")).json, second.json)
    })
  )
  story(
    "DELETE disables the policies that name it and says which; with if_unused=true it is 409 with them instead",
    Effect.gen(function* () {
      yield* group()
      const granted = yield* policy({ runner_spec_name: null, runner_group_name: "team" })
      const { id } = bodyOf(granted)
      const kept = yield* manage("DELETE", "/runner_groups/team?if_unused=true")
      assert.deepStrictEqual(refusal(kept), [409, "in_use", ["runner_policies"]])
      assert.deepStrictEqual((yield* manage("GET", `/runner_policies/${String(id)}`)).json, granted.json)
      const deleted = yield* manage("DELETE", "/runner_groups/team")
      assert.deepStrictEqual(deleted.json, { status: "deleted", runner_policies: [id] })
      assert.deepInclude((yield* manage("GET", `/runner_policies/${String(id)}`)).json, {
        enabled: false,
        runner_group_name: "team"
      })
    })
  )
})

describe("repository policies", () => {
  story(
    "are created enabled, 201, listed, read and deleted; granting the same again is the same policy",
    Effect.gen(function* () {
      yield* spec("small")
      const created = yield* policy({ repository_full_name: " acme/* " })
      assert.strictEqual(created.status, 201)
      const { created_at: _, id, ...fields } = bodyOf(created)
      assert.deepStrictEqual(fields, {
        repository_full_name: "acme/*",
        runner_spec_name: "small",
        runner_group_name: null,
        enabled: true
      })
      const again = yield* policy({ repository_full_name: "ACME/*", runner_group_name: "", enabled: false })
      assert.deepInclude(again.json, { id, repository_full_name: "acme/*", enabled: false })
      assert.deepStrictEqual((yield* manage("GET", "/runner_policies")).json, [again.json])
      const one = yield* manage("GET", `/runner_policies/${String(id)}`)
      assert.deepStrictEqual([one.json, tagOf(one)], [again.json, tagOf(again)])
      const deleted = yield* manage("DELETE", `/runner_policies/${String(id)}`)
      assert.deepStrictEqual([deleted.status, deleted.json], [200, { status: "deleted" }])
      assert.strictEqual((yield* manage("DELETE", `/runner_policies/${String(id)}`)).status, 200)
      assert.deepStrictEqual((yield* manage("GET", "/runner_policies")).json, [])
    })
  )
  story(
    "PATCH: a spec takes the group away and the other way round; enabled alone changes enabled alone",
    Effect.gen(function* () {
      yield* spec("small")
      yield* group()
      const path = `/runner_policies/${String(bodyOf(yield* policy())["id"])}`
      for (const [body, then] of [
        [{ enabled: false }, { enabled: false, runner_spec_name: "small", runner_group_name: null }],
        [{ runner_group_name: "team" }, { enabled: false, runner_spec_name: null, runner_group_name: "team" }],
        [
          { runner_spec_name: "small", runner_group_name: "" },
          { runner_spec_name: "small", runner_group_name: null }
        ],
        [
          { runner_group_name: null, enabled: true },
          { enabled: true, runner_spec_name: "small" }
        ],
        [{ repository_full_name: "acme/*" }, { repository_full_name: "acme/*", runner_spec_name: "small" }]
      ] as const) {
        const answer = yield* manage("PATCH", path, body)
        assert.strictEqual(answer.status, 200, JSON.stringify(body))
        assert.deepInclude(answer.json, then)
      }
    })
  )
  story(
    "an unknown number is 404, and what is no number 400 (E-118)",
    Effect.gen(function* () {
      for (const method of ["GET", "PATCH"]) {
        const unknown = yield* manage(method, "/runner_policies/999", method === "GET" ? undefined : {})
        assert.deepStrictEqual(
          [unknown.status, unknown.json],
          [404, { error: "repository policy not found", code: "not_found" }]
        )
      }
      for (const method of ["GET", "PATCH", "DELETE"]) {
        for (const id of ["one", "1.5", "-1", "1e3", "9".repeat(16)]) {
          const answer = yield* manage(method, `/runner_policies/${id}`, method === "PATCH" ? {} : undefined)
          assert.strictEqual(answer.status, 400, `${method} ${id}`)
          assert.include(answer.text, "invalid policy id")
        }
      }
    })
  )
  for (const [what, body, refused] of [
    ["a spec there is not", { runner_spec_name: "typo" }, [400, "unknown_reference", ["runner_spec_name"]]],
    [
      "a group there is not",
      { runner_spec_name: null, runner_group_name: "typo" },
      [400, "unknown_reference", ["runner_group_name"]]
    ],
    [
      "both a spec and a group",
      { runner_spec_name: "small", runner_group_name: "team" },
      [400, "invalid_request", ["runner_spec_name", "runner_group_name"]]
    ],
    [
      "neither a spec nor a group",
      { runner_spec_name: "" },
      [400, "invalid_request", ["runner_spec_name", "runner_group_name"]]
    ],
    ["no pattern", { repository_full_name: "acme" }, [400, "invalid_request", ["repository_full_name"]]],
    ["a pattern of everything", { repository_full_name: "*/*" }, [400, "invalid_request", ["repository_full_name"]]],
    ["a wildcard inside", { repository_full_name: "acme/web-*" }, [400, "invalid_request", ["repository_full_name"]]],
    ["no truth value", { enabled: "yes" }, [400, "invalid_request", ["enabled"]]]
  ] as const) {
    story(
      `${what}: 400 with the field, and nothing is changed`,
      Effect.gen(function* () {
        yield* spec("small")
        yield* group()
        const created = yield* policy()
        const path = `/runner_policies/${String(bodyOf(created)["id"])}`
        assert.deepStrictEqual(refusal(yield* manage("PATCH", path, body)), [...refused])
        assert.deepStrictEqual(refusal(yield* policy(body)), [...refused])
        assert.deepStrictEqual((yield* manage("GET", "/runner_policies")).json, [created.json])
      })
    )
  }
  story(
    "a change into what another policy grants already is 409 and names it",
    Effect.gen(function* () {
      yield* spec("small")
      const first = bodyOf(yield* policy())["id"]
      const second = bodyOf(yield* policy({ repository_full_name: "acme/api" }))["id"]
      const answer = yield* manage("PATCH", `/runner_policies/${String(second)}`, { repository_full_name: "Acme/Web" })
      assert.deepStrictEqual(refusal(answer), [409, "already_exists", ["runner_policies"]])
      assert.include(answer.text, `policy ${String(first)}`)
    })
  )
  story(
    "a change on condition is 412 when somebody else came first",
    Effect.gen(function* () {
      yield* spec("small")
      const created = yield* policy()
      const path = `/runner_policies/${String(bodyOf(created)["id"])}`
      const second = yield* conditional("PATCH", path, { "if-match": tagOf(created) }, { enabled: false })
      assert.strictEqual(second.status, 200)
      const grant = { repository_full_name: "acme/web", runner_spec_name: "small" }
      const stale = [
        conditional("PATCH", path, { "if-match": tagOf(created) }, { enabled: true }),
        conditional("DELETE", path, { "if-match": tagOf(created) }),
        conditional("POST", "/runner_policies", { "if-match": tagOf(created) }, grant),
        conditional("POST", "/runner_policies", { "if-none-match": "*" }, grant)
      ]
      for (const ask of stale) assert.strictEqual((yield* ask).status, 412)
      assert.deepStrictEqual((yield* manage("GET", path)).json, second.json)
    })
  )
})
