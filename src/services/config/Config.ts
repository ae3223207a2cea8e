// Loads the configuration and hands it to every layer.
//
// Answers for: reading the file, putting the sections together, and reporting every problem of one file at once. Not for
// the keys (ConfigDocument.ts), nor for the rules (ConfigRules.ts, Endpoints.ts, GitHubAuthSettings.ts).
// Gotcha: nothing here reads the environment but for OTEL_* (OtelEnvironment.ts); the file is all there is.
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { parseAddressRanges } from "./AddressRanges.ts"
import { readAdmin } from "./AdminSettings.ts"
import { parseAllowedRepositories } from "./AllowedRepositories.ts"
import { callTimeout, longestDefaultCall, defaultLeaseSeconds } from "./CallTimeouts.ts"
import type { ConfigValues } from "./ConfigDocument.ts"
import { ConfigError } from "./ConfigError.ts"
import { ConfigReport } from "./ConfigReport.ts"
import { checkRules } from "./ConfigRules.ts"
import { readDatabase } from "./DatabaseSettings.ts"
import { parseE2bUrls, parseGitHubUrl, parseListenAddress, parseOrigins } from "./Endpoints.ts"
import { readGitHubAuth } from "./GitHubAuthSettings.ts"
import { readProfiling } from "./ProfilingSettings.ts"
import { readDocument } from "./ReadDocument.ts"
import type { RunnerdConfig } from "./RunnerdConfig.ts"
import { readTelemetry } from "./TelemetrySettings.ts"
import { requireHeaderSafe, requireSecret } from "./SecretFiles.ts"

const duration = (seconds: number | undefined) => (seconds === undefined ? undefined : Duration.seconds(seconds))

type Known<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> }

/** The record when every field is known. */
const allKnown = <T extends object>(fields: T): Known<T> | undefined =>
  Object.values(fields).includes(undefined) ? undefined : (fields as Known<T>)

const readServer = (values: ConfigValues["server"], report: ConfigReport) => {
  const address = parseListenAddress("server.http_addr", values.http_addr, report)
  const known = allKnown({
    readTimeout: duration(values.read_timeout_seconds),
    writeTimeout: duration(values.write_timeout_seconds),
    idleTimeout: duration(values.idle_timeout_seconds),
    corsOrigins: parseOrigins("server.cors_origins", values.cors_origins, report),
    trustedProxies: parseAddressRanges("server.trusted_proxies", values.trusted_proxies, report),
    accessLog: values.access_log
  })
  return address && known && { ...address, ...known }
}

const readE2b = Effect.fnUntraced(function* (
  values: ConfigValues["e2b"],
  leaseTtl: Duration.Duration,
  folder: string,
  report: ConfigReport
) {
  const source = { name: "e2b.api_key", inline: values.api_key, file: values.api_key_file }
  const apiKey = requireHeaderSafe(source.name, yield* requireSecret(source, folder, report), report)
  const endpoints = parseE2bUrls(values.api_url, values.sandbox_url, report)
  const known = allKnown({
    apiKey,
    timeout: duration(values.timeout_seconds),
    maxTimeout:
      values.max_timeout_seconds === "unlimited" ? values.max_timeout_seconds : duration(values.max_timeout_seconds),
    apiTimeout: duration(values.api_timeout_seconds) ?? callTimeout(longestDefaultCall, leaseTtl),
    createTimeout: duration(values.create_timeout_seconds),
    stopTimeout: duration(values.stop_timeout_seconds),
    createsPerSecond: values.creates_per_second
  })
  return endpoints && known && { ...endpoints, ...known }
})

const readGitHub = Effect.fnUntraced(function* (values: ConfigValues["github"], folder: string, report: ConfigReport) {
  const source = {
    name: "github.webhook_secret",
    inline: values.webhook_secret,
    file: values.webhook_secret_file
  }
  return allKnown({
    webhookSecret: yield* requireSecret(source, folder, report),
    apiBaseUrl: parseGitHubUrl(values.api_base_url, report),
    allowedRepositories: parseAllowedRepositories(values.allowed_repositories, report),
    registrationMode: values.registration_mode,
    auth: yield* readGitHubAuth(values, folder, report)
  })
})

