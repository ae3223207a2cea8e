// What a caller says to start a simulated GitHub, and the defaults.
//
// Answers for: the options and their defaults. Gotcha: times marked unverified are our guess of an undocumented value.

import type { SimulatorClock } from "./Environment.ts"

export interface RunnerGroupOptions {
  readonly name: string
  /** Repository names that may use the group; absent: all of the organisation. */
  readonly repositories?: ReadonlyArray<string>
}

export interface InstallationOptions {
  /** Give every simulator of one process other ids: Octokit shares token exchanges by installation id alone. */
  readonly id: number
  readonly owner: string
  readonly ownerType: "Organization" | "User"
  /** Repository names without the owner. */
  readonly repositories: ReadonlyArray<string>
  readonly runnerGroups?: ReadonlyArray<RunnerGroupOptions>
  /**
   * Another App's: its webhooks come to the same hook, as when two Apps name the same URL and secret, and the REST API
   * knows nothing of it.
   */
  readonly foreign?: boolean
  /** Granted permissions; absent: all that runners and jobs need. */
  readonly permissions?: Readonly<Record<string, "read" | "write">>
}

export interface PersonalTokenOptions {
  readonly token: string
  readonly login: string
  /** Owners whose repositories the token reaches; absent: all. */
  readonly owners?: ReadonlyArray<string>
}

export interface SimulatorLimits {
  /** A job that its runner did not take is queued again after this time. GitHub: 60 s. */
  readonly jobPickupMillis: number
  /** A runner without a poll for this time is shown offline. Unverified. */
  readonly offlineAfterMillis: number
  /** A job whose runner is silent for this time fails. Unverified: about 10 minutes by reports. */
  readonly lostRunnerMillis: number
  /** A job that no runner took for this time is cancelled. GitHub: 24 h. */
  readonly queueLimitMillis: number
  /** A job may run so long on a self-hosted runner. GitHub: 5 days. */
  readonly executionLimitMillis: number
  /** A run may take so long. GitHub: 35 days. */
  readonly runLimitMillis: number
  /** An ephemeral runner that was offline for this time is removed. GitHub: 1 day. */
  readonly ephemeralExpiryMillis: number
  /** Any other runner that was offline for this time is removed. GitHub: 14 days. */
  readonly runnerExpiryMillis: number
  /** An older runner can neither be registered nor get jobs. GitHub: 2.329.0 for registration. */
  readonly oldestRunnerVersion: string
  /** A cancelled job whose runner does not report is closed after this time. GitHub: 5 minutes. */
  readonly cancelGraceMillis: number
  /** How long the runner's poll for messages is held. The real one: about 50 s. */
  readonly pollMillis: number
  /** A webhook's receiver must answer within this time. GitHub: 10 s. */
  readonly webhookTimeoutMillis: number
  readonly webhookConcurrency: number
  /** Deliveries that are kept with their payload; older ones are forgotten. */
  readonly keptDeliveries: number
  /** How long deliveries can be looked up. GitHub: 3 days. */
  readonly deliveryRetentionMillis: number
  /** A larger payload is not sent. GitHub: 25 MB. */
  readonly maxPayloadBytes: number
}

/** What a caller may do; shown in headers always, refused only when `enforced`. May be changed at any time. */
export interface RateLimitOptions {
  readonly enforced: boolean
  /** REST calls per hour and caller. GitHub: 5,000, and more for an installation of many repositories. */
  readonly requestsPerHour: number
  /** Points per minute, caller and endpoint (GET 1, others 5). GitHub: 900. */
  readonly pointsPerMinute: number
  /** Calls of one caller at the same time. GitHub: 100. */
  readonly concurrentRequests: number
  /** Runners per repository or organisation. GitHub: 1,500. */
  readonly registrationsPer5Minutes: number
}

/** `ghs_` and 36 characters, or since 2026-04-27 `ghs_<App id>_<JWT>`. */
export type InstallationTokenFormat = "opaque" | "stateless"

const hour = 3_600_000

export const defaultLimits: SimulatorLimits = {
  jobPickupMillis: 60_000,
  queueLimitMillis: 24 * hour,
  executionLimitMillis: 5 * 24 * hour,
  runLimitMillis: 35 * 24 * hour,
  ephemeralExpiryMillis: 24 * hour,
  runnerExpiryMillis: 14 * 24 * hour,
  oldestRunnerVersion: "2.329.0",
  offlineAfterMillis: 30_000,
  lostRunnerMillis: 600_000,
  cancelGraceMillis: 300_000,
  pollMillis: 50_000,
  webhookTimeoutMillis: 10_000,
  webhookConcurrency: 64,
  keptDeliveries: 20_000,
  deliveryRetentionMillis: 72 * hour,
  maxPayloadBytes: 25 * 1024 * 1024
}

export const defaultRateLimits: RateLimitOptions = {
  enforced: false,
  requestsPerHour: 5000,
  pointsPerMinute: 900,
  concurrentRequests: 100,
  registrationsPer5Minutes: 1500
}

export interface GitHubSimulatorOptions {
  /** Absent or 0: any free port. */
  readonly port?: number
  readonly app: {
    readonly id: number
    /** Absent: a key is generated, see `GitHubSimulator.privateKeyPem`. */
    readonly privateKeyPem?: string
    readonly webhookSecret: string
  }
  readonly installations: ReadonlyArray<InstallationOptions>
  readonly pats?: ReadonlyArray<PersonalTokenOptions>
  readonly basicAuth?: { readonly username: string; readonly password: string }
  /** Where webhooks go; absent: nowhere, until the control interface names a target. */
  readonly webhookUrl?: string
  /** Whose hook it is: the App's, or one of a repository, whose payloads carry no `installation`. Default: the App's. */
  readonly hookKind?: "integration" | "repository"
  readonly rateLimits?: Partial<RateLimitOptions>
  /** Default: stateless. */
  readonly tokenFormat?: InstallationTokenFormat
  readonly limits?: Partial<SimulatorLimits>
  /** What GitHub's clock goes by; absent: the real one. */
  readonly clock?: SimulatorClock
}
