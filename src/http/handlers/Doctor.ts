// Handler of the doctor.
//
// Gotcha: each look calls GitHub and E2B, so that many consoles share one.
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { Config } from "../../services/config/Config.ts"
import { diagnose } from "../../services/doctor/Doctor.ts"
import { Api } from "../api/Api.ts"

const keptFor = "10 seconds"

export const layer = HttpApiBuilder.group(
  Api,
  "doctor",
  Effect.fnUntraced(function* (handlers) {
    const look = diagnose(yield* Config).pipe(Effect.provide(NodeServices.layer))
    const shared = yield* Effect.cachedWithTTL(look, keptFor)
    return handlers.handleAll({ diagnose: () => shared })
  })
)
