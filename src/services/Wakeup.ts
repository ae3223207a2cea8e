// Telling the fibers that there is something new in the store.
//
// Gotcha: a wake-up is a hint and may be lost; whoever waits for one also looks by itself from time to time.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import type * as Scope from "effect/Scope"

export interface News {
  /** Requests about which new facts were stored. */
  readonly requestIds: ReadonlyArray<string>
  readonly newRequests: boolean
}

export class Wakeup extends Context.Service<
  Wakeup,
  {
    readonly notify: (news: News) => Effect.Effect<void>
    /** News from now on, until the scope closes. */
    readonly subscribe: Effect.Effect<PubSub.Subscription<News>, never, Scope.Scope>
  }
>()("runnerd/services/Wakeup") {
  /** Inside one process. */
  static readonly layer = Layer.effect(
    Wakeup,
    Effect.gen(function* () {
      const news = yield* PubSub.unbounded<News>()
      return Wakeup.of({
        notify: (item) => (item.newRequests || item.requestIds.length > 0 ? PubSub.publish(news, item) : Effect.void),
        subscribe: PubSub.subscribe(news)
      })
    })
  )
}
