// One actor's hold on its request: the row as last written, the way to write it, and the mailbox.
//
// Answers for: one writer, so that the copy here is the row (but for facts that others count up). Every write
// is guarded by owner and fence; when that fails with LeaseLost the actor must stop at once.
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Redacted from "effect/Redacted"
import type { Verdict } from "../domain/Demand.ts"
import type { RequestFact } from "../domain/RequestFact.ts"
import { isFinished, type RunnerRequest } from "../domain/RunnerRequest.ts"
import type { LeaseLost, RequestStore } from "../services/store/RequestStore.ts"
import type { StoreError } from "../services/store/StoreError.ts"
import type { MarkerEvent } from "../services/sandbox/RunnerMarkers.ts"

/** What an actor is told. */
export type Signal =
  /** The store has new facts about the request. */
  | { readonly _tag: "News" }
  | { readonly _tag: "Marker"; readonly marker: MarkerEvent }
  /** `exitCode` null: nobody saw how. `again`: told before, and put off. */
  | {
      readonly _tag: "Exited"
      readonly exitCode: number | null
      readonly error: string | null
      readonly again?: boolean
    }
  | { readonly _tag: "StreamLost"; readonly detail: string }
  /** It is time to connect to the runner's output again. */
  | { readonly _tag: "Reconnect" }

export interface RequestHandle {
  readonly id: string
  readonly current: () => RunnerRequest
  readonly mailbox: Queue.Queue<Signal>
  readonly record: (...facts: ReadonlyArray<RequestFact>) => Effect.Effect<RunnerRequest, StoreError | LeaseLost>
  /** Writes what follows from whether the request is still wanted, judged in the same transaction. */
  readonly judge: (
    facts: (verdict: Verdict) => ReadonlyArray<RequestFact>
  ) => Effect.Effect<Verdict, StoreError | LeaseLost>
  /** What its runner registered with, as long as this process knows; a JIT configuration is known by its form. */
  readonly registration: () => Redacted.Redacted | undefined
  readonly registeredWith: (token: Redacted.Redacted) => void
  /** Whether the actor still has something to do. */
  readonly held: () => boolean
}

export const make = (
  store: RequestStore["Service"],
  claimed: RunnerRequest,
  mailbox: Queue.Queue<Signal>
): RequestHandle => {
  let request = claimed
  let registration: Redacted.Redacted | undefined
  return {
    id: claimed.id,
    mailbox,
    current: () => request,
    registration: () => registration,
    registeredWith: (token) => {
      registration = token
    },
    held: () => !isFinished(request) && request.owner === claimed.owner,
    record: (...facts) =>
      facts.length === 0
        ? Effect.succeed(request)
        : Effect.map(store.record(request, facts), (next) => {
            request = next
            return next
          }),
    judge: (facts) =>
      Effect.map(store.judge(request, facts), (written) => {
        request = written.request
        return written.verdict
      })
  }
}
