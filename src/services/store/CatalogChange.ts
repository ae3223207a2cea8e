// One change of a spec, a group or a policy: who makes it, on what condition, and what all of them have in common.
//
// Answers for: the condition, which is looked at in the transaction that makes the change, so that of two who have seen the
// same and change it only one does; and for the record of it, the raised version of the catalogue and the wake-up. What
// changes nothing is no change: it leaves no record and no new time.
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { getOrNull } from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { AuditAction } from "../../domain/AuditEvent.ts"
import { Wakeup } from "../Wakeup.ts"
import { AuditStore } from "./AuditStore.ts"

export interface Change<A> {
  /** The actor of the audit event. */
  readonly by: string
  /** Whether what is stored is what the change was meant for; null: there is nothing of that key. */
  readonly expects: (current: A | null) => boolean
}

/** What is stored is not what the change was meant for; nothing was changed. */
export class PreconditionFailed extends Schema.TaggedError<PreconditionFailed>()("PreconditionFailed", {}) {}

/** What is stored, once it is known to be what the change was meant for. */
export const expected = <A>(current: Option.Option<A>, { expects }: Change<A>) => {
  const found = getOrNull(current)
  return expects(found) ? Effect.succeed(found) : Effect.fail(new PreconditionFailed())
}

/** Kinds of resources whose every change is recorded as create, update or delete. */
type Kind = "runner_spec" | "runner_group" | "repository_policy"

const actionOf = (kind: Kind, before: Schema.Json, after: Schema.Json): AuditAction =>
  before === null ? `${kind}.create` : after === null ? `${kind}.delete` : `${kind}.update`

/** Whether `after` says anything else than `before`. Both are made by one function, so their keys are in one order. */
export const differs = (before: Schema.Json, after: Schema.Json): boolean =>
  JSON.stringify(before) !== JSON.stringify(after)

/** Recording changes of one kind, each in the transaction that makes it. `stateOf`: what the record shows of one. */
export const recorder = Effect.fnUntraced(function* <A>(kind: Kind, stateOf: (value: A) => Schema.Json) {
  const sql = yield* SqlClient.SqlClient
  const audit = yield* AuditStore
  const wakeup = yield* Wakeup
  return Effect.fnUntraced(function* (by: string, resourceId: string, before: A | null, after: A | null) {
    const states = {
      before: before === null ? null : stateOf(before),
      after: after === null ? null : stateOf(after)
    }
    yield* audit.append({ actor: by, action: actionOf(kind, states.before, states.after), resourceId, ...states })
    yield* sql`UPDATE catalog_version SET version = version + 1 WHERE id = 1`
    // A cap that was raised takes effect now, not when somebody looks next.
    yield* sql.afterCommit(wakeup.notify({ requestIds: [], newRequests: true }))
  })
})
