// The configuration file: every key that runnerd knows, under its own name, with its default.
//
// Answers for: names, types, defaults, which keys are secrets. Not for the rules between keys (ConfigRules.ts)
// nor for what an operator reads (ConfigText.ts). The order is that of the example.
// Gotcha: keys and defaults that the original had must stay; a file written for it works unchanged.
import { roles } from "../../domain/Actor.ts"
import {
  ConfigList,
  count,
  countLimit,
  daysLimit,
  flag,
  githubId,
  list,
  path,
  rateLimit,
  retired,
  seconds,
  secondsLimit,
  secret,
  someOf,
  text,
  word
} from "./ConfigKey.ts"
import { jobLabels } from "../telemetry/Metric.ts"
import { defaultOptions } from "../telemetry/Metrics.ts"
import type { ConfigKey } from "./ConfigKey.ts"

/** From the most that is told to the least. */
export const logLevels = ["trace", "debug", "info", "warn", "error"] as const

export const otlpProtocols = ["http/protobuf", "http/json"] as const
export const otlpCompressions = ["none", "gzip"] as const

const perEvent = "no value: the repository comes from each event, github.allowed_repositories limits which"

export const configDocument = {
  server: {
    http_addr: text({ expected: '":PORT", "HOST:PORT" or "[IPV6]:PORT", as ":25500"', fallback: ":25500" }),
    read_timeout_seconds: seconds(15),
    write_timeout_seconds: seconds(60),
    idle_timeout_seconds: seconds(120),
    cors_origins: list("a list of origins, such as https://tools.example.com"),
    trusted_proxies: list("a list of addresses or ranges, such as 10.0.0.0/8"),
    access_log: flag(true)
  },
  log: {
    level: word(logLevels, "info"),
    format: word(["auto", "json", "text"], "auto")
  },
  database: {
    backend: word(["sqlite", "postgres"], "sqlite"),
    url: text({ expected: "a file's path, or the address of a PostgreSQL server", secret: true }),
    password: secret(),
    password_file: path(),
    max_connections: count(10)
  },
  admin: {
    token: secret(),
    token_file: path(),
    tokens: new ConfigList({
      name: text({ expected: "a name, such as deploy-bot", required: true }),
      role: word(roles),
      token: secret(),
      token_file: path()
    })
  },
  e2b: {
    api_key: secret(),
    api_key_file: path(),
    api_url: text({ expected: "an http or https URL, as https://api.e2b.app", required: true }),
    sandbox_url: text({ expected: "an http or https URL" }),
    timeout_seconds: seconds(3600),
    max_timeout_seconds: secondsLimit("unlimited"),
    // Its default follows from the lease (CallTimeouts.ts).
    api_timeout_seconds: seconds(),
    create_timeout_seconds: seconds(120),
    stop_timeout_seconds: seconds(30),
    creates_per_second: rateLimit(5)
  },
  github: {
    webhook_secret: secret(),
    webhook_secret_file: path(),
    api_base_url: text({
      expected: "https://api.github.com or an http URL on this machine's loopback",
      fallback: "https://api.github.com"
    }),
    allowed_repositories: list("a list of owner/repo or owner/*"),
    registration_mode: word(["jit", "token"], "jit"),
    app: {
      id: githubId(),
      installation_id: githubId(),
      private_key_file: path(),
      private_key: secret()
    },
    token: secret(),
    token_file: path(),
    basic_auth: {
      username: text({ expected: "a text" }),
      password: secret(),
      password_file: path()
    },
    owner: retired(perEvent),
    repo: retired(perEvent)
  },
  worker: {
    max_concurrent_runners: countLimit(100),
    max_concurrent_creates: count(50),
    runner_idle_timeout_seconds: seconds(300),
    ready_timeout_seconds: seconds(120),
    recovery_timeout_seconds: seconds(120),
    shutdown_timeout_seconds: seconds(20),
    // Its default follows from an explicit call limit (CallTimeouts.ts).
    lease_ttl_seconds: seconds(),
    retry_base_delay_seconds: seconds(15),
    retry_max_delay_seconds: seconds(300),
    retry_max_attempts: count(5),
    breaker_deaths: countLimit(10),
    breaker_cooldown_seconds: seconds(300)
  },
  repair: {
    workflow_run_delay_seconds: seconds(10),
    deliveries_interval_seconds: seconds(60),
    deliveries_pages: count(10),
    reconcile_interval_seconds: seconds(300),
    // Two lists for one lately active repository and for one other, and as many for runs.
    reconcile_calls: count(100, 8),
    silence_alarm_seconds: seconds(900)
  },
  metrics: {
    public: flag(false),
    job_labels: someOf(jobLabels, defaultOptions.jobLabels),
    job_duration_labels: someOf(jobLabels, defaultOptions.jobDurationLabels),
    max_series: count(defaultOptions.maxSeries)
  },
  telemetry: {
    otlp_endpoint: text({ expected: "an http or https URL, as http://localhost:4318" }),
    otlp_protocol: word(otlpProtocols, "http/protobuf"),
    otlp_compression: word(otlpCompressions, "none"),
    otlp_timeout_seconds: seconds(10),
    otlp_headers: new ConfigList({
      name: text({ expected: "a header's name, such as x-honeycomb-team", required: true }),
      value: secret(),
      value_file: path()
    }),
    traces: flag(true),
    logs: flag(false),
    service_name: text({ expected: "a name, such as runnerd", fallback: "runnerd" }),
    resource_attributes: list("a list of key=value, such as deployment.environment.name=production")
  },
  profiling: {
    enabled: flag(true),
    http_addr: text({ expected: '"127.0.0.1:PORT" or "[::1]:PORT"', fallback: "127.0.0.1:0" }),
    // Its default follows from the database (ProfilingSettings.ts).
    address_file: text({ expected: "a file's path" })
  },
  retention: {
    delivery_bodies_days: daysLimit(7),
    deliveries_days: daysLimit(30),
    logs_days: daysLimit(14),
    events_days: daysLimit(90),
    requests_days: daysLimit(90),
    audit_days: daysLimit(365)
  }
}

/** What was read for each key: its value or default, or undefined when it is absent or wrong. */
export type ConfigValues<T = typeof configDocument> =
  T extends ConfigKey<infer A>
    ? A | undefined
    : T extends ConfigList<infer S>
      ? ReadonlyArray<ConfigValues<S>> | undefined
      : { readonly [K in keyof T]: ConfigValues<T[K]> }