const readWorker = (values: ConfigValues["worker"], leaseTtl: Duration.Duration) =>
  allKnown({
    maxConcurrentRunners: values.max_concurrent_runners,
    maxConcurrentCreates: values.max_concurrent_creates,
    runnerIdleTimeout: duration(values.runner_idle_timeout_seconds),
    readyTimeout: duration(values.ready_timeout_seconds),
    recoveryTimeout: duration(values.recovery_timeout_seconds),
    shutdownTimeout: duration(values.shutdown_timeout_seconds),
    leaseTtl,
    retryBaseDelay: duration(values.retry_base_delay_seconds),
    retryMaxDelay: duration(values.retry_max_delay_seconds),
    retryMaxAttempts: values.retry_max_attempts,
    breakerDeaths: values.breaker_deaths,
    breakerCooldown: duration(values.breaker_cooldown_seconds)
  })

const readRepair = (values: ConfigValues["repair"]) =>
  allKnown({
    workflowRunDelay: duration(values.workflow_run_delay_seconds),
    deliveriesInterval: duration(values.deliveries_interval_seconds),
    deliveryPages: values.deliveries_pages,
    reconcileInterval: duration(values.reconcile_interval_seconds),
    reconcileCalls: values.reconcile_calls,
    silenceAlarm: duration(values.silence_alarm_seconds)
  })

const readMetrics = (values: ConfigValues["metrics"]) =>
  allKnown({
    public: values.public,
    jobLabels: values.job_labels,
    jobDurationLabels: values.job_duration_labels,
    maxSeries: values.max_series
  })

const readRetention = (values: ConfigValues["retention"]) =>
  allKnown({
    bodies: values.delivery_bodies_days,
    deliveries: values.deliveries_days,
    logs: values.logs_days,
    events: values.events_days,
    requests: values.requests_days,
    audit: values.audit_days
  })

const readFile = Effect.fnUntraced(function* (file: string, report: ConfigReport) {
  const fs = yield* FileSystem.FileSystem
  const content = yield* Effect.result(fs.readFileString(file))
  if (Result.isSuccess(content)) return content.success
  report.add(
    "",
    content.failure.reason._tag === "NotFound"
      ? "no such file; `runnerd init` makes one, or name yours with --config PATH"
      : "cannot be read; expected a YAML file that this user may read"
  )
  return undefined
})

const build = Effect.fnUntraced(function* (file: string, report: ConfigReport) {
  const path = yield* Path.Path
  const content = yield* readFile(file, report)
  if (content === undefined) return undefined
  const values = yield* readDocument(content, report)
  if (values === undefined) return undefined
  const folder = path.dirname(path.resolve(file))
  checkRules(values, report)
  const leaseTtl = Duration.seconds(
    values.worker.lease_ttl_seconds ?? defaultLeaseSeconds(values.e2b.api_timeout_seconds)
  )
  const resolve = (name: string) => path.resolve(folder, name)
  const database = yield* readDatabase(values.database, folder, resolve, report)
  return allKnown({
    server: readServer(values.server, report),
    log: allKnown({ level: values.log.level, format: values.log.format }),
    database,
    admin: yield* readAdmin(values.admin, folder, report),
    e2b: yield* readE2b(values.e2b, leaseTtl, folder, report),
    github: yield* readGitHub(values.github, folder, report),
    worker: readWorker(values.worker, leaseTtl),
    repair: readRepair(values.repair),
    metrics: readMetrics(values.metrics),
    telemetry: yield* readTelemetry(values.telemetry, folder, report),
    profiling: readProfiling(values.profiling, database, resolve, report),
    retention: readRetention(values.retention)
  })
})

/** The file's configuration, or everything that is wrong with the file. Relative paths in it start at its folder. */
export const loadConfig: (
  file: string
) => Effect.Effect<RunnerdConfig, ConfigError, FileSystem.FileSystem | Path.Path> = Effect.fn("Config.load")(function* (
  file: string
) {
  const report = new ConfigReport()
  const config = yield* build(file, report)
  const problems = report.sorted()
  if (problems.length > 0) return yield* new ConfigError({ file, problems })
  if (config === undefined) return yield* Effect.die("a configuration is incomplete and no problem was reported")
  return config
})

export class Config extends Context.Service<Config, RunnerdConfig>()("runnerd/services/config/Config") {
  static layer(file: string): Layer.Layer<Config, ConfigError, FileSystem.FileSystem | Path.Path> {
    return Layer.effect(this, loadConfig(file))
  }
}
