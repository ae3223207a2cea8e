// The original's routes, asked one after the other as its scripts would: what it answers, field by field and code by code,
// and where runnerd answers otherwise on purpose, the row of docs/deviations.md that says so.
//
// Gotchas: a difference without its row fails, and so does a row that is named where there is none. The original's sentences
// are only held where its users could see them; ours may say more after a colon. What is null here may be absent there.
import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { amend } from "../support/StoreScenes.ts"
import { type Answer, call, delivery, jobPayload, manage, runPayload, story, withToken } from "./ServerFixture.ts"

const document = readFileSync(new URL("../../docs/deviations.md", import.meta.url), "utf8")
const rows = new Set([...document.matchAll(/^\| (.*?) +\|/gm)].map(([, title]) => title))

const base = makeConfig()
const config = { ...base, github: { ...base.github, allowedRepositories: ["acme/*"] } }

/** What the original answers. */
interface Original {
  readonly status: number
  /** In its words, to the first colon. */
  readonly error?: string
  readonly fields?: ReadonlyArray<string>
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  readonly text?: string
}

interface Case {
  /** For a second case of one question. */
  readonly when?: string
  readonly ask: string
  readonly send?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly original: Original
  /** All that differs, by the title of its row in docs/deviations.md. */
  readonly deviations?: Readonly<Record<string, ReadonlyArray<string>>>
}

const requestFields =
  "id status repository_full_name requested_labels runner_spec_name runner_group runner_name sandbox_id process_pid workflow_job_id workflow_run_id github_job_url pull_request_number assigned_job_id assigned_job_name error failure_stage failure_reason last_error_code last_error_message last_error_retryable retry_count updated_at created_at last_attempt_at next_retry_at creating_at running_at stopping_at completed_at failed_at lease_owner lease_expires_at version".split(
    " "
  )
const specFields =
  "name labels template_id runner_group max_concurrency min_idle priority enabled default_available created_at updated_at".split(
    " "
  )
const groupFields = "name description spec_names enabled created_at updated_at".split(" ")
const policyFields = "id repository_full_name runner_spec_name runner_group_name enabled created_at".split(" ")
const auditFields = "id actor action resource_type resource_id payload_json created_at".split(" ")

const spec = { name: "small", labels: ["self-hosted", "e2b"], template_id: "runner", default_available: true }
const ofUnknownRequest = (...differences: ReadonlyArray<string>) => ({ "unknown request id": differences })
const leases = { "a request's `lease_expires_at`": ["no field lease_expires_at"] }
const wrongForm = (sentence: string) => ({ "sentences of 400 about what has another form": [`not "${sentence}"`] })
const notJson = "{"

