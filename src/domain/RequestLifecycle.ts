// The life of a request: which facts may move it where, as data.
//
// Answers for: every change there is of a request, whoever makes it. `decide` is pure and is the only way to a change;
// what a fact makes of the columns is in RequestDecision.ts, the actor performs the effects, the store writes what is
// decided. docs/lifecycle.md is made from this table.
// Not for: whether a request is still wanted (Demand.ts), nor what a failure of the outside means (Disposition.ts).
// Gotcha: terminal states are final but for an explicit retry, so a fact that arrives late is `Ignored`, never an error.
import { type Decision, decisionFor } from "./RequestDecision.ts"
import type { FactTag, RequestFact } from "./RequestFact.ts"
import type { RequestStatus, RunnerRequest } from "./RunnerRequest.ts"

export interface Transition {
  readonly from: ReadonlyArray<RequestStatus>
  readonly fact: FactTag
  /** Where it may lead; the status it came from means that the status stays. */
  readonly to: ReadonlyArray<RequestStatus>
  readonly meaning: string
}

/** Every transition there is. A fact outside its row's `from` changes nothing. */
export const transitions: ReadonlyArray<Transition> = [
  { from: ["queued"], fact: "Claimed", to: ["creating"], meaning: "a node has room and provisions the runner" },
  {
    from: ["queued", "creating"],
    fact: "NotNeeded",
    to: ["completed"],
    meaning: "no job waits for it any more, and it has cost nothing"
  },
  { from: ["creating"], fact: "SandboxCreated", to: ["creating"], meaning: "E2B gave a sandbox" },
  {
    from: ["creating"],
    fact: "RunnerRenamed",
    to: ["creating"],
    meaning: "GitHub has a runner of its name already, so it is registered under another"
  },
  {
    from: ["creating"],
    fact: "RunnerRegistered",
    to: ["creating"],
    meaning: "GitHub gave a JIT configuration, which registers the runner, or a token for it"
  },
  { from: ["creating"], fact: "RunnerStarted", to: ["running"], meaning: "the start command runs in the sandbox" },
  {
    from: ["running"],
    fact: "SandboxExtended",
    to: ["running"],
    meaning: "E2B lets the sandbox of a runner that works live longer"
  },
  {
    from: ["running"],
    fact: "RunnerMayListen",
    to: ["running"],
    meaning: "the runner has registered by its token; from here on it may take a job"
  },
  { from: ["running"], fact: "RunnerReady", to: ["running"], meaning: "the runner listens for jobs" },
  {
    from: ["running", "stopping"],
    fact: "JobAssigned",
    to: ["running", "stopping"],
    meaning: "the runner took a job, not necessarily the one that caused the request"
  },
  { from: ["running"], fact: "RunnerExited", to: ["running"], meaning: "the runner's process ended" },
  {
    from: ["queued", "creating", "running", "stopping"],
    fact: "Noted",
    to: ["queued", "creating", "running", "stopping"],
    meaning: "worth a line in the timeline, changes nothing"
  },
  {
    from: ["creating", "running"],
    fact: "AttemptFailed",
    to: ["queued", "stopping", "failed"],
    meaning:
      "deferred or retried while attempts are left, else failed; `stopping` first if anything may be left outside"
  },
  {
    from: ["creating", "running", "stopping"],
    fact: "StopWanted",
    to: ["stopping"],
    meaning: "done, or not needed any more; a request that was being cleaned up for its next attempt has none"
  },
  {
    from: ["running"],
    fact: "RunnerFailed",
    to: ["stopping"],
    meaning: "ended for a reason worth showing"
  },
  { from: ["stopping"], fact: "RunnerBusy", to: ["running"], meaning: "an idle stop lost the race with a job" },
  { from: ["stopping"], fact: "SandboxRemoved", to: ["stopping"], meaning: "the sandbox no longer counts" },
  { from: ["stopping"], fact: "CleanupFailed", to: ["stopping"], meaning: "to be cleaned up again at its due time" },
  {
    from: ["stopping"],
    fact: "RegistrationLeft",
    to: ["stopping"],
    meaning: "GitHub keeps the registration of a runner that has ended; the next attempt begins all the same"
  },
  {
    from: ["stopping"],
    fact: "LeftRegistrationRemoved",
    to: ["stopping"],
    meaning: "the registration that was left by an earlier attempt is gone"
  },
  {
    from: ["stopping"],
    fact: "CleanedUp",
    to: ["queued", "completed", "failed"],
    meaning: "nothing is left outside: it becomes its outcome"
  },
  { from: ["queued"], fact: "Released", to: ["queued"], meaning: "looked at because of news, and it still waits" },
  {
    from: ["queued"],
    fact: "SpecDeleted",
    to: ["failed"],
    meaning: "an operator deletes its runner spec while it waits"
  },
  {
    from: ["failed", "queued"],
    fact: "RetryAsked",
    to: ["queued"],
    meaning: "an operator asks for a retry: of a failure, or of an attempt that would wait longer; admitted anew"
  }
]

const transitionOf = new Map(transitions.map((transition) => [transition.fact, transition]))

/**
 * What `fact` makes of `request` at `now` (epoch milliseconds). Total: a fact that its status does not allow is
 * `Ignored`.
 */
export const decide = (request: RunnerRequest, fact: RequestFact, now: number): Decision =>
  transitionOf.get(fact._tag)!.from.includes(request.status) ? decisionFor(request, fact, now) : { _tag: "Ignored" }
