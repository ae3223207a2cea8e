// What follows from a failure of the outside: wait, try again, or give up.
//
// Answers for: one total table from every reason of SandboxError and GitHubError to a disposition, with a
// code for machines and a sentence that says what to fix. Not for how long a wait is (Backoff.ts).
// Gotcha: the tables are mapped types over the reasons' tags, so a new reason does not compile until it
// has its row here.
import * as Schema from "effect/Schema"
import type { GitHubError, GitHubErrorReason } from "./GitHubError.ts"
import { ReasonCode } from "./ReasonCode.ts"
import type { SandboxError, SandboxErrorReason } from "./SandboxError.ts"

const fields = {
  code: ReasonCode,
  /** One sentence for people; says what to fix where something can be fixed. */
  message: Schema.String
}

/** Wait without spending an attempt; never gives up. At most one of the two hints is there; none means backoff. */
export class Deferred extends Schema.TaggedError<Deferred>()("Deferred", {
  ...fields,
  /** Epoch milliseconds before which the outside does not want to hear from us. */
  notBeforeMillis: Schema.optionalKey(Schema.Finite),
  /** Seconds the outside asked us to wait, counted from now. */
  retryAfterSeconds: Schema.optionalKey(Schema.Finite)
}) {}

/** Try again with backoff and spend an attempt. */
export class Retryable extends Schema.TaggedError<Retryable>()("Retryable", fields) {}

/** Trying again cannot help: somebody has to fix something. */
export class Fatal extends Schema.TaggedError<Fatal>()("Fatal", fields) {}

export type Disposition = Deferred | Retryable | Fatal

type Reasons = { readonly _tag: string }
type Table<R extends Reasons> = { readonly [T in R["_tag"]]: (reason: Extract<R, { readonly _tag: T }>) => Disposition }

const lookUp = <R extends Reasons>(table: Table<R>, reason: R): Disposition =>
  (table[reason._tag as R["_tag"]] as (reason: R) => Disposition)(reason)

const retryAfter = (seconds: number | undefined) => (seconds === undefined ? {} : { retryAfterSeconds: seconds })

/** `: detail`, or nothing when the outside said nothing. */
const because = (detail: string) => (detail.trim() === "" ? "" : `: ${detail.trim()}`)

const sandboxTable: Table<SandboxErrorReason> = {
  PlacementFailed: (reason) =>
    new Deferred({
      code: "sandbox_capacity",
      message: `E2B has no room for the sandbox at the moment${because(reason.detail)}`,
      ...retryAfter(reason.retryAfterSeconds)
    }),
  ConcurrencyLimited: (reason) =>
    new Deferred({
      code: "sandbox_concurrency_limit",
      message: `The E2B team already runs as many sandboxes as its plan allows${because(reason.detail)}`,
      // Its turn comes when a sandbox ends or it is time to ask again (CreateLimit.ts): it need not wait by itself as well.
      retryAfterSeconds: reason.retryAfterSeconds ?? 0
    }),
  RateLimited: (reason) =>
    new Deferred({
      code: "sandbox_rate_limit",
      message: `E2B asks for fewer calls${because(reason.detail)}`,
      ...retryAfter(reason.retryAfterSeconds)
    }),
  NoCompatibleNode: (reason) =>
    new Retryable({
      code: "sandbox_no_compatible_node",
      message: `No E2B node can run this template: check the CPU, memory and features it asks for${because(reason.detail)}`
    }),
  TemplateUnusable: (reason) =>
    new Fatal({
      code: "template_unusable",
      message: `The sandbox template "${reason.template}" cannot be used: build it, or correct template_id of the runner spec${because(reason.detail)}`
    }),
  BadRequest: (reason) =>
    new Fatal({
      code: "sandbox_bad_request",
      message: `E2B refused the call's contents: check the runner spec's template and e2b.timeout_seconds${because(reason.detail)}`
    }),
  Unauthorized: (reason) =>
    new Fatal({
      code: "sandbox_unauthorized",
      message: `E2B refused the credentials: check e2b.api_key${because(reason.detail)}`
    }),
  Forbidden: (reason) =>
    new Fatal({
      code: "sandbox_forbidden",
      message: `The E2B team may not do this: check its billing and that the template belongs to it${because(reason.detail)}`
    }),
  SandboxGone: (reason) =>
    new Retryable({ code: "sandbox_gone", message: `Sandbox ${reason.sandboxId} no longer exists` }),
  EnvdUnreachable: (reason) =>
    new Retryable({
      code: "sandbox_unreachable",
      message: `The sandbox did not answer; whether it still exists is for the control API to say${because(reason.detail)}`
    }),
  ProcessNotFound: (reason) =>
    new Retryable({
      code: "sandbox_process_not_found",
      message: `The sandbox has no process ${reason.pid} any more`
    }),
  StreamLost: (reason) =>
    new Retryable({
      code: "sandbox_stream_lost",
      message: `The connection to the runner's output broke off${because(reason.detail)}`
    }),
  Conflict: (reason) =>
    new Retryable({
      code: "sandbox_conflict",
      message: `E2B is still changing the sandbox's state${because(reason.detail)}`
    }),
  Unavailable: (reason) =>
    new Retryable({
      code: "sandbox_unavailable",
      message: `E2B failed with status ${reason.status}${because(reason.detail)}`
    }),
  TimedOut: (reason) =>
    new Retryable({
      code: "sandbox_timeout",
      message: `E2B did not answer in time; the call may have taken effect all the same${because(reason.detail)}`
    }),
  ConnectionFailed: (reason) =>
    new Retryable({ code: "sandbox_connection_failed", message: `E2B could not be reached${because(reason.detail)}` }),
  MalformedAnswer: (reason) =>
    new Retryable({
      code: "sandbox_malformed_answer",
      message: `E2B's answer could not be understood${because(reason.detail)}`
    })
}

