// Where traces and logs are sent: by the section `telemetry`, or by the environment's OTEL_*.
//
// Answers for: which of the two counts, and for the section. Not for the variables (OtelEnvironment.ts) nor for sending.
// Gotcha: the two are never mixed, for then a header meant for one collector would reach another. What the section says
// without naming an endpoint would count for nothing, and is a mistake that is told.
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { configDocument, type ConfigValues } from "./ConfigDocument.ts"
import type { ConfigReport } from "./ConfigReport.ts"
import { show } from "./ConfigReport.ts"
import { ConfigKey } from "./ConfigKey.ts"
import { parseBaseUrl, withoutTrailingSlash } from "./Endpoints.ts"
import { checkHeader } from "./OtlpHeaders.ts"
import { isDisabled, otelFromEnvironment } from "./OtelEnvironment.ts"
import type { OtlpTarget, TelemetryConfig } from "./RunnerdConfig.ts"
import { requireSecret } from "./SecretFiles.ts"

type Values = ConfigValues["telemetry"]

const off: TelemetryConfig = { traces: null, logs: null, serviceName: "runnerd", resourceAttributes: {} }

const readHeaders = Effect.fnUntraced(function* (values: Values["otlp_headers"], folder: string, report: ConfigReport) {
  const headers: Array<OtlpTarget["headers"][number]> = []
  for (const [index, entry] of (values ?? []).entries()) {
    const section = `telemetry.otlp_headers[${index}]`
    const source = { name: `${section}.value`, inline: entry.value, file: entry.value_file }
    const value = yield* requireSecret(source, folder, report)
    headers.push(...checkHeader(`${section}.name`, entry.name, `${section}.value`, value, report))
  }
  return headers
})

const readAttributes = (entries: Values["resource_attributes"], report: ConfigReport) => {
  const pairs = (entries ?? []).flatMap((entry, index): ReadonlyArray<readonly [string, string]> => {
    const [, key, value] = /^([^=\s]+)=(.*)$/.exec(entry) ?? []
    if (key !== undefined && value !== undefined) return [[key, value.trim()]]
    report.add(
      `telemetry.resource_attributes[${index}]`,
      `${show(entry)} is not accepted; expected key=value, as deployment.environment.name=production`
    )
    return []
  })
  return Object.fromEntries(pairs)
}

/** Undefined without an endpoint; what is wrong with the rest is reported all the same. */
const readSection = Effect.fnUntraced(function* (values: Values, folder: string, report: ConfigReport) {
  const base = parseBaseUrl("telemetry.otlp_endpoint", values.otlp_endpoint, report)
  const headers = yield* readHeaders(values.otlp_headers, folder, report)
  const { otlp_compression: compression, otlp_protocol: protocol, otlp_timeout_seconds: timeout } = values
  const resourceAttributes = readAttributes(values.resource_attributes, report)
  if (base === undefined || protocol === undefined || compression === undefined || timeout === undefined) {
    return undefined
  }
  const target = (signal: string): OtlpTarget => ({
    url: `${withoutTrailingSlash(base)}/v1/${signal}`,
    protocol,
    compression,
    headers,
    timeout: Duration.seconds(timeout)
  })
  return {
    traces: values.traces === true ? target("traces") : null,
    logs: values.logs === true ? target("logs") : null,
    serviceName: values.service_name ?? off.serviceName,
    resourceAttributes
  } satisfies TelemetryConfig
})

/** Keys that say something, though no endpoint is named: what a key says anyway is nothing. */
const reportIdle = (values: Values, report: ConfigReport): void => {
  const { otlp_endpoint: _, ...keys } = configDocument.telemetry
  for (const [name, key] of Object.entries(keys)) {
    const fallback = key instanceof ConfigKey ? key.fallback : []
    const value = values[name as keyof typeof keys]
    if (value === undefined || JSON.stringify(value) === JSON.stringify(fallback)) continue
    report.add(
      `telemetry.${name}`,
      "has no effect without telemetry.otlp_endpoint; expected that, too, or this key's absence where the OTEL_* variables are to count"
    )
  }
}

/** Undefined when something is wrong with it, which has been reported then. */
export const readTelemetry = Effect.fnUntraced(function* (values: Values, folder: string, report: ConfigReport) {
  const section = yield* readSection(values, folder, report)
  if (values.otlp_endpoint !== undefined || report.isWrong("telemetry.otlp_endpoint")) {
    return (yield* isDisabled) ? off : section
  }
  reportIdle(values, report)
  return (yield* isDisabled) ? off : yield* otelFromEnvironment(off, report)
})
