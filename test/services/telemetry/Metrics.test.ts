import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { exposition } from "../../../src/services/telemetry/Exposition.ts"
import { jobLabels } from "../../../src/services/telemetry/Metric.ts"
import { defaultOptions, makeMetrics, type MetricsOptions } from "../../../src/services/telemetry/Metrics.ts"
import { originalVars } from "../../../src/services/telemetry/OriginalVars.ts"
import { parsePrometheus, valueIn } from "../../support/PrometheusText.ts"

const job = (over: Partial<Record<(typeof jobLabels)[number], string>> = {}) => ({
  repository_full_name: "acme/web",
  repository: "web",
  owner: "acme",
  workflow_name: "CI",
  job_name: "build",
  spec: "small",
  head_branch: "main",
  runs_on: "self-hosted,e2b",
  ...over
})

const shown = (metrics: ReturnType<typeof makeMetrics>) => parsePrometheus(exposition(metrics.context))

describe("metrics", () => {
  it("of jobs have the labels that the configuration names, histograms their own", () => {
    const options: MetricsOptions = { ...defaultOptions, jobLabels: ["owner", "head_branch"], jobDurationLabels: [] }
    const metrics = makeMetrics(options)
    metrics.count("github_workflow_jobs_started_total", job())
    metrics.observe("github_workflow_job_run_duration_seconds", { ...job(), job_conclusion: "success" }, 3)
    const families = shown(metrics)
    assert.deepStrictEqual(families.get("github_workflow_jobs_started_total")?.samples[0]?.labels, {
      owner: "acme",
      head_branch: "main"
    })
    const [bucket] = families.get("github_workflow_job_run_duration_seconds")?.samples ?? []
    assert.deepStrictEqual(bucket?.labels, { job_conclusion: "success", le: "0.01" })
  })

  it("of the duration of jobs do not tell jobs apart by name unless asked to", () => {
    assert.notInclude(defaultOptions.jobDurationLabels, "job_name")
    assert.include(defaultOptions.jobLabels, "job_name")
  })

  it("have no more series than allowed; what is beyond is in `other`, and nothing is lost", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (names, maxSeries) => {
        const metrics = makeMetrics({ ...defaultOptions, maxSeries })
        for (const name of names) {
          const job_conclusion = name % 2 === 0 ? "success" : "failure"
          metrics.count("github_workflow_job_conclusions_total", {
            ...job({ job_name: `job ${name}` }),
            job_conclusion
          })
        }
        const families = shown(metrics)
        const samples = families.get("github_workflow_job_conclusions_total")?.samples ?? []
        const others = samples.filter(({ labels }) => labels["job_name"] === "other")
        assert.isAtMost(samples.length - others.length, maxSeries)
        assert.isAtMost(others.length, 2)
        for (const conclusion of ["success", "failure"]) {
          const wanted = names.filter((name) => (name % 2 === 0) === (conclusion === "success")).length
          const labels = { job_conclusion: conclusion }
          assert.strictEqual(valueIn(families, "github_workflow_job_conclusions_total", labels), wanted)
        }
        const overflowed = others.reduce((sum, { value }) => sum + value, 0)
        assert.strictEqual(valueIn(families, "runnerd_metrics_overflow_total"), overflowed)
      })
    )
  })

  it("E-122: a negative duration is dropped", () => {
    const metrics = makeMetrics(defaultOptions)
    metrics.observe("e2b_runner_stop_duration_seconds", { spec: "small" }, -0.001)
    metrics.observe("e2b_runner_stop_duration_seconds", { spec: "small" }, 0)
    assert.strictEqual(valueIn(shown(metrics), "e2b_runner_stop_duration_seconds_count"), 1)
  })
})

describe("the original's figures", () => {
  it("have its names and keys: sums in milliseconds, counts, and one map for two names of one figure", () => {
    const metrics = makeMetrics(defaultOptions)
    metrics.observe("github_workflow_job_queue_duration_seconds", job(), 1.5)
    metrics.observe("github_workflow_job_queue_duration_seconds", job(), 2)
    metrics.count("github_workflow_job_conclusions_total", { ...job(), job_conclusion: "success" })
    metrics.set("e2b_runner_spec_desired", { spec: "small" }, 4)
    const vars = originalVars([metrics.context])
    assert.deepInclude(vars, {
      github_workflow_job_queue_duration_ms_total: { "acme/web|CI||small": 3500 },
      github_workflow_job_queue_duration_count: { "acme/web|CI||small": 2 },
      github_workflow_job_conclusions_total: { "acme/web|CI|build|small|success": 1 },
      github_workflow_jobs_completed_total: { "acme/web|CI|build|small|success": 1 },
      e2b_runner_profile_desired: { small: 4 },
      e2b_runner_lease_state: {}
    })
  })

  it("E-121: a key tells its values apart also when they hold the separator", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: (pair) => JSON.stringify(pair) }),
        (pairs) => {
          const metrics = makeMetrics({ ...defaultOptions, maxSeries: 1000 })
          for (const [spec, status] of pairs) metrics.set("e2b_runner_retry_state", { spec, status }, 1)
          const entries = originalVars([metrics.context])["e2b_runner_retry_state"] as Record<string, number>
          assert.deepStrictEqual(
            Object.values(entries),
            pairs.map(() => 1)
          )
        }
      )
    )
  })

  it("E-121: a `|` in a job's name is written `\\|`", () => {
    const metrics = makeMetrics(defaultOptions)
    metrics.count("github_workflow_jobs_started_total", job({ job_name: "a|b\\" }))
    assert.deepStrictEqual(originalVars([metrics.context])["github_workflow_jobs_started_total"], {
      "acme/web|CI|a\\|b\\\\|small": 1
    })
  })
})
