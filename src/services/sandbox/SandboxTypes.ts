// The data that goes in and out of Sandboxes.
//
// Answers for: shapes only. Times are UTC instants, secrets are Redacted.
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"
import type { SandboxError } from "../../domain/SandboxError.ts"

/** Everything the E2B client is told; it reads no environment variable besides. */
export interface SandboxesOptions {
  readonly apiKey: Redacted.Redacted
  /** Control API, e.g. `https://api.e2b.app`. */
  readonly apiUrl: string
  /** Base URL of envd; undefined: derived from the sandbox's domain, or from `domain`. */
  readonly sandboxUrl: string | undefined
  /** Domain of sandboxes when a create answer names none; undefined: `e2b.app`. */
  readonly domain: string | undefined
  /** Time limit of every call but `create`. */
  readonly callTimeout: Duration.Duration
  /** Time limit of `create`. E2B itself may take 70 s. */
  readonly createTimeout: Duration.Duration
}

/** What it takes to talk to one sandbox's envd. */
export interface SandboxAccess {
  readonly sandboxId: string
  readonly envdVersion: string
  readonly envdAccessToken: Redacted.Redacted | undefined
  readonly domain: string | undefined
}

export interface CreateSandbox {
  readonly template: string
  /** Life of the sandbox in seconds; rounded up, at least 1. */
  readonly timeoutSeconds: number
  readonly metadata: Readonly<Record<string, string>>
}

export interface SandboxSummary {
  readonly sandboxId: string
  readonly templateId: string
  readonly metadata: Readonly<Record<string, string>>
  readonly startedAt: DateTime.Utc
  /** When E2B ends it; after an extension read this back, because E2B clamps silently to the plan's maximum. */
  readonly endAt: DateTime.Utc
  readonly state: "running" | "paused"
}

/** What sandboxes of a build are like; null: E2B does not say. Sizes in MiB. */
export interface BuildFacts {
  readonly cpuCount: number | null
  readonly memoryMb: number | null
  readonly diskSizeMb: number | null
  readonly finishedAt: DateTime.Utc | null
}

export interface TemplateFacts {
  /** By which it is found as by its id. */
  readonly names: ReadonlyArray<string>
  /** How many are listed, and how many of them can be used. */
  readonly builds: number
  readonly usableBuilds: number
  /** The newest of those that can be used. */
  readonly newest: BuildFacts | null
}

export interface TemplateStatus {
  readonly templateId: string
  readonly usable: boolean
  /** A sentence: why it is usable, or what is missing. */
  readonly detail: string
  readonly facts: TemplateFacts
}

export interface StartCommand {
  /** Run by `/bin/bash -l -c`. Never put secrets or user data here: every process in the sandbox can read it. */
  readonly command: string
  /** Readable by jobs through /proc and envd's process list: no secrets that outlive the start. */
  readonly envs: Readonly<Record<string, Redacted.Redacted | string>>
  /** Default: the home directory of the sandbox's user. */
  readonly cwd?: string
}

/** A piece of output as it came; lines may be split over pieces. */
export interface ProcessOutput {
  readonly stream: "stdout" | "stderr"
  readonly text: string
}

/** How a process ended. `exitCode` null: killed by a signal, which `error` then names. */
export interface ProcessExit {
  readonly exitCode: number | null
  readonly error: string | null
}

/** A process in a sandbox, followed over a stream. Closing its Scope disconnects and leaves the process alone. */
export interface RunnerProcess {
  readonly pid: number
  /**
   * Output since this connection was made; what came before is not repeated. Ends when the process ends or the
   * connection is lost. For one consumer; a slow one eventually slows the process itself.
   */
  readonly output: Stream.Stream<ProcessOutput>
  /** Fails with StreamLost when the connection broke off: the process may be alive, connect again. */
  readonly exit: Effect.Effect<ProcessExit, SandboxError>
}
