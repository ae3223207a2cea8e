// Handlers of health and readiness, and of the question whose token one is.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { Instance } from "../../services/store/Instance.ts"
import { StoreError } from "../../services/store/StoreError.ts"
import { SpecStore } from "../../services/store/SpecStore.ts"
import { Warnings } from "../../services/Warnings.ts"
import { Api } from "../api/Api.ts"
import { CurrentActor } from "../api/Authorization.ts"
import { orUnavailable } from "./StoreFailures.ts"

/** A database that hangs does not answer; a probe seldom waits longer. */
const patience = Duration.seconds(5)
const noAnswer = new StoreError({ operation: "readyz", kind: "TimedOut" })

export const layer = HttpApiBuilder.group(
  Api,
  "system",
  Effect.fnUntraced(function* (handlers) {
    const specs = yield* SpecStore
    const instance = yield* Instance
    const warnings = yield* Warnings
    let looking: Fiber.Fiber<unknown, StoreError> | undefined
    // The driver takes seconds to give up a statement, so nobody waits for that: one look goes on, and all probes ask it.
    const answers = Effect.gen(function* () {
      if (looking === undefined || looking.pollUnsafe() !== undefined) looking = yield* Effect.forkDetach(specs.list)
      yield* Fiber.join(looking)
    }).pipe(Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.fail(noAnswer) }))
    return handlers.handleAll({
      healthz: () => Effect.succeed({ status: "ok" as const }),
      readyz: () =>
        answers.pipe(
          Effect.andThen(warnings.all),
          Effect.map((raised) => ({ status: "ready" as const, instance: instance.id, warnings: raised })),
          orUnavailable
        ),
      whoami: () => Effect.map(CurrentActor, ({ name, role }) => ({ name, role }))
    })
  })
)