const cases: ReadonlyArray<Case> = [
  { ask: "GET /healthz", headers: {}, original: { status: 200, body: { status: "ok" } } },
  { ask: "GET /admin", headers: {}, original: { status: 301, headers: { location: "/admin/" } } },
  { ask: "GET /admin/logo.svg", headers: {}, original: { status: 404 } },
  { ask: "GET /no/such/route", original: { status: 404 } },
  {
    ask: "GET /runner_specs",
    when: "without a token",
    headers: {},
    original: {
      status: 401,
      error: "missing or invalid admin token",
      headers: { "www-authenticate": 'Bearer realm="runnerd"' }
    }
  },

  { ask: "GET /runner_specs", original: { status: 200, body: [] } },
  { ask: "POST /runner_specs", send: spec, original: { status: 201, fields: specFields } },
  {
    ask: "POST /runner_specs",
    when: "without a template",
    send: { ...spec, name: "other", template_id: undefined },
    original: { status: 400, error: "template_id is required" }
  },
  {
    ask: "POST /runner_specs",
    when: "with a template that is not there",
    send: { ...spec, name: "other", template_id: "gone" },
    original: { status: 400, error: "template_id not found" }
  },
  {
    ask: "POST /runner_specs",
    when: "with a template without a build",
    send: { ...spec, name: "other", template_id: "unbuilt" },
    original: { status: 400, error: "template_id has no usable build" }
  },
  {
    ask: "POST /runner_specs",
    when: "while E2B is down",
    send: { ...spec, name: "other", template_id: "down" },
    original: { status: 502, error: "validate template_id" }
  },
  {
    ask: "POST /runner_specs",
    when: "E-104: with a label that GitHub would split",
    send: { ...spec, name: "other", labels: ["a,b"] },
    original: { status: 201 },
    deviations: { "labels of a spec": ["400, not 201"] }
  },
  { ask: "GET /runner_specs/small", original: { status: 200, fields: specFields } },
  {
    ask: "GET /runner_specs/none",
    original: { status: 404, error: "profile not found" },
    deviations: { "sentences of 404 that said `profile`": ['not "profile not found"'] }
  },
  {
    ask: "PATCH /runner_specs/small",
    when: "E-117: a zero is a value, what is absent stays",
    send: { min_idle: 0, priority: 0, max_concurrency: 5 },
    original: { status: 200, fields: specFields }
  },
  {
    ask: "PATCH /runner_specs/none",
    send: { priority: 1 },
    original: { status: 404, error: "profile not found" },
    deviations: { "sentences of 404 that said `profile`": ['not "profile not found"'] }
  },
  { ask: "DELETE /runner_specs/none", original: { status: 200, body: { status: "deleted" } } },

  { ask: "GET /runner_groups", original: { status: 200, body: [] } },
  {
    ask: "POST /runner_groups",
    send: { name: "all", description: "everything", spec_names: ["small"] },
    original: { status: 201, fields: groupFields }
  },
  {
    ask: "POST /runner_groups",
    when: "with a spec that is not there",
    send: { name: "wrong", spec_names: ["none"] },
    original: { status: 400 }
  },
  { ask: "GET /runner_groups/all", original: { status: 200, fields: groupFields } },
  { ask: "GET /runner_groups/none", original: { status: 404 } },
  {
    ask: "PATCH /runner_groups/all",
    send: { enabled: false, spec_names: [] },
    original: { status: 200, fields: groupFields }
  },
  { ask: "PATCH /runner_groups/none", when: "E-118", send: { enabled: true }, original: { status: 404 } },
  { ask: "DELETE /runner_groups/none", original: { status: 200, body: { status: "deleted" } } },

  { ask: "GET /runner_policies", original: { status: 200, body: [] } },
  {
    ask: "POST /runner_policies",
    send: { repository_full_name: "acme/*", runner_spec_name: "small" },
    original: { status: 201, fields: policyFields }
  },
  {
    ask: "POST /runner_policies",
    when: "E-110: the same again",
    send: { repository_full_name: "acme/*", runner_spec_name: "small" },
    original: { status: 201, fields: policyFields }
  },
  {
    ask: "POST /runner_policies",
    when: "with both targets",
    send: { repository_full_name: "acme/*", runner_spec_name: "small", runner_group_name: "all" },
    original: { status: 400 }
  },
  { ask: "PATCH /runner_policies/1", send: { enabled: false }, original: { status: 200, fields: policyFields } },
  {
    ask: "PATCH /runner_policies/one",
    when: "E-118",
    send: { enabled: true },
    original: { status: 400, error: "invalid policy id" }
  },
  {
    ask: "PATCH /runner_policies/99",
    when: "E-118",
    send: { enabled: true },
    original: { status: 404, error: "repository policy not found" }
  },
  { ask: "DELETE /runner_policies/one", original: { status: 400, error: "invalid policy id" } },
  { ask: "DELETE /runner_policies/1", original: { status: 200, body: { status: "deleted" } } },
  { ask: "DELETE /runner_policies/1", when: "again", original: { status: 200, body: { status: "deleted" } } },

  {
    ask: "POST /runner_specs/match",
    send: { repository_full_name: "acme/web", labels: ["e2b"] },
    original: { status: 200, fields: ["repository_full_name", "labels", "runner_spec"] }
  },
  {
    ask: "POST /runner_specs/match",
    when: "for labels that nobody has",
    send: { repository_full_name: "acme/web", labels: ["gpu"] },
    original: { status: 200, fields: ["repository_full_name", "labels", "reason"] }
  },
  {
    ask: "POST /runner_specs/match",
    when: "without a repository",
    send: { labels: ["e2b"] },
    original: { status: 400 }
  },

  {
    ask: "POST /runner_requests",
    when: "with a broken body",
    send: notJson,
    original: { status: 400, error: "invalid runner payload" },
    deviations: wrongForm("invalid runner payload")
  },
  {
    ask: "POST /runner_requests",
    when: "with nothing",
    send: {},
    original: { status: 400, error: "repository_full_name is required for manual runner creation" }
  },
  {
    ask: "POST /runner_requests",
    when: "for a pattern",
    send: { repository_full_name: "acme/*" },
    original: { status: 400, error: "repository_full_name is required for manual runner creation" }
  },
  {
    ask: "POST /runner_requests",
    when: "outside the allowlist",
    send: { repository_full_name: "other/web", runner_spec_name: "small" },
    original: { status: 403, error: "repository is not allowed" }
  },
  {
    ask: "POST /runner_requests",
    when: "without spec and labels",
    send: { repository_full_name: "acme/web" },
    original: { status: 400 }
  },
  {
    ask: "POST /runner_requests",
    when: "for labels that nobody has",
    send: { repository_full_name: "acme/web", labels: ["gpu"] },
    original: { status: 400, error: "no matching profile" },
    deviations: { "manual requests: refusals by admission": ['not "no matching profile"'] }
  },
  {
    ask: "POST /runner_requests",
    when: "for a spec that is not there",
    send: { repository_full_name: "acme/web", runner_spec_name: "none" },
    original: { status: 400, error: "profile not found" },
    deviations: { "manual requests: refusals by admission": ['not "profile not found"'] }
  },
  {
    ask: "POST /runner_requests",
    when: "with an id that a job could have",
    send: { id: "123", repository_full_name: "acme/web", runner_spec_name: "small" },
    original: { status: 202 },
    deviations: { "manual requests: `id`": ["400, not 202"] }
  },
  {
    ask: "POST /runner_requests",
    send: { id: "by-hand", repository_full_name: "acme/web", runner_spec_name: "small" },
    original: { status: 202, fields: requestFields },
    deviations: leases
  },
  {
    ask: "POST /runner_requests",
    when: "the same id again",
    send: { id: "by-hand", repository_full_name: "acme/web", runner_spec_name: "small" },
    original: { status: 200, fields: requestFields },
    deviations: leases
  },
  {
    ask: "GET /runner_requests",
    original: { status: 200, headers: { "x-total-count": "1", "x-limit": "100", "x-offset": "0" } }
  },
  { ask: "GET /runner_requests?limit=501", original: { status: 200, headers: { "x-limit": "500" } } },
  { ask: "GET /runner_requests?limit=0", original: { status: 400, error: "limit must be a positive integer" } },
  {
    ask: "GET /runner_requests?limit=ten",
    original: { status: 400, error: "limit must be a positive integer" },
    deviations: wrongForm("limit must be a positive integer")
  },
  { ask: "GET /runner_requests?offset=-1", original: { status: 400, error: "offset must be a non-negative integer" } },
  { ask: "GET /runner_requests/by-hand", original: { status: 200, fields: requestFields }, deviations: leases },
  { ask: "GET /runner_requests/none", original: { status: 404, error: "runner not found" } },
  { ask: "GET /runner_requests/by-hand/logs/stdout.log", original: { status: 200, text: "" } },
  {
    ask: "GET /runner_requests/by-hand/logs/stdout.log",
    when: "its type",
    original: { status: 200, headers: { "cache-control": "no-store" } }
  },
  { ask: "GET /runner_requests/by-hand/logs/secret.log", original: { status: 400, error: "unsupported log name" } },
  {
    ask: "GET /runner_requests/none/logs/stdout.log",
    original: { status: 200, text: "" },
    deviations: ofUnknownRequest("404, not 200", "another text")
  },
  { ask: "POST /runner_requests/by-hand/retry", when: "while it waits", original: { status: 409 } },
  {
    ask: "POST /runner_requests/none/retry",
    when: "E-124",
    original: { status: 500 },
    deviations: ofUnknownRequest("404, not 500")
  },
  {
    ask: "DELETE /runner_requests/none",
    when: "E-124",
    original: { status: 500 },
    deviations: ofUnknownRequest("404, not 500")
  },
  {
    ask: "DELETE /runner_requests/by-hand",
    original: { status: 202, fields: requestFields },
    deviations: leases
  },
  { ask: "GET /audit-events", original: { status: 200 } },
  {
    ask: "GET /diagnostics/pprof",
    original: { status: 200, fields: ["pprof", "state", "github", "sandbox", "recent_failures"] }
  },
  {
    ask: "GET /diagnostics/vars",
    original: { status: 200, fields: ["e2b_runner_requests_total", "e2b_runner_profile_desired"] }
  },
  { ask: "PUT /runner_specs", original: { status: 405 } }
]

