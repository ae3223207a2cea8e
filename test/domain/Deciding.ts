// What tests of the lifecycle share: the moment they happen at, and a fact applied to a request.
import type { Disposition } from "../../src/domain/Disposition.ts"
import type { RequestFact } from "../../src/domain/RequestFact.ts"
import { decide } from "../../src/domain/RequestLifecycle.ts"
import type { RunnerRequest } from "../../src/domain/RunnerRequest.ts"

export const now = 9000

/** The request afterwards; the same one when the fact was ignored. */
export const after = (request: RunnerRequest, fact: RequestFact): RunnerRequest => {
  const decision = decide(request, fact, now)
  return decision._tag === "Ignored" ? request : { ...request, ...decision.patch }
}

export const attemptFailed = (disposition: Disposition, clean: boolean, maxAttempts = 3): RequestFact => ({
  _tag: "AttemptFailed",
  stage: "sandbox_create",
  disposition,
  dueAt: 20_000,
  maxAttempts,
  clean
})
