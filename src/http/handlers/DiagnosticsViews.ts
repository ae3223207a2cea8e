// How runnerd is, as the API shows it: settings without secrets, the process, and what the database keeps.
import * as Duration from "effect/Duration"
import { hostname } from "node:os"
import { pointsPerWindow } from "../../domain/CallLimit.ts"
import { type Capacity, roomForCreates } from "../../domain/Capacity.ts"
import { Stage } from "../../domain/RunnerRequest.ts"
import type { ActivityShape } from "../../services/Activity.ts"
import type { GitHubAuth, RunnerdConfig } from "../../services/config/RunnerdConfig.ts"
import type { ActiveCounts } from "../../services/store/ActiveCountStore.ts"
import type { HeldWork, LimitThatHolds, SharedState } from "../../services/store/DiagnosticsStore.ts"
import type { KnownNode } from "../../services/store/NodeStore.ts"
import type { Heard } from "../../services/store/RepairStore.ts"
import { specUse } from "../../services/store/SpecUse.ts"
import type { MetricsShape } from "../../services/telemetry/Metrics.ts"
import { readProcess } from "../../services/telemetry/ProcessMetrics.ts"
import type { DiagnosticsView } from "../api/DiagnosticsApi.ts"
import type { ProfilingState } from "../ProfilingListener.ts"
import { optionalTime, time } from "./Times.ts"

const limited = (value: number | "unlimited") => (value === "unlimited" ? null : value)
const finite = (value: number) => (Number.isFinite(value) ? value : null)
const age = (from: number, now: number) => Math.max(0, now - from) / 1000
const isStage = (text: string | null): text is typeof Stage.Type =>
  text !== null && (Stage.literals as ReadonlyArray<string>).includes(text)

const modes = { App: "app", Token: "token", Basic: "basic" } as const satisfies Record<GitHubAuth["_tag"], string>

/** What the configuration says, without anything secret: a database's address is shown as its parser did, without its user. */
export const settingsView = ({ database, e2b, github }: RunnerdConfig) => ({
  state: { backend: database.backend, database: database.backend === "sqlite" ? database.path : database.shown },
  github: {
    auth_mode: modes[github.auth._tag],
    app_id: github.auth._tag === "App" ? github.auth.appId : null,
    installation_id: github.auth._tag === "App" ? (github.auth.installationId ?? null) : null,
    api_base_url: github.apiBaseUrl,
    registration_mode: github.registrationMode
  },
  sandbox: {
    api_url: e2b.apiUrl,
    sandbox_url: e2b.sandboxUrl ?? null,
    timeout_seconds: Duration.toSeconds(e2b.timeout),
    max_timeout_seconds: e2b.maxTimeout === "unlimited" ? null : Duration.toSeconds(e2b.maxTimeout)
  }
})

/** In single quotes, as a shell takes anything. */
const quoted = (word: string) => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

export const profilingView = (state: ProfilingState): Pick<DiagnosticsView, "pprof" | "profiling_off"> => {
  if (state._tag === "Off") return { pprof: [], profiling_off: state.reason }
  const { address, addressFile } = state
  const command = addressFile === null ? "" : `runnerd profile all --address-file ${quoted(addressFile)}`
  return { pprof: [{ address, address_file: addressFile ?? "", dump_script: command }], profiling_off: null }
}

export const processView = (
  metrics: MetricsShape,
  activity: ActivityShape,
  now: number
): DiagnosticsView["process"] => {
  const read = readProcess(metrics)
  const startedAt = read("process_start_time_seconds") * 1000
  return {
    host: hostname(),
    pid: process.pid,
    started_at: time(startedAt),
    uptime_seconds: age(startedAt, now),
    resident_bytes: read("process_resident_memory_bytes"),
    heap_used_bytes: read("nodejs_heap_size_used_bytes"),
    heap_total_bytes: read("nodejs_heap_size_total_bytes"),
    external_bytes: read("nodejs_external_memory_bytes"),
    event_loop: {
      utilization: read("nodejs_eventloop_utilization"),
      delay_mean_seconds: read("nodejs_eventloop_lag_mean_seconds"),
      delay_p50_seconds: read("nodejs_eventloop_lag_p50_seconds"),
      delay_p99_seconds: read("nodejs_eventloop_lag_p99_seconds"),
      delay_max_seconds: read("nodejs_eventloop_lag_max_seconds")
    },
    actors: activity.actors()
  }
}

