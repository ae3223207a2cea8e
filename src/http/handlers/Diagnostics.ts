// Handler of the diagnostics.
//
// Gotcha: it is asked when something is wrong. So it answers without the database, with what this process knows.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { everyRequest } from "../../domain/RequestFilter.ts"
import { Activity } from "../../services/Activity.ts"
import { claimRulesOf } from "../../services/ClaimRules.ts"
import { Config } from "../../services/config/Config.ts"
import { ActiveCountStore } from "../../services/store/ActiveCountStore.ts"
import { DiagnosticsStore } from "../../services/store/DiagnosticsStore.ts"
import { Instance } from "../../services/store/Instance.ts"
import { JobStore } from "../../services/store/JobStore.ts"
import { NodeStore } from "../../services/store/NodeStore.ts"
import { RepairStore } from "../../services/store/RepairStore.ts"
import { RequestSearch } from "../../services/store/RequestSearch.ts"
import { rateLimits } from "../../services/telemetry/CallMetrics.ts"
import { Metrics } from "../../services/telemetry/Metrics.ts"
import { version } from "../../services/Version.ts"
import { silenceCode, type Warning, Warnings } from "../../services/Warnings.ts"
import { Api } from "../api/Api.ts"
import type { DiagnosticsView } from "../api/DiagnosticsApi.ts"
import { ProfilingListener } from "../ProfilingListener.ts"
import * as View from "./DiagnosticsViews.ts"
import { time } from "./Times.ts"
import { requestView } from "./RequestViews.ts"

const recentFailures = { filter: { ...everyRequest, statuses: ["failed"] }, page: { limit: 5, offset: 0 } } as const

/** One answer must not wait for a database that gives none. */
const patience = Duration.seconds(5)

const withoutDatabase = (error: string) => ({
  schema: null,
  software: null,
  recent_failures: [],
  database: { reachable: false, error, latency_seconds: null, size_bytes: null },
  nodes: [],
  deliveries: null,
  limits: [],
  pacing: null,
  capacity: null,
  work: []
})

export const layer = HttpApiBuilder.group(
  Api,
  "diagnostics",
  Effect.fnUntraced(function* (handlers) {
    const config = yield* Config
    const metrics = yield* Metrics
    const activity = yield* Activity
    const warnings = yield* Warnings
    const instance = yield* Instance
    const store = yield* DiagnosticsStore
    const counts = yield* ActiveCountStore
    const nodes = yield* NodeStore
    const repair = yield* RepairStore
    const search = yield* RequestSearch
    const jobs = yield* JobStore
    const profiling = yield* ProfilingListener
    const rules = claimRulesOf(config)

    const failures = Effect.gen(function* () {
      const { requests } = yield* search.search(recentFailures)
      const known = yield* jobs.listed(requests.flatMap(({ jobId }) => (jobId === null ? [] : [jobId])))
      const byId = new Map(known.map((job) => [job.jobId, job]))
      return requests.map((request) =>
        requestView(request, request.jobId === null ? undefined : byId.get(request.jobId))
      )
    })

    const fromDatabase = Effect.fnUntraced(function* (raised: ReadonlyArray<Warning>) {
      const found = yield* Effect.all(
        {
          shared: store.read(rules),
          active: counts.read,
          nodes: nodes.list(Duration.toMillis(config.worker.leaseTtl)),
          heard: repair.heard,
          failures
        },
        { concurrency: "unbounded" }
      )
      const { active, shared } = found
      const alarm = raised.find(({ code }) => code === silenceCode)?.message ?? null
      return {
        schema: shared.database.schema,
        software: shared.database.version,
        recent_failures: found.failures,
        database: View.databaseView(shared.database),
        nodes: found.nodes.map((node) => View.nodeView(node, shared.now, instance.confirmed)),
        deliveries: View.deliveriesView(active, found.heard, alarm, config, shared.now),
        limits: shared.limits.map((limit) => View.limitView(limit, shared.now)),
        pacing: View.pacingView(shared.capacity),
        capacity: View.capacityView(active, config),
        work: shared.work.map(View.workView)
      }
    })

    const get = Effect.fnUntraced(function* () {
      const now = yield* Clock.currentTimeMillis
      const raised = yield* warnings.all
      const { schema, software, ...known } = yield* fromDatabase(raised).pipe(
        Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.succeed(withoutDatabase("NoAnswer")) }),
        Effect.catchTag("StoreError", ({ kind }) => Effect.succeed(withoutDatabase(kind)))
      )
      return {
        at: time(now),
        ...View.profilingView(yield* profiling.state),
        ...View.settingsView(config),
        versions: { runnerd: version, node: process.version, database: software, schema },
        process: View.processView(metrics, activity, now),
        instance: { id: instance.id, tag: instance.tag, confirmed: instance.confirmed },
        ...known,
        github_rate_limits: rateLimits(metrics),
        loops: View.loopsView(activity),
        warnings: raised
      } satisfies DiagnosticsView
    })

    return handlers.handleAll({ get, pprof: get })
  })
)
