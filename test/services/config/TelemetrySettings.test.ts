import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { summarize } from "../../../src/services/config/ConfigSummary.ts"
import { load, problems } from "../../support/ConfigFiles.ts"

const withEnvironment = (env: Readonly<Record<string, string>>) =>
  Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(env))

const endpoint = "http://localhost:4318"
const ofFile = { telemetry: { otlp_endpoint: endpoint, otlp_headers: [{ name: "X-Key", value: "Bearer s3cret" }] } }

describe("telemetry", () => {
  it.effect("is sent nowhere unless an endpoint is given", () =>
    Effect.gen(function* () {
      const config = yield* load().pipe(withEnvironment({ OTEL_SERVICE_NAME: "x", OTEL_TRACES_EXPORTER: "otlp" }))
      assert.deepInclude(config.telemetry, { traces: null, logs: null })
      assert.match(summarize(config), /telemetry +not sent$/m)
    })
  )

  it.effect("goes where the section says: traces, and logs where they are asked for", () =>
    Effect.gen(function* () {
      const { telemetry } = yield* load(ofFile).pipe(withEnvironment({}))
      assert.deepInclude(telemetry.traces, {
        url: "http://localhost:4318/v1/traces",
        protocol: "http/protobuf",
        compression: "none"
      })
      assert.deepStrictEqual(
        telemetry.traces?.headers.map(({ name, value }) => [name, Redacted.value(value)]),
        [["x-key", "Bearer s3cret"]]
      )
      assert.isNull(telemetry.logs)
      const both = yield* load({ telemetry: { otlp_endpoint: `${endpoint}/`, logs: true } }).pipe(withEnvironment({}))
      assert.strictEqual(both.telemetry.logs?.url, "http://localhost:4318/v1/logs")
      assert.match(
        summarize(both),
        /telemetry +traces to http:\/\/localhost:4318\/v1\/traces .+, logs to .+ as runnerd$/m
      )
    })
  )

  it.effect("never mixes section and environment: a header for one collector does not reach another", () =>
    Effect.gen(function* () {
      const { telemetry } = yield* load(ofFile).pipe(
        withEnvironment({
          OTEL_EXPORTER_OTLP_ENDPOINT: "http://elsewhere:1",
          OTEL_EXPORTER_OTLP_HEADERS: "other=1",
          OTEL_SERVICE_NAME: "other"
        })
      )
      assert.strictEqual(telemetry.traces?.url, "http://localhost:4318/v1/traces")
      assert.deepStrictEqual(
        telemetry.traces?.headers.map(({ name }) => name),
        ["x-key"]
      )
      assert.strictEqual(telemetry.serviceName, "runnerd")
    })
  )

  it.effect("follows the standard variables where the section names no endpoint", () =>
    Effect.gen(function* () {
      const { telemetry } = yield* load().pipe(
        withEnvironment({
          OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example/otlp",
          OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "https://logs.example/in",
          OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20a,x-two=b",
          OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
          OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
          OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
          OTEL_LOGS_EXPORTER: "otlp",
          OTEL_RESOURCE_ATTRIBUTES: "service.name=overridden,team=ci%2Fcd",
          OTEL_SERVICE_NAME: "runners"
        })
      )
      assert.deepInclude(telemetry, { serviceName: "runners", resourceAttributes: { team: "ci/cd" } })
      assert.deepInclude(telemetry.traces, {
        url: "https://collector.example/otlp/v1/traces",
        protocol: "http/json",
        compression: "gzip",
        timeout: Duration.millis(2500)
      })
      assert.deepInclude(telemetry.logs, { url: "https://logs.example/in", protocol: "http/protobuf" })
      assert.deepStrictEqual(
        telemetry.traces?.headers.map(({ name, value }) => [name, Redacted.value(value)]),
        [
          ["authorization", "Bearer a"],
          ["x-two", "b"]
        ]
      )
    })
  )

  it.effect(
    "is off by OTEL_SDK_DISABLED and by an exporter called none, where the environment names the endpoint",
    () =>
      Effect.gen(function* () {
        const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }
        for (const more of [
          { OTEL_SDK_DISABLED: "TRUE", OTEL_LOGS_EXPORTER: "otlp" },
          { OTEL_TRACES_EXPORTER: "none" }
        ]) {
          const { telemetry } = yield* load().pipe(withEnvironment({ ...env, ...more }))
          assert.deepInclude(telemetry, { traces: null, logs: null })
        }
        const { telemetry } = yield* load(ofFile).pipe(withEnvironment({ OTEL_SDK_DISABLED: "true" }))
        assert.isNull(telemetry.traces)
      })
  )

  it.effect("that is wrong stops the start, each problem under its key and without its secrets", () =>
    Effect.gen(function* () {
      const found = yield* problems({
        telemetry: {
          otlp_endpoint: "collector:4318",
          otlp_protocol: "grpc",
          otlp_headers: [{ name: "no name", value: "hush-1" }, { name: "b", value: "hush-2\nx" }, { name: "c" }],
          resource_attributes: ["novalue"]
        }
      }).pipe(withEnvironment({}))
      const text = found.join("\n")
      for (const key of [
        "otlp_endpoint",
        "otlp_protocol",
        "otlp_headers[0].name",
        "otlp_headers[1].value",
        "otlp_headers[2].value",
        "resource_attributes[0]"
      ]) {
        assert.include(text, `telemetry.${key}:`)
      }
      assert.notInclude(text, "hush")
    })
  )

  it.effect("that names no endpoint says nothing else: what would count for nothing is told, without its secrets", () =>
    Effect.gen(function* () {
      const section = {
        otlp_headers: [{ name: "x-key", value: "hush-1" }],
        otlp_protocol: "http/json",
        traces: false,
        logs: true,
        service_name: "runners",
        resource_attributes: ["team=ci"]
      }
      const text = (yield* problems({ telemetry: section }).pipe(withEnvironment({}))).join("\n")
      for (const key of Object.keys(section)) {
        assert.match(text, new RegExp(`telemetry\\.${key}: has no effect without telemetry\\.otlp_endpoint`))
      }
      assert.notInclude(text, "hush")
      const fromEnvironment = withEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
      assert.lengthOf(yield* problems({ telemetry: { logs: true } }).pipe(fromEnvironment), 1)
      // As runnerd.yaml.example has it.
      const asAlways = { otlp_protocol: "http/protobuf", traces: true, logs: false, resource_attributes: [] }
      const { telemetry } = yield* load({ telemetry: asAlways }).pipe(fromEnvironment)
      assert.strictEqual(telemetry.traces?.url, `${endpoint}/v1/traces`)
    })
  )

  it.effect("that the environment has wrong is reported under the variable's name, without its secrets", () =>
    Effect.gen(function* () {
      const text = (yield* problems({}).pipe(
        withEnvironment({
          OTEL_EXPORTER_OTLP_ENDPOINT: "http://me:hush-1@collector",
          OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://collector/logs",
          OTEL_LOGS_EXPORTER: "otlp",
          OTEL_EXPORTER_OTLP_HEADERS: "hush-2",
          OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
          OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
          OTEL_RESOURCE_ATTRIBUTES: "a=%zz"
        })
      )).join("\n")
      for (const name of ["ENDPOINT", "HEADERS", "PROTOCOL", "TIMEOUT"]) {
        assert.include(text, `OTEL_EXPORTER_OTLP_${name}:`)
      }
      assert.include(text, "OTEL_RESOURCE_ATTRIBUTES:")
      assert.notInclude(text, "hush")
    })
  )
})
