// Sending traces and logs by OTLP over HTTP, with Effect's exporter.
//
// Answers for: what is sent where, as whom, and in which form. Loaded only where something is sent (Telemetry.ts).
// Gotchas: the exporter's own lines in the log would show its request, headers included, so it gets no further than OtlpClient.ts.
// Spans that are over wait for up to five seconds to be sent, lines of the log for one; a process that is killed loses them.
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as OtlpExporter from "effect/observability/OtlpExporter"
import * as OtlpLogger from "effect/observability/OtlpLogger"
import * as OtlpResource from "effect/observability/OtlpResource"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { hostname } from "node:os"
import type { OtlpTarget, TelemetryConfig } from "../config/RunnerdConfig.ts"
import { version } from "../Version.ts"
import * as OtlpClient from "./OtlpClient.ts"
import { makeTracer, ofRequestSpan, type OtlpSpan } from "./SpanRecorder.ts"
import { Traces } from "./Traces.ts"

const serialization = ({ protocol }: OtlpTarget) =>
  protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf

const resourceOf = ({ resourceAttributes, serviceName }: TelemetryConfig) => ({
  serviceName,
  serviceVersion: version,
  attributes: {
    "host.name": hostname(),
    "service.instance.id": `${hostname()}:${process.pid}`,
    ...resourceAttributes
  }
})

const headersOf = (target: OtlpTarget): Record<string, string> =>
  Object.fromEntries(target.headers.map(({ name, value }) => [name, Redacted.value(value)]))

/** How a signal is sent; the exporter itself logs nothing that is shown. */
const transport = (signal: string, target: OtlpTarget) =>
  Layer.mergeAll(
    OtlpClient.layer(signal, target.timeout),
    serialization(target),
    OtlpExporter.layerFlusher,
    ConfigProvider.layer(ConfigProvider.fromUnknown({})),
    Layer.succeed(References.MinimumLogLevel, "None")
  )

const tracesTo = (config: TelemetryConfig, target: OtlpTarget) =>
  Layer.effectContext(
    Effect.gen(function* () {
      const { traces: encode } = yield* OtlpSerialization.OtlpSerialization
      const resource = OtlpResource.make(resourceOf(config))
      const exporter = yield* OtlpExporter.make({
        label: "traces",
        url: target.url,
        headers: headersOf(target),
        compression: target.compression,
        exportInterval: Duration.seconds(5),
        maxBatchSize: 1000,
        body: (spans: Array<OtlpSpan>) => [
          encode({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "runnerd", version }, spans }] }] }),
          Effect.void
        ],
        shutdownTimeout: Duration.seconds(3)
      })
      const send = (spans: ReadonlyArray<OtlpSpan>) => {
        for (const span of spans) exporter.push(span)
      }
      return Context.make(Tracer.Tracer, makeTracer(send)).pipe(
        Context.add(Traces, { enabled: true, tell: (spans) => send(spans.map(ofRequestSpan)) })
      )
    })
  ).pipe(Layer.provide(transport("traces", target)))

const logsTo = (config: TelemetryConfig, target: OtlpTarget) =>
  OtlpLogger.layer({
    url: target.url,
    resource: resourceOf(config),
    headers: headersOf(target),
    compression: target.compression,
    excludeLogSpans: true
  }).pipe(Layer.provide(transport("logs", target)))

export const layer = (config: TelemetryConfig) =>
  Layer.merge(
    config.traces === null ? Layer.succeed(References.TracerEnabled, false) : tracesTo(config, config.traces),
    config.logs === null ? Layer.empty : logsTo(config, config.logs)
  )