const asked = ({ ask, headers, send }: Case) => {
  const [method = "", path = ""] = ask.split(" ")
  return call(method, path, {
    redirect: "manual",
    headers: { "content-type": "application/json", ...(headers ?? withToken) },
    ...(send === undefined ? {} : { body: typeof send === "string" ? send : JSON.stringify(send) })
  })
}

const begin = (sentence: unknown) => (typeof sentence === "string" ? sentence.split(": ") : [])

/** What the original does and this answer does not. */
const differences = (
  { body, error, fields, headers, status, text }: Original,
  answer: Answer
): ReadonlyArray<string> => {
  const json = answer.json as Record<string, unknown> | undefined
  return [
    ...(answer.status === status ? [] : [`${answer.status}, not ${status}`]),
    // The name of a field may come before.
    ...(error === undefined || begin(json?.["error"]).includes(error) ? [] : [`not "${error}"`]),
    ...(fields ?? []).filter((field) => !(field in (json ?? {}))).map((field) => `no field ${field}`),
    ...Object.entries(body ?? {})
      .filter(([key, value]) => json?.[key] !== value)
      .map(([key]) => `another ${key}`),
    ...Object.entries(headers ?? {})
      .filter(([name, value]) => answer.headers.get(name) !== value)
      .map(([name]) => `${name}: ${answer.headers.get(name)}`),
    ...(text === undefined || answer.text === text ? [] : ["another text"])
  ]
}

