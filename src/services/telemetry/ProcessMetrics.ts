// The figures of this process, read when they are asked for.
//
// Answers for: processor, memory, files, event loop, garbage collector, versions. Not for the HTTP server's.
// Gotchas: Node's histogram of event-loop delays records from timer to timer, so the timer's own pace is taken off. It is
// kept in windows of ten seconds instead of being emptied by each scrape: two scrapers would halve each other's.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Predicate from "effect/Predicate"
import { readdirSync, readFileSync } from "node:fs"
import {
  constants,
  monitorEventLoopDelay,
  performance,
  type PerformanceEntry,
  PerformanceObserver
} from "node:perf_hooks"
import { version } from "../Version.ts"
import { Metrics, type MetricsShape } from "./Metrics.ts"
import type { GaugeName } from "./MetricTable.ts"

type ProcessGauge = Extract<GaugeName, `process_${string}` | `nodejs_${string}`>

/** Milliseconds; a finer pace would cost the idle process more than it tells. */
const pace = 20
const window = "10 seconds"

const kinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb"
}

const kindOf = (entry: PerformanceEntry): string => {
  const detail = "detail" in entry ? entry.detail : undefined
  return (Predicate.hasProperty(detail, "kind") && kinds[Number(detail.kind)]) || "other"
}

const watchCollector = (metrics: MetricsShape) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          metrics.observe("nodejs_gc_duration_seconds", { kind: kindOf(entry) }, entry.duration / 1000)
        }
      })
      observer.observe({ entryTypes: ["gc"] })
      return observer
    }),
    (observer) => Effect.sync(() => observer.disconnect())
  )

const watchEventLoop = Effect.fnUntraced(function* (metrics: MetricsShape) {
  const delays = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const histogram = monitorEventLoopDelay({ resolution: pace })
      histogram.enable()
      return histogram
    }),
    (histogram) => Effect.sync(() => histogram.disable())
  )
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - pace / 1000) || 0
  let begun = performance.eventLoopUtilization()
  const look = () => ({
    min: seconds(delays.count === 0 ? 0 : delays.min),
    max: seconds(delays.max),
    mean: seconds(delays.mean),
    p50: seconds(delays.percentile(50)),
    p99: seconds(delays.percentile(99)),
    utilization: performance.eventLoopUtilization(begun).utilization
  })
  let full: ReturnType<typeof look> | undefined
  const seen = () => full ?? look()
  metrics.watch("nodejs_eventloop_lag_seconds", () => seen().mean)
  metrics.watch("nodejs_eventloop_lag_min_seconds", () => seen().min)
  metrics.watch("nodejs_eventloop_lag_max_seconds", () => seen().max)
  metrics.watch("nodejs_eventloop_lag_mean_seconds", () => seen().mean)
  metrics.watch("nodejs_eventloop_lag_p50_seconds", () => seen().p50)
  metrics.watch("nodejs_eventloop_lag_p99_seconds", () => seen().p99)
  metrics.watch("nodejs_eventloop_utilization", () => seen().utilization)
  yield* Effect.sleep(window).pipe(
    Effect.andThen(
      Effect.sync(() => {
        full = look()
        delays.reset()
        begun = performance.eventLoopUtilization()
      })
    ),
    Effect.forever,
    Effect.forkScoped
  )
})

/** Where the kernel tells nothing, nothing is shown. */
const watchFiles = (metrics: MetricsShape) => {
  if (process.platform !== "linux") return
  metrics.watch("process_open_fds", () => readdirSync("/proc/self/fd").length - 1)
  metrics.watch("process_max_fds", () => {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit)
  })
}

const watchProcess = (metrics: MetricsShape) => {
  metrics.watch("process_cpu_user_seconds_total", () => process.cpuUsage().user / 1e6)
  metrics.watch("process_cpu_system_seconds_total", () => process.cpuUsage().system / 1e6)
  metrics.watch("process_cpu_seconds_total", () => {
    const { system, user } = process.cpuUsage()
    return (system + user) / 1e6
  })
  metrics.watch("process_start_time_seconds", () => performance.timeOrigin / 1000)
  metrics.watch("process_resident_memory_bytes", () => process.memoryUsage.rss())
  metrics.watch("nodejs_heap_size_total_bytes", () => process.memoryUsage().heapTotal)
  metrics.watch("nodejs_heap_size_used_bytes", () => process.memoryUsage().heapUsed)
  metrics.watch("nodejs_external_memory_bytes", () => process.memoryUsage().external)
  metrics.watch("nodejs_active_resources_total", () => process.getActiveResourcesInfo().length)
  metrics.set("nodejs_version_info", { version: process.version }, 1)
  metrics.set("runnerd_build_info", { version }, 1)
}

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const metrics = yield* Metrics
    watchProcess(metrics)
    watchFiles(metrics)
    yield* watchEventLoop(metrics)
    yield* watchCollector(metrics)
  })
)

/** The gauges of the process as they are now, by name; 0 for one that is not watched. */
export const readProcess = (metrics: MetricsShape): ((name: ProcessGauge) => number) => {
  const values = new Map<string, number>()
  for (const metric of Metric.snapshotUnsafe(metrics.context)) {
    if (metric.type === "Gauge") values.set(metric.id, Number(metric.state.value))
  }
  return (name) => values.get(name) ?? 0
}
