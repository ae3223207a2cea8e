// What somebody did by the management API: who, which action, on what, and how that was before and after.
//
// Answers for: the actions, and the kind of thing that each is done to. An action is part of the API: it may be added,
// never renamed. No subject of an action holds a secret, so neither does an event.
import * as Schema from "effect/Schema"

/** Each action, with the type of the resource that it changes. */
export const auditActions = {
  "runner.create": "runner_request",
  "runner.stop": "runner_request",
  "runner.retry": "runner_request",
  "runner_spec.create": "runner_spec",
  "runner_spec.update": "runner_spec",
  "runner_spec.delete": "runner_spec",
  "runner_spec.resume": "runner_spec",
  "runner_group.create": "runner_group",
  "runner_group.update": "runner_group",
  "runner_group.delete": "runner_group",
  "repository_policy.create": "repository_policy",
  "repository_policy.update": "repository_policy",
  "repository_policy.delete": "repository_policy"
} as const
export type AuditAction = keyof typeof auditActions

export const AuditEvent = Schema.Struct({
  id: Schema.Int,
  /** Epoch milliseconds. */
  at: Schema.Finite,
  actor: Schema.String,
  // Any text: a database may hold actions of a later version.
  action: Schema.String,
  resourceType: Schema.String,
  resourceId: Schema.String,
  /** Null: there was nothing before. */
  before: Schema.NullOr(Schema.Json),
  /** Null: there is nothing afterwards. */
  after: Schema.NullOr(Schema.Json)
})
export type AuditEvent = typeof AuditEvent.Type
