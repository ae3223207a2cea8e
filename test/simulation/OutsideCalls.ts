// One call from runnerd to a simulated outside, in virtual time.
//
// Answers for: latency, faults, lost answers, effects that come after the caller gave up, and the caller's own time limit. Not
// for what the call does (SimulatedE2B.ts, SimulatedGitHub.ts). Gotcha: the outside goes on with a call whose caller was
// interrupted or has died.
import * as Effect from "effect/Effect"
import { draw } from "../../src/simulator/misbehaviour/Draw.ts"
import type { FaultAnswer } from "../../src/simulator/misbehaviour/Fault.ts"
import type { Faults } from "../../src/simulator/misbehaviour/Faults.ts"
import { misbehave } from "../../src/simulator/misbehaviour/Misbehave.ts"
import type { VirtualTime } from "./VirtualTime.ts"

type Spoilt = Exclude<FaultAnswer, "reset">

/** How a call ended: with its value, with what was thrown, or with another answer than the true one. */
export type Ending<A> =
  | { readonly _tag: "Done"; readonly value: A }
  | { readonly _tag: "Refused"; readonly error: unknown }
  | { readonly _tag: "Spoilt"; readonly answer: Spoilt }
  | { readonly _tag: "Reset" }
  | { readonly _tag: "TimedOut" }

export interface OutsideCallsOptions {
  readonly time: VirtualTime
  readonly faults: Faults
  readonly seed: number
  /** The usual way there and back takes from 0 to this, in milliseconds. */
  readonly latencyMs: number
}

export interface OutsideCalls {
  /** `name`: the operation as faults call it. Never fails. */
  readonly call: <A>(name: string, timeoutMs: number, effect: () => A | Promise<A>) => Effect.Effect<Ending<A>>
  /** How often each operation was called. */
  readonly counts: ReadonlyMap<string, number>
}

export const makeOutsideCalls = ({ faults, latencyMs, seed, time }: OutsideCallsOptions): OutsideCalls => {
  const counts = new Map<string, number>()
  const wait = (millis: number) => new Promise<void>((resolve) => void time.in(millis, resolve))
  return {
    counts,
    call: <A>(name: string, timeoutMs: number, effect: () => A | Promise<A>) =>
      Effect.callback<Ending<A>>((resume) => {
        const number = (counts.get(name) ?? 0) + 1
        counts.set(name, number)
        const end = (ending: Ending<A>) => {
          stopTimer()
          resume(Effect.succeed(ending))
        }
        const stopTimer = time.in(timeoutMs, () => end({ _tag: "TimedOut" }))
        const attempt = async (): Promise<Ending<A>> => {
          try {
            return { _tag: "Done", value: await effect() }
          } catch (error) {
            return { _tag: "Refused", error }
          }
        }
        const answer = async () => {
          await wait(draw(seed, "there", name, number) * latencyMs)
          const ending = await misbehave<Ending<A>>({
            met: faults.take(name),
            wait,
            effect: attempt,
            spoil: (answer) => ({ _tag: "Spoilt", answer })
          })
          await wait(draw(seed, "back", name, number) * latencyMs)
          end(ending ?? { _tag: "Reset" })
        }
        void answer()
        return Effect.sync(stopTimer)
      })
  }
}