describe("the original's routes", () => {
  story(
    "are answered as the original answers them, but for what docs/deviations.md says",
    Effect.gen(function* () {
      for (const each of cases) {
        const answer = yield* asked(each)
        const found = differences(each.original, answer)
        const what = `${each.ask} ${each.when ?? ""}\n${answer.status} ${answer.text.slice(0, 400)}`
        const deviations = each.deviations ?? {}
        assert.deepStrictEqual(found, Object.values(deviations).flat(), what)
        for (const row of Object.keys(deviations))
          assert.isTrue(rows.has(row), `docs/deviations.md has no row "${row}"`)
      }
    }),
    config
  )
  story(
    "of the webhook are answered as the original answers them, but for what docs/deviations.md says",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", spec)
      const ignored = { status: 202, body: { status: "ignored" } }
      const inCases = [
        [
          yield* delivery(jobPayload(), { "x-hub-signature-256": undefined }),
          { status: 401, error: "invalid signature" }
        ],
        [yield* delivery(notJson), { status: 400, error: "invalid workflow_job payload" }],
        [
          yield* delivery(notJson, { "x-github-event": "workflow_run", "x-github-delivery": "guid-2" }),
          { status: 400, error: "invalid workflow_run payload" }
        ],
        [yield* delivery("{}", { "x-github-event": "ping", "x-github-delivery": "guid-3" }), ignored],
        [yield* delivery(jobPayload(), { "x-github-delivery": "guid-4" }), { status: 202, fields: ["id", "status"] }],
        [yield* delivery(jobPayload(), { "x-github-delivery": "guid-5" }), { status: 200, fields: ["id", "status"] }],
        [yield* delivery(jobPayload({ id: 202 }, "completed"), { "x-github-delivery": "guid-6" }), ignored],
        [yield* delivery(jobPayload({ id: 202 }, "frobnicated"), { "x-github-delivery": "guid-7" }), ignored]
      ] as const
      for (const [answer, original] of inCases) assert.deepStrictEqual(differences(original, answer), [], answer.text)
      const run = yield* delivery(runPayload(), { "x-github-event": "workflow_run", "x-github-delivery": "guid-8" })
      assert.deepStrictEqual(differences({ status: 202, fields: ["created", "existing", "skipped"] }, run), [
        "no field created",
        "no field existing",
        "no field skipped"
      ])
      assert.isTrue(rows.has("workflow_run events"))
    }),
    config
  )
  story(
    "audit what the original audits, in its fields",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", spec)
      const { json } = yield* manage("GET", "/audit-events")
      const [first] = json as ReadonlyArray<object>
      assert.includeMembers(Object.keys(first ?? {}), auditFields)
      assert.isTrue(rows.has("audit actions that said `profile`"))
    }),
    config
  )
  story(
    "E-125: what has failed stays as it is, whoever deletes it; a retry alone brings it back",
    Effect.gen(function* () {
      yield* manage("POST", "/runner_specs", spec)
      yield* delivery(jobPayload())
      yield* amend("101", { status: "failed", failureReason: "timeout" })
      const before = (yield* manage("GET", "/runner_requests/101")).text
      assert.strictEqual((yield* manage("DELETE", "/runner_requests/101")).status, 202)
      assert.strictEqual((yield* manage("GET", "/runner_requests/101")).text, before)
      const retried = yield* manage("POST", "/runner_requests/101/retry")
      assert.deepStrictEqual(differences({ status: 202, fields: requestFields }, retried), [
        "no field lease_expires_at"
      ])
    }),
    config
  )
})
