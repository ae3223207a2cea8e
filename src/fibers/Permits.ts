// How many provisionings this node runs at once, and each spec's share of them.
//
// One semaphore per spec inside one for the node. The spec's is taken first: the other order would let a spec
// whose share is used up hold the node's permits while it waits, and block every other spec. A spec's share is
// what leaves one permit for each other enabled spec.
// Gotcha: the dispatcher claims no more than `room` says, so nothing claimed waits here; the semaphores keep the
// limit should that ever fail.
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"

const make = (total: number) =>
  Effect.gen(function* () {
    const node = yield* Semaphore.make(total)
    const released = yield* Queue.sliding<void>(1)
    const specs = new Map<string, { readonly semaphore: Semaphore.Semaphore; share: number; used: number }>()
    let used = 0
    const waitingForNone: Array<Deferred.Deferred<void>> = []
    let enabledSpecs = 1

    const shareNow = () => Math.max(1, total - (enabledSpecs - 1))

    const ofSpec = (name: string) => {
      const known = specs.get(name)
      if (known !== undefined) return known
      const made = { semaphore: Semaphore.makeUnsafe(shareNow()), share: shareNow(), used: 0 }
      specs.set(name, made)
      return made
    }

    return Permits.of({
      released,
      room: (specName) => {
        const spec = ofSpec(specName)
        return Math.min(spec.share - spec.used, total - used)
      },
      roomInAll: () => total - used,
      used: () => used,
      none: Effect.suspend(() => {
        if (used === 0) return Effect.void
        const none = Deferred.makeUnsafe<void>()
        waitingForNone.push(none)
        return Deferred.await(none)
      }),
      setEnabledSpecs: (count) =>
        Effect.suspend(() => {
          enabledSpecs = Math.max(1, count)
          return Effect.forEach(
            specs.values(),
            (spec) => {
              spec.share = shareNow()
              return spec.semaphore.resize(spec.share)
            },
            { discard: true }
          )
        }),
      withPermit: (specName) => (self) =>
        Effect.suspend(() => {
          const spec = ofSpec(specName)
          spec.used += 1
          used += 1
          return spec.semaphore.withPermit(node.withPermit(self)).pipe(
            Effect.ensuring(
              Effect.sync(() => {
                spec.used -= 1
                used -= 1
                if (used === 0) for (const one of waitingForNone.splice(0)) Deferred.doneUnsafe(one, Effect.void)
                Queue.offerUnsafe(released, undefined)
              })
            )
          )
        })
    })
  })

export class Permits extends Context.Service<
  Permits,
  {
    /** How many provisionings of this spec may begin now. */
    readonly room: (specName: string) => number
    /** How many provisionings may begin now, over all specs. */
    readonly roomInAll: () => number
    /** How many provisionings there are now. */
    readonly used: () => number
    /** Waits until there is none. */
    readonly none: Effect.Effect<void>
    /** A permit came back since this was last taken. */
    readonly released: Queue.Dequeue<void>
    /** Resizes every spec's share. */
    readonly setEnabledSpecs: (count: number) => Effect.Effect<void>
    /** Runs one provisioning of this spec under its permits. Counted from the moment it is started. */
    readonly withPermit: (specName: string) => <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }
>()("runnerd/fibers/Permits") {
  /** `total`: worker.max_concurrent_creates. */
  static readonly layer = (total: number) => Layer.effect(Permits, make(total))
}
