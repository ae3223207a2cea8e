// Why the requests of a list wait: for each the one reason that its explanation tells first.
//
// Answers for: reading what they share once for all of them, and nothing when none of them can wait. Not for what keeps a
// request waiting (domain/Explanation.ts).
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type Reason, waitingFor } from "../../domain/Explanation.ts"
import { nextActor } from "../../domain/NextActor.ts"
import { isFinished } from "../../domain/RunnerRequest.ts"
import { claimRulesOf } from "../../services/ClaimRules.ts"
import { Config } from "../../services/config/Config.ts"
import { patienceOf } from "../../services/Patience.ts"
import { ExplanationStore } from "../../services/store/ExplanationStore.ts"
import { NodeStore } from "../../services/store/NodeStore.ts"
import type { SeenRequest } from "../../services/store/OperatorStore.ts"

/** In the order of what is asked about. */
export const waitingReasons = Effect.gen(function* () {
  const config = yield* Config
  const explanations = yield* ExplanationStore
  const nodes = yield* NodeStore
  const rules = claimRulesOf(config)
  const bounds = patienceOf(config)

  return Effect.fnUntraced(function* (all: ReadonlyArray<SeenRequest>) {
    const unfinished = all.flatMap(({ request }) => (isFinished(request) ? [] : [request]))
    if (unfinished.length === 0) return all.map((): Reason | null => null)
    const { ahead, capacity } = yield* explanations.around(unfinished, rules)
    const alive = yield* nodes.alive(Duration.toMillis(config.worker.leaseTtl))
    return all.map(({ job = null, request }) =>
      waitingFor(request, {
        capacity,
        ahead: ahead.get(request.id) ?? 0,
        anyNode: alive.length > 0,
        job,
        next: nextActor(request, capacity.now, bounds, (owner) => alive.includes(owner))
      })
    )
  })
})

/** The same for changes that many are told of at once: what the first of them asks about is known to the others. */
export const waitingReasonsOfChanges = Effect.gen(function* () {
  const reasonsOf = yield* waitingReasons
  const known = new WeakMap<SeenRequest, { readonly waiting: Reason | null }>()
  const oneAtATime = Semaphore.makeUnsafe(1)

  return Effect.fnUntraced(function* (all: ReadonlyArray<SeenRequest>) {
    const unknown = all.filter((each) => !known.has(each))
    const reasons = unknown.length === 0 ? [] : yield* reasonsOf(unknown)
    for (const [index, each] of unknown.entries()) known.set(each, { waiting: reasons[index] ?? null })
    return all.map((each) => known.get(each)?.waiting ?? null)
  }, oneAtATime.withPermits(1))
})
