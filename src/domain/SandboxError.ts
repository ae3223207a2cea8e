// What E2B (control API and envd) can answer instead of success, in the domain's own words.
//
// Answers for: the closed set of reasons. Not for recognising them (services/sandbox) nor for what
// follows from each (Disposition.ts).
import * as Schema from "effect/Schema"

/** Seconds the outside asked us to wait, when it said so. */
const retryAfterSeconds = Schema.optionalKey(Schema.Finite)

/** E2B has no room just now: placement failed or timed out ("Failed to place sandbox"). */
export class PlacementFailed extends Schema.TaggedClass<PlacementFailed>()("PlacementFailed", {
  detail: Schema.String,
  retryAfterSeconds
}) {}
/** The team runs as many sandboxes as its plan allows (429 without Retry-After). */
export class ConcurrencyLimited extends Schema.TaggedClass<ConcurrencyLimited>()("ConcurrencyLimited", {
  detail: Schema.String,
  retryAfterSeconds
}) {}
/** Too many calls a second (429 with Retry-After), or envd's own resource_exhausted. */
export class RateLimited extends Schema.TaggedClass<RateLimited>()("RateLimited", {
  detail: Schema.String,
  retryAfterSeconds
}) {}
/** No node can run this template at all (503 sandbox_no_compatible_node). */
export class NoCompatibleNode extends Schema.TaggedClass<NoCompatibleNode>()("NoCompatibleNode", {
  detail: Schema.String
}) {}
/** The template is unknown, or known without a usable build. */
export class TemplateUnusable extends Schema.TaggedClass<TemplateUnusable>()("TemplateUnusable", {
  template: Schema.String,
  detail: Schema.String
}) {}
/** E2B refused the call's contents (400, invalid_argument). */
export class BadRequest extends Schema.TaggedClass<BadRequest>()("BadRequest", { detail: Schema.String }) {}
/** The API key or the sandbox's access token was refused (401). */
export class Unauthorized extends Schema.TaggedClass<Unauthorized>()("Unauthorized", { detail: Schema.String }) {}
/** The team may not do this, for example because it is blocked (403). */
export class Forbidden extends Schema.TaggedClass<Forbidden>()("Forbidden", { detail: Schema.String }) {}
/** The control API says that this sandbox does not exist (any more). */
export class SandboxGone extends Schema.TaggedClass<SandboxGone>()("SandboxGone", { sandboxId: Schema.String }) {}
/** envd could not be reached or spoke of "not found": says nothing yet about the sandbox; ask the control API. */
export class EnvdUnreachable extends Schema.TaggedClass<EnvdUnreachable>()("EnvdUnreachable", {
  detail: Schema.String
}) {}
/** The sandbox lives, but has no such process (any more). */
export class ProcessNotFound extends Schema.TaggedClass<ProcessNotFound>()("ProcessNotFound", {
  pid: Schema.Finite
}) {}
/** The output stream of a running process broke off. The process itself may be alive. */
export class StreamLost extends Schema.TaggedClass<StreamLost>()("StreamLost", { detail: Schema.String }) {}
/** A state change of this sandbox is in progress (409). */
export class Conflict extends Schema.TaggedClass<Conflict>()("Conflict", { detail: Schema.String }) {}
/** 408, 425 or any other 5xx. */
export class Unavailable extends Schema.TaggedClass<Unavailable>()("Unavailable", {
  status: Schema.Finite,
  detail: Schema.String,
  retryAfterSeconds
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

export const SandboxErrorReason = Schema.Union([
  PlacementFailed,
  ConcurrencyLimited,
  RateLimited,
  NoCompatibleNode,
  TemplateUnusable,
  BadRequest,
  Unauthorized,
  Forbidden,
  SandboxGone,
  EnvdUnreachable,
  ProcessNotFound,
  StreamLost,
  Conflict,
  Unavailable,
  TimedOut,
  ConnectionFailed,
  MalformedAnswer
])
export type SandboxErrorReason = typeof SandboxErrorReason.Type

/** Any failure of a call to E2B. `operation` is the service method, e.g. `create`. */
export class SandboxError extends Schema.TaggedError<SandboxError>()("SandboxError", {
  operation: Schema.String,
  reason: SandboxErrorReason
}) {
  override get message(): string {
    return `E2B ${this.operation}: ${this.reason._tag}`
  }
}
