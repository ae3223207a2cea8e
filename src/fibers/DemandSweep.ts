// A net below the judgement of each event: jobs that wait though no runner is coming for them get new requests.
//
// Answers for: no waiting job being forgotten, whatever was lost or came in an odd order. Asks the store only, in a
// loop of its own, so that an E2B that is slow to answer delays no job.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { RequestStore } from "../services/store/RequestStore.ts"
import { Leadership } from "./Leadership.ts"
import * as Loop from "./Loop.ts"

const interval = Duration.minutes(1)

const make = Effect.gen(function* () {
  const store = yield* RequestStore
  const leadership = yield* Leadership
  const sweep = Effect.gen(function* () {
    const made = yield* store.coverDemand()
    if (made > 0) yield* Effect.logWarning("Jobs waited that no runner was coming for; they have new requests", made)
  })
  yield* Loop.every("demand sweep", interval, leadership.only(sweep)).pipe(Effect.forkScoped)
})

export const layer = Layer.effectDiscard(make)
