import { assert, describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { definitionOf, type MetricName, metricTable } from "../../src/services/telemetry/MetricTable.ts"
import { Warnings } from "../../src/services/Warnings.ts"
import { makeConfig } from "../fibers/ActorFixture.ts"
import { parsePrometheus, valueIn } from "../support/PrometheusText.ts"
import { call, delivery, jobPayload, manage, story, withToken } from "./ServerFixture.ts"

const base = makeConfig()
const open = { ...base, metrics: { ...base.metrics, public: true } }

const addSpec = manage("POST", "/runner_specs", {
  name: "small",
  labels: ["self-hosted", "e2b"],
  template_id: "runner",
  default_available: true
})

const scrape = Effect.gen(function* () {
  const answer = yield* call("GET", "/metrics", { headers: withToken })
  assert.strictEqual(answer.status, 200)
  return parsePrometheus(answer.text)
})

const isKnown = (name: string): name is MetricName => Object.hasOwn(metricTable, name)

const hostile = 'a|b "c"\n\\d{e="f"} 1\n# TYPE x counter'

describe("GET /metrics", () => {
  story(
    "is Prometheus' text format, in which every metric is as the table says",
    Effect.gen(function* () {
      yield* addSpec
      yield* delivery(jobPayload())
      const answer = yield* call("GET", "/metrics", { headers: withToken })
      assert.strictEqual(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
      const families = parsePrometheus(answer.text)
      for (const [name, { help, samples, type }] of families) {
        assert.isTrue(isKnown(name), name)
        if (!isKnown(name)) continue
        const definition = definitionOf(name)
        assert.deepStrictEqual([help, type], [definition.help, definition.type])
        for (const { labels } of samples) assert.includeMembers([...definition.labels, "le"], Object.keys(labels))
      }
      assert.includeMembers(
        [...families.keys()],
        [
          "e2b_runner_spec_pending",
          "github_workflow_jobs_queued_total",
          "process_resident_memory_bytes",
          "nodejs_eventloop_lag_p99_seconds",
          "nodejs_heap_size_used_bytes",
          "process_cpu_seconds_total",
          "runnerd_build_info"
        ]
      )
    })
  )

  story(
    "E-121: a job whose name has the marks of the format in it breaks nothing, here or in /diagnostics/vars",
    Effect.gen(function* () {
      yield* addSpec
      yield* delivery(jobPayload({ name: hostile, workflow_name: "w|x" }))
      const families = yield* scrape
      const labels = { job_name: hostile, workflow_name: "w|x", repository_full_name: "acme/web", spec: "small" }
      assert.strictEqual(valueIn(families, "github_workflow_jobs_queued_total", labels), 1)
      const vars = yield* manage("GET", "/diagnostics/vars")
      assert.deepInclude(vars.json as object, {
        github_workflow_jobs_queued_total: {
          [`acme/web|w\\|x|${hostile.replaceAll("\\", "\\\\").replaceAll("|", "\\|")}|small`]: 1
        },
        e2b_runner_profile_pending: { small: 1 },
        e2b_runner_requests_total: { "acme/web|small|github_webhook|created": 1 }
      })
    })
  )

  story(
    "a delivery that comes twice counts as taken in twice, and its job once; a request by hand counts as such",
    Effect.gen(function* () {
      yield* addSpec
      yield* delivery(jobPayload())
      yield* delivery(jobPayload())
      yield* manage("POST", "/runner_requests", { repository_full_name: "acme/web", labels: ["self-hosted", "e2b"] })
      const families = yield* scrape
      assert.strictEqual(valueIn(families, "runnerd_intake_total", { path: "webhook" }), 2)
      assert.strictEqual(valueIn(families, "runnerd_intake_total", { outcome: "existing" }), 1)
      assert.strictEqual(valueIn(families, "e2b_runner_requests_total", { source: "github_webhook" }), 1)
      assert.strictEqual(valueIn(families, "e2b_runner_requests_total", { source: "manual_api" }), 1)
      assert.strictEqual(valueIn(families, "e2b_runner_spec_pending", { spec: "small" }), 2)
    })
  )

  story(
    "answers are counted by the pattern of their route, what nobody knows as none, and by the status that was sent",
    Effect.gen(function* () {
      yield* manage("GET", "/runner_requests/12345")
      yield* call("GET", "/runner_requests/12345")
      yield* call("GET", "/no/such/place")
      yield* call("PUT", "/healthz")
      yield* delivery("{}", { "x-hub-signature-256": undefined })
      const families = yield* scrape
      const counted = (method: string, route: string, status: string) =>
        valueIn(families, "http_requests_total", { method, route, status })
      assert.strictEqual(counted("GET", "/runner_requests/:id", "404"), 1)
      assert.strictEqual(counted("GET", "/runner_requests/:id", "401"), 1)
      assert.strictEqual(counted("GET", "none", "404"), 1)
      assert.strictEqual(counted("PUT", "none", "405"), 1)
      assert.strictEqual(counted("POST", "/webhooks/github", "401"), 1)
      assert.strictEqual(valueIn(families, "http_request_duration_seconds_count", { route: "/runner_requests/:id" }), 2)
    })
  )

  story(
    "shows what /readyz warns of, as long as it does",
    Effect.gen(function* () {
      const warnings = yield* Warnings
      yield* warnings.raise({ code: "silence", message: "no webhook" })
      assert.strictEqual(valueIn(yield* scrape, "runnerd_warnings", { code: "silence" }), 1)
      yield* warnings.takeBack("silence")
      assert.isFalse((yield* scrape).has("runnerd_warnings"))
    })
  )

  story(
    "answers also without the database, and says so; /diagnostics/vars is 503 then",
    Effect.gen(function* () {
      yield* SqlClient.SqlClient.use((sql) => sql`DROP TABLE provider_limits`)
      const families = yield* scrape
      assert.strictEqual(valueIn(families, "runnerd_database_up"), 0)
      assert.isTrue(families.has("process_resident_memory_bytes"))
      assert.isFalse(families.has("e2b_runner_last_reconcile_timestamp_seconds"))
      assert.strictEqual((yield* manage("GET", "/diagnostics/vars")).status, 503)
    })
  )

  story(
    "needs no token when the configuration makes it public; everything else still does",
    Effect.gen(function* () {
      assert.strictEqual((yield* call("GET", "/metrics")).status, 200)
      assert.strictEqual((yield* call("GET", "/metrics", { headers: { authorization: "Bearer no" } })).status, 200)
      assert.strictEqual((yield* call("GET", "/diagnostics/vars")).status, 401)
      assert.strictEqual((yield* call("GET", "/runner_requests")).status, 401)
    }),
    open
  )

  story(
    "under load every scrape adds up, counters never go back, and in the end each job was counted once",
    Effect.gen(function* () {
      yield* addSpec
      const jobs = Array.from({ length: 60 }, (_, index) => index + 1)
      const running = { runner_name: "hosted", started_at: "2026-01-01T00:00:05Z" }
      const ended = { ...running, conclusion: "success", completed_at: "2026-01-01T00:01:00Z" }
      const tell = (id: number) =>
        Effect.all(
          [
            delivery(jobPayload({ id }), { "x-github-delivery": `q${id}` }),
            delivery(jobPayload({ id }), { "x-github-delivery": `q${id}` }),
            delivery(jobPayload({ id, ...running }, "in_progress"), { "x-github-delivery": `s${id}` }),
            delivery(jobPayload({ id, ...ended }, "completed"), { "x-github-delivery": `c${id}` }),
            delivery(jobPayload({ id, ...ended }, "completed"), { "x-github-delivery": `d${id}` })
          ],
          { discard: true }
        )
      let last = 0
      const look = Effect.map(scrape, (families) => {
        const now = valueIn(families, "github_workflow_jobs_completed_total")
        assert.isAtLeast(now, last)
        last = now
      })
      yield* Effect.all(
        [
          Effect.forEach(jobs, tell, { concurrency: 8, discard: true }),
          Effect.repeat(look, { times: 20 }),
          Effect.repeat(look, { times: 20 })
        ],
        { concurrency: "unbounded" }
      )
      const families = yield* scrape
      for (const name of ["queued", "started", "completed"]) {
        assert.strictEqual(valueIn(families, `github_workflow_jobs_${name}_total`), jobs.length, name)
      }
      assert.strictEqual(valueIn(families, "github_workflow_job_run_duration_seconds_count"), jobs.length)
      assert.strictEqual(valueIn(families, "github_workflow_job_queue_duration_seconds_sum"), jobs.length * 5)
    })
  )
})
