// What an operator should know although everything answers: shown by /readyz as long as it holds.
//
// Gotcha: each process has its own; who raises one looks again and takes it back.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"

export interface Warning {
  /** Machine-readable, snake_case, stable. */
  readonly code: string
  readonly message: string
}

/** Webhooks have stopped while GitHub is active (fibers/SilenceAlarm.ts). */
export const silenceCode = "webhooks_silent"

/** A template's runner is about to get no more jobs (fibers/RunnerFreshness.ts). */
export const runnerOutdatedCode = "runner_outdated"

/** Nobody has said that this database may act on what is outside (fibers/Leadership.ts). */
export const unconfirmedCode = "database_unconfirmed"

export class Warnings extends Context.Service<
  Warnings,
  {
    readonly all: Effect.Effect<ReadonlyArray<Warning>>
    /** True: it was not there before. */
    readonly raise: (warning: Warning) => Effect.Effect<boolean>
    /** True: it was there. */
    readonly takeBack: (code: string) => Effect.Effect<boolean>
  }
>()("runnerd/services/Warnings") {
  static readonly layer = Layer.effect(
    Warnings,
    Effect.gen(function* () {
      const raised = yield* Ref.make<ReadonlyMap<string, Warning>>(new Map())
      return Warnings.of({
        all: Effect.map(Ref.get(raised), (warnings) => [...warnings.values()]),
        raise: (warning) =>
          Ref.modify(raised, (before) => [!before.has(warning.code), new Map(before).set(warning.code, warning)]),
        takeBack: (code) =>
          Ref.modify(raised, (before) => {
            const after = new Map(before)
            return [after.delete(code), after]
          })
      })
    })
  )
}
