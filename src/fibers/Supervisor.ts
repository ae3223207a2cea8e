// The live actors of this node: one supervised fiber per active request.
//
// Answers for: starting an actor for a claim, telling it news, and restarting one that failed from the row as it
// is, with backoff, for as long as this node holds it. Not for choosing requests (Dispatcher.ts).
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { backoffSchedule } from "../domain/Backoff.ts"
import { isFinished } from "../domain/RunnerRequest.ts"
import { Activity } from "../services/Activity.ts"
import type { Claim } from "../services/store/ClaimStore.ts"
import { RequestStore } from "../services/store/RequestStore.ts"
import { aboutRequest } from "../services/telemetry/Traces.ts"
import * as RequestActor from "./RequestActor.ts"
import type { Signal } from "./RequestHandle.ts"

const restarts = backoffSchedule({ base: Duration.seconds(1), max: Duration.seconds(30) })

type ActorServices = Effect.Services<ReturnType<typeof RequestActor.run>>

const make = Effect.gen(function* () {
  const store = yield* RequestStore
  const activity = yield* Activity
  const context = yield* Effect.context<ActorServices>()
  const fibers = yield* FiberMap.make<string>()
  const mailboxes = new Map<string, Queue.Queue<Signal>>()
  const ended = yield* Queue.sliding<void>(1)

  const supervised = Effect.fnUntraced(function* (claim: Claim, mailbox: Queue.Queue<Signal>) {
    let next: Claim = claim
    const { id, owner, fence } = claim.request
    yield* Effect.suspend(() => RequestActor.run(next, mailbox)).pipe(
      Effect.catchCause((cause) =>
        // Also an interruption from within: the one that ends this fiber is not seen here.
        Effect.logError("The actor of a request failed; it is restarted from its row", cause).pipe(
          // Without the row nobody knows how far it came: beginning anew from the claim would create a second sandbox.
          Effect.andThen(Effect.retry(store.get(id), restarts)),
          Effect.flatMap((row) => {
            const held = Option.filter(row, (r) => r.owner === owner && r.fence === fence && !isFinished(r))
            if (Option.isNone(held)) return Effect.void
            next = { kind: "Resume", request: held.value }
            return Effect.fail("restart" as const)
          })
        )
      ),
      Effect.retry(restarts),
      Effect.annotateLogs(aboutRequest(claim.request))
    )
  })

  return Supervisor.of({
    ended,
    count: FiberMap.size(fibers),
    workedOn: Effect.sync(() => new Set(mailboxes.keys())),
    start: Effect.fnUntraced(function* (claim: Claim) {
      const { id } = claim.request
      const mailbox = yield* Queue.unbounded<Signal>()
      mailboxes.set(id, mailbox)
      activity.actorBegan(id)
      yield* FiberMap.run(
        fibers,
        id,
        supervised(claim, mailbox).pipe(
          Effect.ensuring(
            Effect.sync(() => {
              if (mailboxes.get(id) === mailbox) {
                mailboxes.delete(id)
                activity.actorEnded(id)
              }
              Queue.offerUnsafe(ended, undefined)
            })
          ),
          Effect.provideContext(context)
        ),
        { startImmediately: true }
      )
    }),
    tell: (ids) =>
      Effect.sync(() => {
        for (const id of ids) {
          const mailbox = mailboxes.get(id)
          if (mailbox !== undefined) Queue.offerUnsafe(mailbox, { _tag: "News" })
        }
      }),
    stopAll: FiberMap.clear(fibers)
  })
})

export class Supervisor extends Context.Service<
  Supervisor,
  {
    readonly start: (claim: Claim) => Effect.Effect<void>
    /** Tells the actors of these requests, where this node has one, that the store has new facts. */
    readonly tell: (requestIds: ReadonlyArray<string>) => Effect.Effect<void>
    /** Something ended since this was last taken: there may be room again. */
    readonly ended: Queue.Dequeue<void>
    readonly count: Effect.Effect<number>
    /** The requests that have an actor now. */
    readonly workedOn: Effect.Effect<ReadonlySet<string>>
    /** Interrupts every actor; sandboxes and rows stay as they are. */
    readonly stopAll: Effect.Effect<void>
  }
>()("runnerd/fibers/Supervisor") {
  static readonly layer = Layer.effect(Supervisor, make)
}
