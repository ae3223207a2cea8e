// The standard OTEL_* variables, which configure telemetry where the file names no endpoint.
//
// Answers for: endpoints, headers, protocol, compression, time limit, exporters, name and attributes of the service, per
// signal where the standard has it; and for a message about each that cannot be used. Not for sampling nor for metrics, which
// are not pushed: they are read at /metrics.
// Source: OpenTelemetry's "Environment Variable Specification" and "OTLP Exporter Configuration". One difference: logs are
// sent only if OTEL_LOGS_EXPORTER says otlp, because what only takes traces would refuse them.
// Gotcha: headers are secrets; no message shows them.
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { otlpCompressions, otlpProtocols } from "./ConfigDocument.ts"
import { type ConfigReport, show } from "./ConfigReport.ts"
import { parseBaseUrl, withoutTrailingSlash } from "./Endpoints.ts"
import { checkHeader } from "./OtlpHeaders.ts"
import type { OtlpTarget, TelemetryConfig } from "./RunnerdConfig.ts"

interface Variable {
  readonly name: string
  readonly value: string
}

/** The first of these that is set; a blank one counts as not set. */
const first = Effect.fnUntraced(function* (...names: ReadonlyArray<string>) {
  for (const name of names) {
    const value = Option.getOrElse(yield* Effect.option(Config.String(name)), () => "").trim()
    if (value !== "") return { name, value } satisfies Variable
  }
  return undefined
})

/** `OTEL_SDK_DISABLED=true` counts whatever the file says. */
export const isDisabled = Effect.map(first("OTEL_SDK_DISABLED"), (found) => found?.value.toLowerCase() === "true")

const oneOf = <const A extends string>(
  found: Variable | undefined,
  words: ReadonlyArray<A>,
  fallback: A,
  report: ConfigReport
): A => {
  if (found === undefined) return fallback
  const known = words.find((word) => word === found.value.toLowerCase())
  if (known === undefined)
    report.add(found.name, `${show(found.value)} is not supported; expected ${words.join(" or ")}`)
  return known ?? fallback
}

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** `a=1,b=2` with percent-encoding; undefined where it is not that. */
const pairsOf = (value: string): ReadonlyArray<readonly [string, string]> | undefined => {
  const pairs = value.split(",").flatMap((entry) => (entry.trim() === "" ? [] : [/^([^=]+)=(.*)$/.exec(entry.trim())]))
  const decoded = pairs.map((pair) => [decode(pair?.[1]?.trim() ?? ""), decode(pair?.[2]?.trim() ?? "")] as const)
  const good = decoded.flatMap(([key, text]) =>
    key === undefined || key === "" || text === undefined ? [] : [[key, text] as const]
  )
  return good.length === pairs.length ? good : undefined
}

const headersOf = (found: Variable | undefined, report: ConfigReport): OtlpTarget["headers"] => {
  if (found === undefined) return []
  const pairs = pairsOf(found.value)
  if (pairs === undefined) {
    report.add(found.name, "cannot be read; expected name=value,name=value with special characters percent-encoded")
    return []
  }
  return pairs.flatMap(([name, value]) => checkHeader(found.name, name, found.name, Redacted.make(value), report))
}

/** Milliseconds. */
const timeoutOf = (found: Variable | undefined, report: ConfigReport): Duration.Duration => {
  const millis = Number(found?.value ?? 10_000)
  if (Number.isInteger(millis) && millis >= 1 && millis < 2 ** 31) return Duration.millis(millis)
  report.add(found?.name ?? "", `${show(found?.value)} is not accepted; expected a whole number of milliseconds`)
  return Duration.seconds(10)
}

const endpointOf = Effect.fnUntraced(function* (signal: "traces" | "logs", report: ConfigReport) {
  const own = yield* first(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`)
  if (own !== undefined) return parseBaseUrl(own.name, own.value, report)?.href
  const base = yield* first("OTEL_EXPORTER_OTLP_ENDPOINT")
  const url = parseBaseUrl(base?.name ?? "", base?.value, report)
  return url === undefined ? undefined : `${withoutTrailingSlash(url)}/v1/${signal}`
})

const target = Effect.fnUntraced(function* (signal: "traces" | "logs", report: ConfigReport) {
  const of = (what: string) => first(`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${what}`, `OTEL_EXPORTER_OTLP_${what}`)
  const exporter = yield* first(`OTEL_${signal.toUpperCase()}_EXPORTER`)
  if (oneOf(exporter, ["otlp", "none"], signal === "traces" ? "otlp" : "none", report) === "none") return null
  const url = yield* endpointOf(signal, report)
  if (url === undefined) return null
  return {
    url,
    protocol: oneOf(yield* of("PROTOCOL"), otlpProtocols, "http/protobuf", report),
    compression: oneOf(yield* of("COMPRESSION"), otlpCompressions, "none", report),
    headers: headersOf(yield* of("HEADERS"), report),
    timeout: timeoutOf(yield* of("TIMEOUT"), report)
  } satisfies OtlpTarget
})

const attributesOf = (found: Variable | undefined, report: ConfigReport): Record<string, string> => {
  const pairs = found === undefined ? [] : pairsOf(found.value)
  if (pairs !== undefined) return Object.fromEntries(pairs)
  report.add(found?.name ?? "", "cannot be read; expected key=value,key=value with special characters percent-encoded")
  return {}
}

/** What the variables say; problems are reported under their names. */
export const otelFromEnvironment = Effect.fnUntraced(function* (otherwise: TelemetryConfig, report: ConfigReport) {
  const traces = yield* target("traces", report)
  const logs = yield* target("logs", report)
  if (traces === null && logs === null) return otherwise
  const { "service.name": named, ...resourceAttributes } = attributesOf(
    yield* first("OTEL_RESOURCE_ATTRIBUTES"),
    report
  )
  const serviceName = (yield* first("OTEL_SERVICE_NAME"))?.value ?? named ?? otherwise.serviceName
  return { traces, logs, serviceName, resourceAttributes } satisfies TelemetryConfig
})
