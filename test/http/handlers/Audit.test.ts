import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { deliver } from "../../support/StoreScenes.ts"
import { call, manage, story } from "../ServerFixture.ts"

interface Event {
  readonly actor: string
  readonly action: string
  readonly resource_type: string
  readonly resource_id: string
  readonly before: unknown
  readonly after: unknown
  readonly payload_json: string
}

const list = (query = "") => manage("GET", `/audit-events${query}`)
const eventsOf = (query = "") => Effect.map(list(query), ({ json }) => json as ReadonlyArray<Event>)
const said = (events: ReadonlyArray<Event>) => events.map(({ action, resource_id: id }) => `${action} ${id}`)
const spec = { name: "small", labels: ["self-hosted", "e2b"], template_id: "runner", default_available: true }

const base = makeConfig()
const bob = { name: "bob", role: "admin", token: Redacted.make("bob-token-2") } as const
const config = { ...base, admin: { ...base.admin, tokens: [bob] } }

describe("audit events", () => {
  story(
    "every change of the catalogue and every word to a request is one, newest first, with before and after",
    Effect.gen(function* () {
      const created = yield* manage("POST", "/runner_specs", spec)
      yield* manage("PATCH", "/runner_specs/small", { priority: 1 })
      yield* manage("POST", "/runner_groups", { name: "team", spec_names: ["small"] })
      yield* manage("POST", "/runner_policies", { repository_full_name: "acme/*", runner_group_name: "team" })
      yield* deliver()
      yield* manage("DELETE", "/runner_requests/101")
      yield* manage("DELETE", "/runner_groups/team")
      yield* manage("DELETE", "/runner_policies/1")
      yield* manage("DELETE", "/runner_specs/small")
      const events = yield* eventsOf()
      assert.deepStrictEqual(said(events), [
        "runner_spec.delete small",
        "repository_policy.delete 1",
        "runner_group.delete team",
        "repository_policy.update 1",
        "runner.stop 101",
        "repository_policy.create 1",
        "runner_group.create team",
        "runner_spec.update small",
        "runner_spec.create small"
      ])
      for (const event of events) assert.strictEqual(event.actor, "admin_api")
      const { created_at: _created, updated_at: _updated, ...shown } = created.json as Record<string, unknown>
      const first = events.at(-1)
      assert.deepInclude(first, { resource_type: "runner_spec", before: null, after: shown })
      assert.deepStrictEqual(JSON.parse(first?.payload_json ?? ""), shown)
      assert.deepInclude(events.at(-2), { before: shown, after: { ...shown, priority: 1 } })
      assert.deepInclude(events[0], { before: { ...shown, priority: 1 }, after: null })
      assert.deepStrictEqual(JSON.parse(events[0]?.payload_json ?? ""), { ...shown, priority: 1 })
    })
  )
  story(
    "what is refused, or changes nothing, is none",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", spec)
      yield* manage("POST", "/runner_specs", spec)
      yield* manage("PATCH", "/runner_specs/small", { priority: 0 })
      yield* manage("PATCH", "/runner_specs/small", { template_id: "unbuilt" })
      yield* manage("POST", "/runner_groups", { name: "team", spec_names: ["typo"] })
      yield* manage("DELETE", "/runner_policies/1")
      yield* manage("POST", "/runner_specs/match", { repository_full_name: "acme/web", labels: [] })
      assert.deepStrictEqual(said(yield* eventsOf()), ["runner_spec.create small"])
    })
  )
  story(
    "the newest 100, or a page, of those that are asked for; links keep what was asked for",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", spec)
      for (let priority = 1; priority <= 101; priority += 1) {
        yield* manage("PATCH", "/runner_specs/small", { priority })
      }
      const newest = yield* list()
      assert.strictEqual((newest.json as ReadonlyArray<Event>).length, 100)
      assert.strictEqual(newest.headers.get("x-total-count"), "102")
      assert.include(newest.headers.get("link"), "</audit-events?limit=100&offset=100>")
      const last = yield* list("?action=runner_spec.update&resource_id=small&limit=2&offset=100")
      assert.strictEqual((last.json as ReadonlyArray<Event>).length, 1)
      assert.strictEqual(last.headers.get("x-total-count"), "101")
      assert.strictEqual(
        last.headers.get("link"),
        `</audit-events?action=runner_spec.update&resource_id=small&limit=2&offset=98>; rel="prev"`
      )
      assert.deepStrictEqual(said(yield* eventsOf("?action=runner_spec.create")), ["runner_spec.create small"])
      assert.deepStrictEqual(yield* eventsOf("?resource_type=runner_group"), [])
      assert.strictEqual((yield* list("?limit=0")).status, 400)
      assert.strictEqual((yield* list("?actor=%00")).status, 400)
    })
  )
  story(
    "each carries the name of the token, and can be asked for by it",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_groups", { name: "one" })
      yield* call("POST", "/runner_groups", {
        headers: { authorization: "Bearer bob-token-2", "content-type": "application/json" },
        body: JSON.stringify({ name: "two" })
      })
      assert.deepStrictEqual(said(yield* eventsOf("?actor=bob")), ["runner_group.create two"])
      assert.deepStrictEqual(said(yield* eventsOf("?actor=admin_api")), ["runner_group.create one"])
    }),
    config
  )
})

describe("the other lists", () => {
  story(
    "are whole, or a page when one is asked for, in a stable order",
    Effect.gen(function* () {
      for (const name of ["a", "b", "c"]) yield* manage("POST", "/runner_specs", { ...spec, name })
      for (const name of ["a", "b", "c"]) yield* manage("POST", "/runner_groups", { name })
      for (const name of ["a", "b", "c"]) {
        yield* manage("POST", "/runner_policies", { repository_full_name: "acme/web", runner_spec_name: name })
      }
      for (const [path, key] of [
        ["/runner_specs", "name"],
        ["/runner_groups", "name"],
        ["/runner_policies", "runner_spec_name"]
      ] as const) {
        const keysOf = (json: unknown) => (json as ReadonlyArray<Record<string, unknown>>).map((item) => item[key])
        const whole = yield* manage("GET", path)
        assert.deepStrictEqual(keysOf(whole.json), ["a", "b", "c"])
        assert.strictEqual(whole.headers.get("x-total-count"), "3")
        assert.isNull(whole.headers.get("link"))
        const page = yield* manage("GET", `${path}?limit=1&offset=1`)
        assert.deepStrictEqual(keysOf(page.json), ["b"])
        assert.deepStrictEqual(
          ["x-total-count", "x-limit", "x-offset"].map((header) => page.headers.get(header)),
          ["3", "1", "1"]
        )
        assert.strictEqual(
          page.headers.get("link"),
          `<${path}?limit=1&offset=0>; rel="prev", <${path}?limit=1&offset=2>; rel="next"`
        )
        assert.strictEqual((yield* manage("GET", `${path}?limit=x`)).status, 400)
      }
    })
  )
})