const gitHubTable: Table<GitHubErrorReason> = {
  PrimaryRateLimited: (reason) =>
    new Deferred({
      code: "github_rate_limit",
      message: `GitHub's hourly rate limit is used up${because(reason.detail)}`,
      ...(reason.resetAtMillis === undefined ? {} : { notBeforeMillis: reason.resetAtMillis })
    }),
  SecondaryRateLimited: (reason) =>
    new Deferred({
      code: "github_secondary_rate_limit",
      message: `GitHub asks for fewer calls (secondary rate limit)${because(reason.detail)}`,
      retryAfterSeconds: reason.retryAfterSeconds ?? 60
    }),
  OnHold: (reason) => new Deferred({ code: reason.code, message: reason.detail, notBeforeMillis: reason.untilMillis }),
  Unauthorized: (reason) =>
    new Fatal({
      code: "github_unauthorized",
      message: `GitHub refused the credentials: check the App's id and private key, or the token${because(reason.detail)}`
    }),
  Forbidden: (reason) =>
    new Fatal({
      code: "github_forbidden",
      message:
        reason.acceptedPermissions === undefined
          ? `GitHub forbids this: check the permissions of the App or token${because(reason.detail)}`
          : `GitHub forbids this: grant the App or token "${reason.acceptedPermissions}"${because(reason.detail)}`
    }),
  NotFound: (reason) =>
    new Fatal({
      code: "github_not_found",
      message: `GitHub does not know this, or gives no access to it: check that the repository still has this name and that the App or token may see it${because(reason.detail)}`
    }),
  NotInstalled: (reason) =>
    new Fatal({
      code: "github_app_not_installed",
      message: `The GitHub App is not installed for ${reason.repository}: install it there, or grant it this repository`
    }),
  RunnerNameTaken: (reason) =>
    new Retryable({
      code: "github_runner_name_taken",
      message: `GitHub already has a runner named ${reason.runnerName}: the next attempt takes another name`
    }),
  RunnerBusy: (reason) =>
    new Deferred({
      code: "github_runner_busy",
      message: `GitHub still sees the runner at work and keeps its registration${because(reason.detail)}`
    }),
  RunnerGroupUnusable: (reason) =>
    new Fatal({
      code: "github_runner_group_unusable",
      message: `The GitHub runner group "${reason.runnerGroup}" cannot be used: correct runner_group of the runner spec, or give the repository access to the group${because(reason.detail)}`
    }),
  Rejected: (reason) =>
    new Fatal({
      code: "github_rejected",
      message: `GitHub refused the call with status ${reason.status}: check the runner spec's labels and names${because(reason.detail)}`
    }),
  Unavailable: (reason) =>
    new Retryable({
      code: "github_unavailable",
      message: `GitHub failed with status ${reason.status}${because(reason.detail)}`
    }),
  TimedOut: (reason) =>
    new Retryable({
      code: "github_timeout",
      message: `GitHub did not answer in time; the call may have taken effect all the same${because(reason.detail)}`
    }),
  ConnectionFailed: (reason) =>
    new Retryable({
      code: "github_connection_failed",
      message: `GitHub could not be reached${because(reason.detail)}`
    }),
  MalformedAnswer: (reason) =>
    new Retryable({
      code: "github_malformed_answer",
      message: `GitHub's answer could not be understood${because(reason.detail)}`
    })
}

/** What follows from a failure of E2B. Total over its reasons. */
export const ofSandboxError = (error: SandboxError): Disposition => lookUp(sandboxTable, error.reason)

/** What follows from a failure of GitHub. Total over its reasons. */
export const ofGitHubError = (error: GitHubError): Disposition => lookUp(gitHubTable, error.reason)