export const loopsView = (activity: ActivityShape): DiagnosticsView["loops"] =>
  activity.loops().map(({ beganAt, endedAt, failedAt, ...loop }) => ({
    ...loop,
    began_at: time(beganAt),
    ended_at: optionalTime(endedAt),
    failed_at: optionalTime(failedAt)
  }))

/** `confirmed`: whether this node may sweep at all (Instance.ts). */
export const nodeView = (node: KnownNode, now: number, confirmed: boolean): DiagnosticsView["nodes"][number] => ({
  node: node.incarnation,
  host: node.host,
  pid: node.processId,
  started_at: time(node.startedAt),
  heartbeat_at: time(node.heartbeatAt),
  heartbeat_age_seconds: age(node.heartbeatAt, now),
  alive: node.alive === 1,
  leads: node.leads === 1 && confirmed,
  answers: node.host === hostname() && node.processId === process.pid
})

export const limitView = (limit: LimitThatHolds, now: number): DiagnosticsView["limits"][number] => ({
  scope: limit.scope,
  no_calls_until: limit.openAt !== null && limit.openAt > now ? time(limit.openAt) : null,
  no_runners_until:
    Math.max(limit.openAt ?? 0, limit.claimsOpenAt ?? 0) > now
      ? time(Math.max(limit.openAt ?? 0, limit.claimsOpenAt ?? 0))
      : null,
  code: limit.code,
  message: limit.message,
  refused_at: optionalTime(limit.refusedAt),
  refusals: limit.refusals
})

export const pacingView = (capacity: Capacity): NonNullable<DiagnosticsView["pacing"]> => {
  const { nextAt, room } = roomForCreates(capacity)
  return {
    creates_per_second: limited(capacity.createsPerSecond),
    creates_now: finite(room),
    more_at: optionalTime(nextAt),
    e2b_ceiling: capacity.creates.ceiling,
    github: [...capacity.spent].map(([scope, spent]) => ({
      scope,
      points_spent: spent.points,
      points_allowed: pointsPerWindow
    }))
  }
}

export const capacityView = (
  counts: ActiveCounts,
  { worker }: RunnerdConfig
): NonNullable<DiagnosticsView["capacity"]> => {
  const specs = specUse(counts)
  return {
    sandboxes: specs.reduce((total, { sandboxes }) => total + sandboxes, 0),
    max_concurrent_runners: limited(worker.maxConcurrentRunners),
    max_concurrent_creates: worker.maxConcurrentCreates,
    specs: specs.flatMap(({ busy, idle, pending, sandboxes, settings, specName }) =>
      specName === null
        ? []
        : [
            {
              name: specName,
              enabled: settings?.enabled ?? false,
              busy,
              idle,
              pending,
              sandboxes,
              max_concurrency: settings === null || settings.maxConcurrency <= 0 ? null : settings.maxConcurrency
            }
          ]
    )
  }
}

export const workView = ({ n, owner, stage, status }: HeldWork): DiagnosticsView["work"][number] => ({
  node: owner,
  status,
  stage: isStage(stage) ? stage : null,
  requests: n
})

export const deliveriesView = (
  { lastDeliveryAt }: ActiveCounts,
  { heardAt, unheardSince }: Heard,
  alarm: string | null,
  { repair }: RunnerdConfig,
  now: number
): NonNullable<DiagnosticsView["deliveries"]> => ({
  last_at: optionalTime(lastDeliveryAt),
  last_age_seconds: lastDeliveryAt === null ? null : age(lastDeliveryAt, now),
  last_workflow_job_at: optionalTime(heardAt),
  jobs_unheard_since: optionalTime(unheardSince),
  silence_alarm: alarm,
  silence_alarm_after_seconds: Duration.toSeconds(repair.silenceAlarm)
})

export const databaseView = ({ latencyMillis, sizeBytes }: SharedState["database"]): DiagnosticsView["database"] => ({
  reachable: true,
  error: null,
  latency_seconds: latencyMillis / 1000,
  size_bytes: sizeBytes
})
