// The data that goes in and out of the GitHub service.
//
// Answers for: shapes only. Times are UTC instants, absent is null, secrets are Redacted.
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Remaining } from "../../domain/CallLimit.ts"
import type { GitHubError, OnHold } from "../../domain/GitHubError.ts"

export type GitHubAuth =
  | {
      readonly _tag: "App"
      readonly appId: number
      /** PEM, PKCS#1 or PKCS#8. */
      readonly privateKey: Redacted.Redacted
      /** undefined: found out per repository. */
      readonly installationId: number | undefined
    }
  | { readonly _tag: "Token"; readonly token: Redacted.Redacted }
  | { readonly _tag: "Basic"; readonly username: string; readonly password: Redacted.Redacted }

/** In whose name a call is made: the installation (or the one token) that speaks for an account, or the App itself. */
export type Caller = { readonly _tag: "Account"; readonly login: string } | { readonly _tag: "App" }

/** What GitHub told us to wait for, as the calls meet it. Must not fail: without its memory GitHub itself says no. */
export interface CallLimits {
  /** Why nothing may be asked in this name now. */
  readonly held: (caller: Caller) => Effect.Effect<OnHold | null>
  /** A call failed; kept when it was for a limit. `tookMillis`: from sending it to its answer. */
  readonly refused: (caller: Caller, error: GitHubError, tookMillis: number) => Effect.Effect<void>
  /** A call that costs so many of a minute's points was made, whatever its answer. */
  readonly spent: (caller: Caller, points: number) => Effect.Effect<void>
  /** What GitHub says is left of the hour. */
  readonly remaining: (caller: Caller, left: Remaining) => Effect.Effect<void>
}

export interface GitHubOptions {
  /** `https://api.github.com`, or a loopback URL. */
  readonly baseUrl: string
  readonly auth: GitHubAuth
  /** Time limit of one HTTP call, token exchange included. */
  readonly callTimeout: Duration.Duration
  /** Absent: only GitHub itself says no. */
  readonly limits?: CallLimits
  /** Told of every finished call; must not fail. */
  readonly observe?: (call: GitHubCall) => Effect.Effect<void>
}

/** One finished call, for metrics. */
export interface GitHubCall {
  readonly operation: string
  readonly durationMillis: number
  /** GitHub answered that nothing has changed. */
  readonly unchanged: boolean
  /** Absent: success. */
  readonly failure: GitHubError["reason"]["_tag"] | undefined
}

export interface CreateJitConfig {
  readonly runnerName: string
  /** All labels the runner shall have, `self-hosted` included: GitHub adds none. */
  readonly labels: ReadonlyArray<string>
  /** Name of a GitHub runner group; null: the default group. */
  readonly runnerGroup: string | null
}

export interface JitConfig {
  readonly runnerId: number
  readonly encodedJitConfig: Redacted.Redacted
}

/** GitHub's word on a job. `status`: queued, in_progress, completed, waiting, requested, pending, or newer. */
export interface GitHubJob {
  readonly id: number
  readonly runId: number
  readonly runAttempt: number
  readonly name: string
  readonly workflowName: string | null
  readonly headBranch: string | null
  readonly headSha: string | null
  readonly htmlUrl: string | null
  readonly status: string
  readonly conclusion: string | null
  readonly labels: ReadonlyArray<string>
  readonly runnerId: number | null
  readonly runnerName: string | null
  readonly runnerGroupName: string | null
  readonly createdAt: DateTime.Utc | null
  readonly startedAt: DateTime.Utc | null
  readonly completedAt: DateTime.Utc | null
}

export interface GitHubRunner {
  readonly id: number
  readonly name: string
  readonly status: "online" | "offline"
  readonly busy: boolean
}

/** A workflow run, as far as it is needed to find its jobs. */
export interface GitHubRun {
  readonly id: number
  readonly status: string | null
}

/** One attempt of GitHub's to deliver an event to the App's hook. */
export interface HookDelivery {
  readonly id: number
  /** The same for every attempt at one event. */
  readonly guid: string
  readonly deliveredAt: DateTime.Utc
  /** Whether it was answered 2xx in time. */
  readonly succeeded: boolean
  /** What it was answered; 0: nothing. */
  readonly statusCode: number
  readonly event: string
  readonly action: string | null
  readonly installationId: number | null
}
