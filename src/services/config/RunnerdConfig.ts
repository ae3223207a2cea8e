// The configuration as the rest of runnerd sees it: checked, complete, every default filled in.
//
// Answers for: the shape, in camelCase, and the unit of every value. Not for the YAML keys and their defaults
// (ConfigDocument.ts), nor for the rules between them (ConfigRules.ts).
// Gotcha: secrets are Redacted here and stay so; take a value out only where it is sent.
import type * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import type { Actor } from "../../domain/Actor.ts"
import type { MetricsOptions } from "../telemetry/Metrics.ts"
import type { PostgresAddress } from "./PostgresUrl.ts"

/** A limit that an operator may switch off with the word `unlimited`. */
export type Limit = number | "unlimited"

export interface ServerConfig {
  /** `server.http_addr`: the interface to listen on; undefined means all of them, IPv6 and IPv4. */
  readonly host: string | undefined
  /** `server.http_addr`: 0 means any free port. */
  readonly port: number
  /** `server.read_timeout_seconds`: to read a whole request. */
  readonly readTimeout: Duration.Duration
  /** `server.write_timeout_seconds`: to answer a request. */
  readonly writeTimeout: Duration.Duration
  /** `server.idle_timeout_seconds`: how long an unused keep-alive connection stays open. */
  readonly idleTimeout: Duration.Duration
  /** `server.cors_origins`: whose pages may call the API from a browser, as a browser writes them. */
  readonly corsOrigins: ReadonlyArray<string>
  /** `server.trusted_proxies`: who is believed about the address that a request comes from. */
  readonly trustedProxies: ReadonlyArray<AddressRange>
  /** `server.access_log`: whether each request has a line in the log, at level info. */
  readonly accessLog: boolean
}

/** All addresses of IPv4 or IPv6 that begin with the same bits as this one. */
export interface AddressRange {
  readonly address: string
  readonly bits: number
}

export interface LogConfig {
  /** `log.level`: what is below it is not written. */
  readonly level: "trace" | "debug" | "info" | "warn" | "error"
  /** `log.format`: `auto` is text on a terminal, else json. */
  readonly format: "auto" | "json" | "text"
}

/** Where one kind of telemetry goes. */
export interface OtlpTarget {
  /** Complete: `http://localhost:4318/v1/traces`. */
  readonly url: string
  readonly protocol: "http/protobuf" | "http/json"
  readonly compression: "none" | "gzip"
  readonly headers: ReadonlyArray<{ readonly name: string; readonly value: Redacted.Redacted }>
  /** To take one batch. */
  readonly timeout: Duration.Duration
}

/** From the section `telemetry`, or from the environment's `OTEL_*` when that names no endpoint. */
export interface TelemetryConfig {
  /** Null: none is sent. */
  readonly traces: OtlpTarget | null
  readonly logs: OtlpTarget | null
  readonly serviceName: string
  readonly resourceAttributes: Readonly<Record<string, string>>
}

/** Where the process can be looked into, from its own machine alone. */
export interface ProfilingConfig {
  /** An address of the loopback. */
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /** Absolute: where the address is written down. */
  readonly addressFile: string
}

interface SqliteConfig {
  readonly backend: "sqlite"
  /** `database.url`: the file, absolute. */
  readonly path: string
}

export interface PostgresConfig extends PostgresAddress {
  readonly backend: "postgres"
  /** `database.password`; undefined: the one in the address, if any. */
  readonly password: Redacted.Redacted | undefined
  /** `database.max_connections`: of this node's pool; two more are its own for as long as it lives. */
  readonly maxConnections: number
}

export type DatabaseConfig = SqliteConfig | PostgresConfig

/** One of `admin.tokens`. */
export interface NamedToken extends Actor {
  readonly token: Redacted.Redacted
}

export interface AdminConfig {
  /** The bearer token of the management API that may do everything and is called `admin_api`. */
  readonly token: Redacted.Redacted
  /** Further ones; no two tokens, `token` included, have the same name or value. */
  readonly tokens: ReadonlyArray<NamedToken>
}

interface E2bConfig {
  readonly apiKey: Redacted.Redacted
  /** The control API, without a trailing slash. */
  readonly apiUrl: string
  /** Where envd is reached. Undefined only when `domain` is known: then the SDK derives it from the domain. */
  readonly sandboxUrl: string | undefined
  /** From an `apiUrl` of the form `https://api.<domain>`; otherwise undefined. */
  readonly domain: string | undefined
  /** `e2b.timeout_seconds`: the life of a sandbox, and of each extension while its runner works. */
  readonly timeout: Duration.Duration
  /** `e2b.max_timeout_seconds`: the longest life of a sandbox, extensions included. E2B's plan has a limit of its own. */
  readonly maxTimeout: Duration.Duration | "unlimited"
  /** `e2b.api_timeout_seconds`: the most a single call may take. At most 0.6 of the lease, given or not. */
  readonly apiTimeout: Duration.Duration
  /** `e2b.create_timeout_seconds`: the create call; and again upload and start of the runner together. */
  readonly createTimeout: Duration.Duration
  /** `e2b.stop_timeout_seconds`. Has no effect yet. */
  readonly stopTimeout: Duration.Duration
  /** `e2b.creates_per_second`: the rate of create calls, all nodes together. May be a fraction. */
  readonly createsPerSecond: Limit
}

