// What may happen to a request, as its owner (or, for a retry or a deleted spec, an operator) tells it.
//
// Answers for: the closed set of facts. What each makes of a request is in RequestDecision.ts, where it may lead in
// RequestLifecycle.ts.
import type { Disposition } from "./Disposition.ts"
import type { FailureReason } from "./ReasonCode.ts"
import type { RunnerRequest, Stage } from "./RunnerRequest.ts"
import type { TimelineCode } from "./Timeline.ts"

/** What admission gives a request; a retry is admitted anew (E-16). */
export type AdmittedAs = Pick<RunnerRequest, "specName" | "pool" | "labels" | "runnerGroup">

/** Something that happened to a request, as its owner learnt it. */
export type RequestFact =
  | { readonly _tag: "Claimed"; readonly owner: string; readonly fence: number; readonly runnerName: string }
  /** `endsAt`: when E2B ends it unless its life is extended. */
  | { readonly _tag: "SandboxCreated"; readonly sandboxId: string; readonly endsAt: number }
  | { readonly _tag: "SandboxExtended"; readonly endsAt: number }
  /** GitHub has a runner of its name already. */
  | { readonly _tag: "RunnerRenamed"; readonly runnerName: string }
  /** `runnerId`: known with a JIT configuration only. */
  | { readonly _tag: "RunnerRegistered"; readonly runnerId: number | null }
  | { readonly _tag: "RunnerStarted"; readonly pid: number }
  /** It is registered, and is about to be told to listen: from here on it may take a job. */
  | { readonly _tag: "RunnerMayListen" }
  | { readonly _tag: "RunnerReady" }
  | { readonly _tag: "JobAssigned"; readonly jobId: number | null; readonly jobName: string | null }
  /** `byItself`: it was seen to end, and by no signal, which might have hit only a part of it. */
  | { readonly _tag: "RunnerExited"; readonly how: string; readonly byItself: boolean }
  | { readonly _tag: "Noted"; readonly code: TimelineCode; readonly message: string }
  /** Nothing outside yet, and nothing is wanted any more. */
  | { readonly _tag: "NotNeeded"; readonly message: string }
  /** An attempt failed. `clean`: nothing of it is left outside. `dueAt`: when to try again, if at all. */
  | {
      readonly _tag: "AttemptFailed"
      readonly stage: Stage
      readonly disposition: Disposition
      readonly dueAt: number
      readonly maxAttempts: number
      readonly clean: boolean
    }
  /** The runner has done its work, or is to be removed without anything having failed. */
  | { readonly _tag: "StopWanted"; readonly message: string }
  /** The runner is to be removed and that is a failure. */
  | { readonly _tag: "RunnerFailed"; readonly stage: Stage; readonly reason: FailureReason; readonly message: string }
  /** GitHub says that the idle runner we wanted to remove has just taken a job. */
  | { readonly _tag: "RunnerBusy" }
  | { readonly _tag: "SandboxRemoved" }
  | { readonly _tag: "CleanupFailed"; readonly stage: Stage; readonly message: string; readonly dueAt: number }
  /** GitHub will not give up the registration yet, of a runner that has ended: the next attempt does not wait for that. */
  | { readonly _tag: "RegistrationLeft" }
  | { readonly _tag: "LeftRegistrationRemoved" }
  | { readonly _tag: "CleanedUp" }
  /** The owner has nothing to do for it now and gives it up. `due`: what its next attempt waited for has happened. */
  | { readonly _tag: "Released"; readonly due: boolean }
  /** Its runner spec is no more: nothing could be provisioned for it. Comes from no owner. `by`: who deleted it. */
  | { readonly _tag: "SpecDeleted"; readonly specName: string; readonly by: string }
  /** Somebody asks for a new life of a request that failed, or for its next attempt now. Comes from no owner. */
  | { readonly _tag: "RetryAsked"; readonly by: string; readonly admitted: AdmittedAs }

export type FactTag = RequestFact["_tag"]
