// How runnerd writes its log: lines of one shape, to standard output as a service, from `log.level` on.
//
// Answers for: the shape, as JSON or, on a terminal, as text. A line has `timestamp`, `level`, `message`, `annotations` (what
// it is about), `detail` (more than a sentence, where there is more), `cause` (a failure with its trace) and `fiberId`. Not
// for what a line is about: whoever logs annotates (Traces.ts has what every line about a request carries).
import { formatJson } from "effect/Formatter"
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

const present = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "")
  )

const line = Logger.map(Logger.formatStructured, ({ annotations, cause, fiberId, level, message, timestamp }) => {
  const [sentence, ...detail] = Array.isArray(message) ? (message as ReadonlyArray<unknown>) : [message]
  return {
    timestamp,
    level,
    message: typeof sentence === "string" ? sentence : formatJson(sentence),
    annotations: present(annotations),
    ...(detail.length === 0 ? {} : { detail: detail.length === 1 ? detail[0] : detail }),
    ...(cause === undefined ? {} : { cause }),
    fiberId
  }
})

const word = (value: unknown): string =>
  typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : formatJson(value)

const json = Logger.map(line, (entry) => formatJson(entry))

const text = Logger.map(line, ({ annotations, cause, detail, level, message, timestamp }) => {
  const about = Object.entries({ ...annotations, ...present({ detail }) }).map(
    ([key, value]) => ` ${key}=${word(value)}`
  )
  return `${timestamp} ${level.padEnd(5)} ${message}${about.join("")}${cause === undefined ? "" : `\n${cause}`}`
})

/** `to`: standard error is for commands whose standard output is their answer. */
export const layer = ({ format, level }: LogConfig, to: "stdout" | "stderr" = "stdout") => {
  const lines = format === "text" || (format === "auto" && process[to].isTTY) ? text : json
  return Layer.merge(
    Logger.layer([to === "stdout" ? Logger.withConsoleLog(lines) : Logger.withConsoleError(lines)]),
    Layer.succeed(References.MinimumLogLevel, minimum[level])
  )
}