export type GitHubAuth =
  | {
      readonly _tag: "App"
      readonly appId: number
      /** Undefined: the installation is looked up for each job's repository. */
      readonly installationId: number | undefined
      /** The RSA key as PKCS#8 PEM, whichever form the file had. */
      readonly privateKey: Redacted.Redacted
    }
  | { readonly _tag: "Token"; readonly token: Redacted.Redacted }
  | { readonly _tag: "Basic"; readonly username: string; readonly password: Redacted.Redacted }

/** How a runner is registered: a just-in-time configuration per runner, or a registration token and config.sh. */
type RegistrationMode = "jit" | "token"

interface GitHubConfig {
  readonly webhookSecret: Redacted.Redacted
  /** `https://api.github.com` or a loopback URL, without a trailing slash. */
  readonly apiBaseUrl: string
  /** `owner/repo` or `owner/*` as written, no two equal when case is ignored. Empty: every repository is allowed. */
  readonly allowedRepositories: ReadonlyArray<string>
  readonly registrationMode: RegistrationMode
  readonly auth: GitHubAuth
}

interface WorkerConfig {
  /** Sandboxes that may exist at once, all nodes together. */
  readonly maxConcurrentRunners: Limit
  /** Provisionings at once on this node. */
  readonly maxConcurrentCreates: number
  /** A runner that listens but never takes a job is removed after this. */
  readonly runnerIdleTimeout: Duration.Duration
  /** `worker.ready_timeout_seconds`: a started runner that never says "Listening for Jobs" is given up after this. */
  readonly readyTimeout: Duration.Duration
  /** `worker.recovery_timeout_seconds`. Has no effect yet. */
  readonly recoveryTimeout: Duration.Duration
  /** `worker.shutdown_timeout_seconds`: how long a process that is to stop lets its provisionings finish. */
  readonly shutdownTimeout: Duration.Duration
  /** Others take a node's requests over when its heartbeat is older than this. */
  readonly leaseTtl: Duration.Duration
  readonly retryBaseDelay: Duration.Duration
  readonly retryMaxDelay: Duration.Duration
  /** Attempts before a retryable failure becomes final. */
  readonly retryMaxAttempts: number
  /** `worker.breaker_deaths`: a spec is paused when so many of its sandboxes in a row died before taking a job. */
  readonly breakerDeaths: Limit
  /** `worker.breaker_cooldown_seconds`: until one sandbox tries a paused spec again. */
  readonly breakerCooldown: Duration.Duration
}

/** How jobs are found whose webhook never arrived. */
interface RepairConfig {
  /** `repair.workflow_run_delay_seconds`: how long after a workflow_run event its jobs are listed. */
  readonly workflowRunDelay: Duration.Duration
  /** Between two looks at GitHub's log of deliveries. */
  readonly deliveriesInterval: Duration.Duration
  /** `repair.deliveries_pages`: pages of 100 deliveries that one look reads at most. */
  readonly deliveryPages: number
  /** Between two rounds over repositories and runs. */
  readonly reconcileInterval: Duration.Duration
  /** `repair.reconcile_calls`: lists that one round asks for at most. */
  readonly reconcileCalls: number
  /** `repair.silence_alarm_seconds`: how long GitHub may be active with no webhook of it. */
  readonly silenceAlarm: Duration.Duration
}

interface MetricsConfig extends MetricsOptions {
  /** `metrics.public`: `/metrics` needs no token. */
  readonly public: boolean
}

/** `retention.*_days`: for how many days each kind of data is kept. */
interface RetentionConfig {
  /** The payloads of webhook deliveries. */
  readonly bodies: Limit
  /** What else is known of webhook deliveries. */
  readonly deliveries: Limit
  /** What runners printed. */
  readonly logs: Limit
  /** Timelines. */
  readonly events: Limit
  /** Finished requests with all that belongs to them, and GitHub's facts about jobs. */
  readonly requests: Limit
  /** What was changed by the management API, and by whom. */
  readonly audit: Limit
}

export interface RunnerdConfig {
  readonly server: ServerConfig
  readonly log: LogConfig
  readonly database: DatabaseConfig
  readonly admin: AdminConfig
  readonly e2b: E2bConfig
  readonly github: GitHubConfig
  readonly worker: WorkerConfig
  readonly repair: RepairConfig
  readonly metrics: MetricsConfig
  readonly telemetry: TelemetryConfig
  /** Null: there is no profiling listener. */
  readonly profiling: ProfilingConfig | null
  readonly retention: RetentionConfig
}
