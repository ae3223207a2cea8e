// Traces and logs that leave the process, where the configuration wants them.
//
// Answers for: a process that sends nothing loading and doing nothing for it: not even spans are made.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import type { TelemetryConfig } from "../config/RunnerdConfig.ts"

export const layer = (config: TelemetryConfig): Layer.Layer<never> =>
  config.traces === null && config.logs === null
    ? Layer.succeed(References.TracerEnabled, false)
    : Layer.unwrap(
        Effect.map(
          Effect.promise(() => import("./OtlpExport.ts")),
          (otlp) => otlp.layer(config)
        )
      )
