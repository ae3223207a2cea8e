// Handlers of health and readiness, and of the question whose token one is.
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { Instance } from "../../services/store/Instance.ts"
import { SpecStore } from "../../services/store/SpecStore.ts"
import { Warnings } from "../../services/Warnings.ts"
import { Api } from "../api/Api.ts"
import { CurrentActor } from "../api/Authorization.ts"
import { orUnavailable } from "./StoreFailures.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "system",
  Effect.fnUntraced(function* (handlers) {
    const specs = yield* SpecStore
    const instance = yield* Instance
    const warnings = yield* Warnings
    return handlers.handleAll({
      healthz: () => Effect.succeed({ status: "ok" as const }),
      readyz: () =>
        specs.list.pipe(
          Effect.andThen(warnings.all),
          Effect.map((raised) => ({ status: "ready" as const, instance: instance.id, warnings: raised })),
          orUnavailable
        ),
      whoami: () => Effect.map(CurrentActor, ({ name, role }) => ({ name, role }))
    })
  })
)
