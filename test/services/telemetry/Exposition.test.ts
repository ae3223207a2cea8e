import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { exposition } from "../../../src/services/telemetry/Exposition.ts"
import { defaultOptions, makeMetrics } from "../../../src/services/telemetry/Metrics.ts"
import { parsePrometheus } from "../../support/PrometheusText.ts"

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom(
    "a|b",
    'say "hi"',
    "two\nlines",
    "back\\slash",
    "\\n",
    "",
    "constructor",
    "__proto__",
    "ünïcode",
    "\ud800"
  )
)

describe("the exposition", () => {
  it("E-121: gives back every value of a label, whatever its characters, and no series twice", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 8 }), (pairs) => {
        const metrics = makeMetrics(defaultOptions)
        for (const [repository, spec] of pairs) {
          metrics.count("e2b_runner_requests_total", { repository, spec, source: "manual_api", result: "created" })
        }
        const { samples, type } = parsePrometheus(exposition(metrics.context)).get("e2b_runner_requests_total")!
        assert.strictEqual(type, "counter")
        const wanted = new Map<string, number>()
        for (const [repository, spec] of pairs) {
          const key = JSON.stringify([repository.toWellFormed(), spec.toWellFormed()])
          wanted.set(key, (wanted.get(key) ?? 0) + 1)
        }
        const found = samples.map((each) => [
          JSON.stringify([each.labels["repository"], each.labels["spec"]]),
          each.value
        ])
        assert.sameDeepMembers(found, [...wanted])
      }),
      // By chance nothing is found that looks alike when joined.
      {
        examples: ["|", '"', ":", ","].map((mark) => [
          [
            [`a${mark}1`, "b"],
            ["a", `1${mark}b`],
            [`a${mark}`, "1b"]
          ]
        ])
      }
    )
  })

  it("is line for line what Effect's own exporter writes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, fc.double({ min: 0, max: 5000, noNaN: true })), { maxLength: 8 }),
        (entries) => {
          const metrics = makeMetrics(defaultOptions)
          metrics.watch("process_open_fds", () => Number.POSITIVE_INFINITY)
          for (const [spec, seconds] of entries) {
            metrics.observe("e2b_runner_create_duration_seconds", { spec }, seconds)
            metrics.set("e2b_runner_spec_desired", { spec }, -seconds)
            metrics.count("runnerd_leases_lost_total", {})
          }
          assert.strictEqual(exposition(metrics.context), PrometheusMetrics.formatUnsafe(metrics.context))
        }
      )
    )
  })
})
