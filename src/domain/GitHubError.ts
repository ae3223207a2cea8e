// What GitHub's REST API can answer instead of success, in the domain's own words.
//
// Answers for: the closed set of reasons. Not for recognising them (services/github) nor for what
// follows from each (Disposition.ts).
import * as Schema from "effect/Schema"
import { ReasonCode } from "./ReasonCode.ts"

/** The hourly budget of this token is used up. `resetAtMillis`: epoch milliseconds, from x-ratelimit-reset. */
export class PrimaryRateLimited extends Schema.TaggedClass<PrimaryRateLimited>()("PrimaryRateLimited", {
  detail: Schema.String,
  resetAtMillis: Schema.optionalKey(Schema.Finite)
}) {}
/** GitHub's secondary limit. `retryAfterSeconds`: from Retry-After; absent means at least 60 s. */
export class SecondaryRateLimited extends Schema.TaggedClass<SecondaryRateLimited>()("SecondaryRateLimited", {
  detail: Schema.String,
  retryAfterSeconds: Schema.optionalKey(Schema.Finite)
}) {}
/** An earlier call was told to wait until then, so this one was not made. `code`: of that limit's disposition. */
export class OnHold extends Schema.TaggedClass<OnHold>()("OnHold", {
  untilMillis: Schema.Finite,
  code: ReasonCode,
  detail: Schema.String
}) {}
/** 401: the credentials were refused. */
export class Unauthorized extends Schema.TaggedClass<Unauthorized>()("Unauthorized", { detail: Schema.String }) {}
/** 403 that is no rate limit. `acceptedPermissions`: what GitHub says is needed (X-Accepted-GitHub-Permissions). */
export class Forbidden extends Schema.TaggedClass<Forbidden>()("Forbidden", {
  detail: Schema.String,
  acceptedPermissions: Schema.optionalKey(Schema.String)
}) {}
/** 404: gone, never there, renamed, or no access. */
export class NotFound extends Schema.TaggedClass<NotFound>()("NotFound", { detail: Schema.String }) {}
/** The GitHub App is not installed where the job's repository is. */
export class NotInstalled extends Schema.TaggedClass<NotInstalled>()("NotInstalled", { repository: Schema.String }) {}
/** 409: a runner with this name exists already. */
export class RunnerNameTaken extends Schema.TaggedClass<RunnerNameTaken>()("RunnerNameTaken", {
  runnerName: Schema.String
}) {}
/** 422 on deletion: the runner is running a job. */
export class RunnerBusy extends Schema.TaggedClass<RunnerBusy>()("RunnerBusy", { detail: Schema.String }) {}
/** The GitHub runner group that a spec names does not exist, or the repository may not use it. */
export class RunnerGroupUnusable extends Schema.TaggedClass<RunnerGroupUnusable>()("RunnerGroupUnusable", {
  runnerGroup: Schema.String,
  detail: Schema.String
}) {}
/** Any other 4xx that says the call itself is wrong (400, 422, …). */
export class Rejected extends Schema.TaggedClass<Rejected>()("Rejected", {
  status: Schema.Finite,
  detail: Schema.String
}) {}
/** 408, 409 (other than a taken name), 425 or 5xx. */
export class Unavailable extends Schema.TaggedClass<Unavailable>()("Unavailable", {
  status: Schema.Finite,
  detail: Schema.String
}) {}
/** No answer within the call's own time limit. The effect may have taken place all the same. */
export class TimedOut extends Schema.TaggedClass<TimedOut>()("TimedOut", { detail: Schema.String }) {}
/** Connection refused or reset, DNS or TLS failure. */
export class ConnectionFailed extends Schema.TaggedClass<ConnectionFailed>()("ConnectionFailed", {
  detail: Schema.String
}) {}
/** A 2xx answer that does not say what it must. */
export class MalformedAnswer extends Schema.TaggedClass<MalformedAnswer>()("MalformedAnswer", {
  detail: Schema.String
}) {}

export const GitHubErrorReason = Schema.Union([
  PrimaryRateLimited,
  SecondaryRateLimited,
  OnHold,
  Unauthorized,
  Forbidden,
  NotFound,
  NotInstalled,
  RunnerNameTaken,
  RunnerBusy,
  RunnerGroupUnusable,
  Rejected,
  Unavailable,
  TimedOut,
  ConnectionFailed,
  MalformedAnswer
])
export type GitHubErrorReason = typeof GitHubErrorReason.Type

/** Any failure of a call to GitHub. `operation` is the service method, e.g. `createJitConfig`. */
export class GitHubError extends Schema.TaggedError<GitHubError>()("GitHubError", {
  operation: Schema.String,
  reason: GitHubErrorReason
}) {
  override get message(): string {
    return `GitHub ${this.operation}: ${this.reason._tag}`
  }
}

/** Whether nothing of ours can be seen or removed there, now or in an hour. */
export const isOutOfReach = ({ reason }: GitHubError): boolean =>
  reason._tag === "NotFound" || reason._tag === "NotInstalled"
