// How far the heap of a node with many runners may grow before garbage is collected.
//
// Answers for: such a process not holding as much garbage as what lives. V8 lets the heap grow to as much as four times of
// that where the machine has memory; by how much less it looks up after each collection, so it can be told at any time.
// Gotchas: told by the number of runners, because by the heap's size it would be too late: the next limit is known by then, and
// memory that was once in use stays resident. With few runners V8 chooses: collecting a small heap more often costs intake a
// fifth of its processor time and saves nothing that matters.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { setFlagsFromString } from "node:v8"
import { Supervisor } from "./Supervisor.ts"

const manyRunners = 100
/** Of what lives. */
const growingPercent = 10
/** V8 chooses by itself. */
const choiceOfV8 = 0
const lookEvery = Duration.seconds(1)

const tellV8 = (percent: number) => setFlagsFromString(`--heap-growing-percent=${percent}`)

/** Looks once a second, for as long as the layer's scope is open. */
export const layer = (tell: (percent: number) => void = tellV8): Layer.Layer<never, never, Supervisor> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const supervisor = yield* Supervisor
      // Nothing: an earlier life of this node may have told it otherwise.
      let told: number | undefined
      const look = Effect.map(supervisor.count, (runners) => {
        const wanted = runners > manyRunners ? growingPercent : choiceOfV8
        if (wanted === told) return
        told = wanted
        tell(wanted)
      })
      yield* Effect.forkScoped(Effect.repeat(look, Schedule.spaced(lookEvery)))
    })
  )
