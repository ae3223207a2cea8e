// How runnerd writes its log: JSON lines of one shape to standard output, from `log.level` on.
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { LogLevel } from "effect/LogLevel"
import * as References from "effect/References"
import type { LogConfig } from "../config/RunnerdConfig.ts"

const minimum = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error"
} as const satisfies Record<LogConfig["level"], LogLevel>

export const layer = ({ level }: LogConfig) =>
  Layer.merge(Logger.layer([Logger.consoleJson]), Layer.succeed(References.MinimumLogLevel, minimum[level]))
