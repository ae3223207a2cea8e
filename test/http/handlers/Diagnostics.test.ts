import { assert, describe } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import { hostname } from "node:os"
import * as Loop from "../../../src/fibers/Loop.ts"
import type { DiagnosticsView } from "../../../src/http/api/DiagnosticsApi.ts"
import { parsePostgres } from "../../../src/services/config/PostgresUrl.ts"
import { NodeStore } from "../../../src/services/store/NodeStore.ts"
import { ProviderLimits } from "../../../src/services/store/ProviderLimits.ts"
import { StoreClock } from "../../../src/services/store/StoreClock.ts"
import { noteRateLimit } from "../../../src/services/telemetry/CallMetrics.ts"
import { Metrics } from "../../../src/services/telemetry/Metrics.ts"
import { silenceCode, Warnings } from "../../../src/services/Warnings.ts"
import { makeConfig } from "../../fibers/ActorFixture.ts"
import { amend, deliver, receivedAt, saveSpec } from "../../support/StoreScenes.ts"
import { manage, story } from "../ServerFixture.ts"

const base = makeConfig()

const ask = (path = "/diagnostics") =>
  Effect.map(manage("GET", path), (answer) => {
    assert.strictEqual(answer.status, 200, answer.text)
    return answer.json as DiagnosticsView
  })

const clock = StoreClock.use(({ now }) => now)

/** `least`: seconds that it was old already before it was asked for. */
const assertAge = Effect.fnUntraced(function* (seconds: number | null | undefined, least: number, since: number) {
  assert.isAtLeast(seconds ?? 0, least)
  assert.isAtMost(seconds ?? 0, ((yield* clock) - since) / 1000)
})

const onPostgres = (url: string) => ({
  ...base,
  database: {
    backend: "postgres" as const,
    ...Result.getOrThrow(parsePostgres(url)),
    password: Redacted.make("from-the-password-key"),
    maxConnections: 10
  }
})

