// The metrics of the process and its HTTP server; what prom-client has, by the names that prom-client gave it.
import type { CounterDefinition, GaugeDefinition, HistogramDefinition } from "./Metric.ts"

const httpBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const gcBuckets = [0.001, 0.01, 0.1, 1, 2, 5]

const gauge = (help: string) => ({ type: "gauge", help, labels: [] }) as const
const counter = (help: string) => ({ type: "counter", help, labels: [] }) as const

export const processMetrics = {
  http_requests_total: {
    type: "counter",
    help: "HTTP requests that were answered; route: the path's pattern, none when no route fits.",
    labels: ["method", "route", "status"]
  },
  http_request_duration_seconds: {
    type: "histogram",
    help: "From the request's headers to its answer.",
    labels: ["method", "route"],
    buckets: httpBuckets
  },
  runnerd_build_info: { type: "gauge", help: "Always 1; says which version runs.", labels: ["version"] },
  runnerd_warnings: { type: "gauge", help: "1 for each warning that /readyz shows.", labels: ["code"] },
  runnerd_database_up: gauge("1 when the database's gauges could be read, 0 when it did not answer."),
  runnerd_metrics_read_seconds: gauge("How long the last read of the database's gauges took."),
  runnerd_metrics_overflow_total: {
    type: "counter",
    help: "Counts that went to a series of other, because the metric has metrics.max_series series.",
    labels: ["metric"]
  },
  process_cpu_user_seconds_total: counter("Processor time of the process outside the kernel."),
  process_cpu_system_seconds_total: counter("Processor time of the process inside the kernel."),
  process_cpu_seconds_total: counter("Processor time of the process."),
  process_start_time_seconds: gauge("When the process began, in seconds since 1970."),
  process_resident_memory_bytes: gauge("Memory of the process that is in RAM."),
  process_open_fds: gauge("Open file descriptors; Linux only."),
  process_max_fds: gauge("How many file descriptors may be open; Linux only."),
  nodejs_eventloop_lag_seconds: gauge("The same as nodejs_eventloop_lag_mean_seconds."),
  nodejs_eventloop_lag_min_seconds: gauge("The least event-loop delay of the last full ten seconds."),
  nodejs_eventloop_lag_max_seconds: gauge("The longest event-loop delay of the last full ten seconds."),
  nodejs_eventloop_lag_mean_seconds: gauge("The mean event-loop delay of the last full ten seconds."),
  nodejs_eventloop_lag_p50_seconds: gauge("The median of event-loop delays of the last full ten seconds."),
  nodejs_eventloop_lag_p99_seconds: gauge("The 99th percentile of event-loop delays of the last full ten seconds."),
  nodejs_eventloop_utilization: gauge("Share of the last full ten seconds that the event loop was busy, 0 to 1."),
  nodejs_active_resources_total: gauge("Resources that keep the event loop alive."),
  nodejs_heap_size_total_bytes: gauge("Size of the heap."),
  nodejs_heap_size_used_bytes: gauge("What of the heap is used."),
  nodejs_external_memory_bytes: gauge("Memory outside the heap that objects in it hold."),
  nodejs_gc_duration_seconds: {
    type: "histogram",
    help: "Pauses of the garbage collector; kind: major, minor, incremental or weakcb.",
    labels: ["kind"],
    buckets: gcBuckets
  },
  nodejs_version_info: { type: "gauge", help: "Always 1; says which Node.js runs.", labels: ["version"] }
} as const satisfies Record<string, CounterDefinition | GaugeDefinition | HistogramDefinition>
