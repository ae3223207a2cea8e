// Finding work for this node and handing it to the supervisor.
//
// Answers for: looking whenever there is news, room, a limit's end, or a second has passed, and claiming no more than there
// are free permits. Gotchas: wake-ups may be lost, so the second is what bounds how late anything is found. A claim that failed
// may have been committed: this node holds requests then that nobody works on, and the next claim looks for them.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import { claimRulesOf } from "../services/ClaimRules.ts"
import { Config } from "../services/config/Config.ts"
import { ClaimStore } from "../services/store/ClaimStore.ts"
import { Instance } from "../services/store/Instance.ts"
import { SpecStore } from "../services/store/SpecStore.ts"
import { Wakeup } from "../services/Wakeup.ts"
import * as Loop from "./Loop.ts"
import { NodeLease } from "./NodeLease.ts"
import { Permits } from "./Permits.ts"
import { Supervisor } from "./Supervisor.ts"

const poll = 1000

const make = Effect.gen(function* () {
  const config = yield* Config
  const { worker } = config
  const specStore = yield* SpecStore
  const claims = yield* ClaimStore
  const instance = yield* Instance
  const node = yield* NodeLease
  const permits = yield* Permits
  const supervisor = yield* Supervisor
  const news = yield* (yield* Wakeup).subscribe
  const rules = claimRulesOf(config)
  let patience = poll
  let lastClaimFailed = false
  const look = yield* Queue.sliding<void>(1)

  const finishProvisionings = Effect.gen(function* () {
    if (permits.used() === 0 || (yield* node.isLost)) return
    yield* Effect.logInfo("Shutting down: what is being provisioned may finish").pipe(
      Effect.annotateLogs({ provisionings: permits.used(), seconds: Duration.toSeconds(worker.shutdownTimeout) })
    )
    // In a fiber of its own: this one is being interrupted.
    yield* Fiber.join(yield* Effect.forkDetach(Effect.timeoutOption(permits.none, worker.shutdownTimeout)))
    if (permits.used() === 0) return
    yield* Effect.logWarning("The time to shut down is over: whoever takes over removes what is half made").pipe(
      Effect.annotateLogs({ provisionings: permits.used() })
    )
  })

  // What this node holds is given up when it stops, for the next one to adopt; runners are left alone. Registered before
  // the loops are forked, so that it runs after they have ended and nothing is claimed again.
  yield* Effect.addFinalizer(() =>
    finishProvisionings.pipe(
      Effect.andThen(supervisor.stopAll),
      Effect.andThen(claims.release(node.incarnation)),
      Effect.ignore({ log: true })
    )
  )

  yield* Loop.forever(
    "news",
    PubSub.take(news).pipe(
      Effect.tap((item) => supervisor.tell(item.requestIds)),
      Effect.andThen(Queue.offer(look, undefined))
    )
  ).pipe(Effect.forkScoped)
  const lookAfter = (name: string, room: Queue.Dequeue<void>) =>
    Loop.forever(name, Effect.andThen(Queue.take(room), Queue.offer(look, undefined))).pipe(Effect.forkScoped)
  yield* lookAfter("actors ended", supervisor.ended)
  yield* lookAfter("permits released", permits.released)

  // A wake-up that was lost, or told before the actor had its mailbox: each version of the facts is told once more.
  let told = new Map<string, number>()
  const hear = Effect.gen(function* () {
    if ((yield* supervisor.count) === 0) return
    const unheard = yield* claims.unheard(node.incarnation)
    yield* supervisor.tell(unheard.flatMap(({ factsVersion, id }) => (told.get(id) === factsVersion ? [] : [id])))
    told = new Map(unheard.map(({ factsVersion, id }) => [id, factsVersion]))
  })

  const claim = Effect.gen(function* () {
    patience = poll
    const alive = yield* node.alive
    if (!alive.includes(node.incarnation) || (yield* node.isLost)) return
    if (!lastClaimFailed && !(yield* claims.pending(alive, rules))) return
    const specs = yield* specStore.list
    yield* permits.setEnabledSpecs(specs.filter((spec) => spec.enabled).length)
    const workedOn = lastClaimFailed ? yield* supervisor.workedOn : null
    lastClaimFailed = true
    const { claims: claimed, moreInMillis } = yield* claims.claim({
      owner: node.incarnation,
      instanceTag: instance.tag,
      alive: node.alive,
      adopt: instance.confirmed,
      workedOn,
      room: permits.room,
      roomInAll: permits.roomInAll(),
      rules
    })
    lastClaimFailed = false
    if (moreInMillis !== null) patience = Math.min(poll, moreInMillis)
    yield* Effect.forEach(claimed, supervisor.start, { discard: true })
    // One claim adopts a bounded number, and after a restart there may be ten times as many: looked at again at once,
    // they are not adopted at one batch a second.
    if (claimed.some(({ kind }) => kind === "Resume")) yield* Queue.offer(look, undefined)
  })

  yield* Loop.forever(
    "claims",
    Effect.suspend(() => Queue.take(look).pipe(Effect.timeoutOption(patience))).pipe(
      Effect.andThen(hear),
      Effect.andThen(claim)
    )
  ).pipe(Effect.forkScoped)
})

export const layer = Layer.effectDiscard(make)
