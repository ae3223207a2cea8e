// Asking E2B for a sandbox within what it told us to wait for, and telling all nodes what it answered.
//
// Answers for: the place between an actor and ProviderLimits. A create that is refused for a limit, or not made because of
// one, spends no attempt; when there is room again is for the claim to know (ClaimCandidates.ts).
import * as Effect from "effect/Effect"
import { refusalOf } from "../domain/CreateLimit.ts"
import { Deferred, ofSandboxError } from "../domain/Disposition.ts"
import type { RunnerRequest } from "../domain/RunnerRequest.ts"
import type { SandboxError } from "../domain/SandboxError.ts"
import { ProviderLimits } from "../services/store/ProviderLimits.ts"

/** Fails while E2B is not to be asked: told to others after this request was claimed. */
export const mayCreate = Effect.gen(function* () {
  const hold = yield* (yield* ProviderLimits).createsHeld()
  if (hold !== null) {
    return yield* new Deferred({ code: hold.code, message: hold.message, notBeforeMillis: hold.until })
  }
})

/** E2B refused: kept for all nodes when it says something of other creates too. */
export const createRefused = Effect.fnUntraced(function* (request: RunnerRequest, error: SandboxError) {
  const refusal = refusalOf(error.reason)
  if (refusal === null) return
  const { code, message } = ofSandboxError(error)
  const claimedAt = request.creatingAt ?? 0
  yield* (yield* ProviderLimits).createRefused({ ...refusal, claimedAt, code, message })
})

/** After the row says that the sandbox exists. */
export const createSucceeded = ProviderLimits.use((limits) => limits.createSucceeded())