describe("GET /diagnostics", () => {
  for (const [form, url] of [
    ["a URL", "postgres://ann:in-the-url@db.internal:5433/runnerd?sslmode=disable&password=in-the-query"],
    ["keywords", "host=db.internal port=5433 user=ann password='in the keywords' dbname=runnerd"]
  ] as const) {
    story(
      `E-120: a database's credentials are in no answer, whether its address is ${form} or they are by themselves`,
      Effect.gen(function* () {
        const answer = yield* manage("GET", "/diagnostics")
        assert.deepStrictEqual((answer.json as DiagnosticsView).state, {
          backend: "postgres",
          database: "runnerd at db.internal:5433"
        })
        for (const part of ["in-the-url", "in-the-query", "in the keywords", "from-the-password-key", "ann"]) {
          assert.notInclude(answer.text, part)
        }
      }),
      onPostgres(url)
    )
  }

  story(
    "has what the original's /diagnostics/pprof has, there as well",
    Effect.gen(function* () {
      yield* saveSpec()
      for (const jobId of [101, 102, 103, 104, 105, 106, 107]) {
        yield* deliver({ jobId, name: `job ${jobId}` })
        if (jobId !== 107) yield* amend(String(jobId), { status: "failed", queuedAt: jobId, failedAt: 1000 })
      }
      const { pprof, profiling_off, state, github, sandbox, recent_failures } = yield* ask("/diagnostics/pprof")
      assert.deepStrictEqual([pprof, profiling_off], [[], "profiling.enabled is false"])
      assert.deepStrictEqual(state, { backend: "sqlite", database: "/nowhere" })
      assert.deepInclude(github, { auth_mode: "token", installation_id: null, api_base_url: "http://127.0.0.1:2" })
      assert.deepInclude(sandbox, { api_url: "http://127.0.0.1:1" })
      assert.deepStrictEqual(
        recent_failures.map(({ id, job_name }) => [id, job_name]),
        [106, 105, 104, 103, 102].map((jobId) => [String(jobId), `job ${jobId}`])
      )
      assert.sameMembers(Object.keys(yield* ask()), Object.keys(yield* ask("/diagnostics/pprof")))
    })
  )

  story(
    "tells of the process, the database, the nodes and who leads",
    Effect.gen(function* () {
      const node = { incarnation: "here-1", host: hostname(), processId: process.pid, lockKey: 1 }
      yield* NodeStore.use((nodes) => nodes.register(node))
      const heartbeatAt = (yield* clock) - 45_000
      yield* SqlClient.SqlClient.use((sql) => sql`UPDATE nodes SET ${sql.update({ heartbeatAt })}`)
      const found = yield* ask()
      assert.strictEqual(Date.parse(found.nodes[0]?.heartbeat_at ?? ""), Math.floor(heartbeatAt))
      yield* assertAge(found.nodes[0]?.heartbeat_age_seconds, 45, heartbeatAt)
      assert.deepInclude(found.process, { host: hostname(), pid: process.pid, actors: 0 })
      assert.isAbove(found.process.resident_bytes, 10_000_000)
      assert.isAbove(found.process.uptime_seconds, 0)
      assert.deepInclude(found.database, { reachable: true, error: null })
      assert.isAbove(found.database.size_bytes ?? 0, 10_000)
      assert.match(found.versions.database ?? "", /^3\./)
      assert.strictEqual(found.versions.schema, "initial")
      assert.lengthOf(found.nodes, 1)
      assert.deepInclude(found.nodes[0], { node: "here-1", alive: true, leads: true, answers: true })
      assert.isTrue(found.instance.confirmed)
    })
  )

  story(
    "tells how far the limits are used, what holds, and at which pace things begin",
    Effect.gen(function* () {
      yield* saveSpec({ maxConcurrency: 3 })
      for (const jobId of [101, 102, 103]) yield* deliver({ jobId })
      const busy = {
        status: "running",
        assignedJobId: 101,
        sandboxMayExist: 1,
        owner: "n-1",
        stage: "runner_exit"
      } as const
      yield* amend("101", busy)
      yield* amend("102", { status: "creating", sandboxMayExist: 1, owner: "n-1", stage: "sandbox_create" })
      const metrics = yield* Metrics
      noteRateLimit(metrics, "github:mona", { limit: 5000, remaining: 4999 })
      noteRateLimit(metrics, "github:acme", { limit: 15_000, remaining: 12 })
      noteRateLimit(metrics, "github:acme", { limit: 15_000, remaining: 11 })
      const { createRefused } = yield* ProviderLimits
      yield* createRefused({
        claimedAt: 0,
        code: "sandbox_rate_limit",
        message: "Rate limit exceeded",
        noRoom: false,
        retryAfterSeconds: 60
      })
      const found = yield* ask()
      assert.deepStrictEqual(found.capacity, {
        sandboxes: 2,
        max_concurrent_runners: 9,
        max_concurrent_creates: 4,
        specs: [{ name: "small", enabled: true, busy: 1, idle: 0, pending: 2, sandboxes: 2, max_concurrency: 3 }]
      })
      assert.deepStrictEqual(found.work, [
        { node: "n-1", status: "creating", stage: "sandbox_create", requests: 1 },
        { node: "n-1", status: "running", stage: "runner_exit", requests: 1 }
      ])
      assert.deepInclude(found.pacing, { creates_per_second: 2, creates_now: 0, e2b_ceiling: null })
      assert.deepStrictEqual(found.github_rate_limits, [
        { scope: "github:acme", remaining: 11, limit: 15_000 },
        { scope: "github:mona", remaining: 4999, limit: 5000 }
      ])
      assert.lengthOf(found.limits, 1)
      assert.deepInclude(found.limits[0], { scope: "e2b", code: "sandbox_rate_limit", message: "Rate limit exceeded" })
      assert.strictEqual(found.limits[0]?.no_calls_until, found.pacing?.more_at)
    }),
    {
      ...base,
      e2b: { ...base.e2b, createsPerSecond: 2 },
      worker: { ...base.worker, maxConcurrentRunners: 9 }
    }
  )

  story(
    "tells that no delivery is stored",
    Effect.gen(function* () {
      const none = { last_at: null, last_age_seconds: null, last_workflow_job_at: null, jobs_unheard_since: null }
      const quiet = { silence_alarm: null, silence_alarm_after_seconds: 900 }
      assert.deepStrictEqual((yield* ask()).deliveries, { ...none, ...quiet })
    })
  )

  story(
    "tells when the last delivery came, and of the silence alarm while it is raised",
    Effect.gen(function* () {
      for (const jobId of [101, 102, 103]) yield* deliver({ jobId })
      const newest = (yield* clock) - 60_000
      yield* receivedAt(newest - 2000, newest, newest - 1000)
      yield* Warnings.use((warnings) => warnings.raise({ code: silenceCode, message: "No webhooks." }))
      const { deliveries, warnings } = yield* ask()
      assert.strictEqual(Date.parse(deliveries?.last_at ?? ""), Math.floor(newest))
      yield* assertAge(deliveries?.last_age_seconds, 60, newest)
      assert.strictEqual(deliveries?.last_workflow_job_at, deliveries?.last_at)
      assert.strictEqual(deliveries?.silence_alarm, "No webhooks.")
      assert.deepStrictEqual(warnings, [{ code: silenceCode, message: "No webhooks." }])
    })
  )

  story(
    "tells of each loop when its last turn began, ended and failed",
    Effect.gen(function* () {
      yield* Effect.forkChild(Loop.every("good", Duration.minutes(1), Effect.void), { startImmediately: true })
      yield* Effect.forkChild(Loop.every("bad", Duration.minutes(1), Effect.fail("no")), { startImmediately: true })
      yield* Effect.forkChild(Loop.every("long", Duration.minutes(1), Effect.never), { startImmediately: true })
      const { loops } = yield* ask()
      const [good, bad, long] = ["good", "bad", "long"].map((name) => loops.find((loop) => loop.name === name))
      assert.deepInclude(good, { turns: 1, failures: 0, failed_at: null })
      assert.deepInclude(bad, { turns: 1, failures: 1 })
      assert.strictEqual(bad?.failed_at, bad?.ended_at)
      assert.deepInclude(long, { turns: 0, failures: 0, ended_at: null })
    })
  )

  story(
    "answers when the database does not, with what the process knows, and says so",
    Effect.gen(function* () {
      yield* SqlClient.SqlClient.use((sql) => sql`DROP TABLE schema_migrations`)
      const found = yield* ask()
      assert.deepInclude(found.database, { reachable: false, latency_seconds: null })
      assert.isString(found.database.error)
      assert.deepInclude(found, { deliveries: null, capacity: null, pacing: null })
      assert.deepStrictEqual(found.nodes, [])
      assert.strictEqual(found.process.pid, process.pid)
      assert.isNull(found.versions.schema)
    })
  )
})
