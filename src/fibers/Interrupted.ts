// Provisioning that its last owner did not finish: what it left is removed, and it begins anew.
//
// Answers for: the end of a node costing its requests no attempt, and for a request at which a node or its actor fails again
// and again not being provisioned for ever: from the second time in a row on each spends one.
import * as Effect from "effect/Effect"
import { Deferred, Retryable } from "../domain/Disposition.ts"
import type { RunnerRequest } from "../domain/RunnerRequest.ts"
import { attemptFailed } from "./Attempt.ts"
import type { RequestHandle } from "./RequestHandle.ts"

const code = "interrupted"

/** Whether that is how its last attempt ended: its runner may have been started, and may have worked. */
export const wasInterrupted = ({ lastErrorCode }: Pick<RunnerRequest, "lastErrorCode">): boolean =>
  lastErrorCode === code

const interruption = (request: RunnerRequest) =>
  wasInterrupted(request)
    ? new Retryable({
        code,
        message:
          "Provisioning this runner was interrupted again; what was made of it is removed, and it is tried again."
      })
    : new Deferred({
        code,
        message: "The node that provisioned this runner stopped; what it left is removed and provisioning begins anew.",
        retryAfterSeconds: 0
      })

/** Ends the attempt of a request that is taken over while it is provisioned. */
export const abandonProvisioning = Effect.fnUntraced(function* (handle: RequestHandle) {
  const request = handle.current()
  yield* handle.record(yield* attemptFailed(request, "recovery", interruption(request), false))
})
