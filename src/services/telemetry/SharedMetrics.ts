// The gauges that are read from the database, made anew for each scrape: a spec or a repository that is gone leaves none.
import type { ActiveCounts } from "../store/ActiveCountStore.ts"
import { makeMetrics, type MetricsOptions, type MetricsShape } from "./Metrics.ts"
import { unassigned } from "./RequestMetrics.ts"

const seconds = (milliseconds: number) => Math.max(0, milliseconds) / 1000

const perSpec = (gauges: MetricsShape, { now, requests, specs }: ActiveCounts) => {
  // A spec that was deleted is shown as long as requests name it.
  const names = new Set([...specs.map(({ name }) => name), ...requests.map((each) => each.specName ?? unassigned)])
  const oldest = new Map<string, number>()
  for (const spec of names) {
    gauges.add("e2b_runner_spec_current", { spec }, 0)
    gauges.add("e2b_runner_spec_busy", { spec }, 0)
    gauges.add("e2b_runner_spec_idle", { spec }, 0)
    gauges.add("e2b_runner_spec_pending", { spec }, 0)
    gauges.add("runnerd_spec_sandboxes", { spec }, 0)
  }
  for (const { enabled, maxConcurrency, name: spec } of specs) {
    gauges.set("e2b_runner_spec_desired", { spec }, maxConcurrency)
    gauges.set("e2b_runner_spec_status", { spec }, enabled)
  }
  for (const { busy, n, oldestAt, sandbox, specName, status } of requests) {
    const spec = specName ?? unassigned
    if (status === "queued" || status === "creating") gauges.add("e2b_runner_spec_pending", { spec }, n)
    else {
      gauges.add("e2b_runner_spec_current", { spec }, n)
      gauges.add(busy === 1 ? "e2b_runner_spec_busy" : "e2b_runner_spec_idle", { spec }, n)
    }
    if (sandbox === 1) gauges.add("runnerd_spec_sandboxes", { spec }, n)
    if (status === "queued") oldest.set(spec, Math.min(oldest.get(spec) ?? now, oldestAt))
  }
  for (const spec of names) {
    gauges.set("runnerd_spec_oldest_queued_seconds", { spec }, seconds(now - (oldest.get(spec) ?? now)))
  }
}

const perProcess = (gauges: MetricsShape, { nodes, now, requests }: ActiveCounts) => {
  const hosts = new Map(nodes.map(({ host, incarnation }) => [incarnation, host]))
  const heartbeats = new Map<string, number>()
  for (const { heartbeatAt, host } of nodes) {
    heartbeats.set(host, Math.max(heartbeats.get(host) ?? heartbeatAt, heartbeatAt))
  }
  for (const [worker, at] of heartbeats) {
    gauges.add("e2b_runner_lease_state", { worker }, 0)
    gauges.set("runnerd_node_heartbeat_age_seconds", { worker }, seconds(now - at))
  }
  for (const { n, owner } of requests) {
    const worker = owner === null ? "none" : (hosts.get(owner) ?? "ended")
    gauges.add("e2b_runner_lease_state", { worker }, n)
  }
}

/** `read`: the state of the database at one moment. */
export const sharedMetricsOf = (read: ActiveCounts, options: MetricsOptions): MetricsShape => {
  const gauges = makeMetrics(options)
  perSpec(gauges, read)
  perProcess(gauges, read)
  for (const { n, repository, status } of read.repositories) {
    gauges.add("e2b_runner_requests_by_repository_status", { repository, status }, n)
  }
  for (const { n, retrying, specName, status } of read.requests) {
    const spec = specName ?? unassigned
    gauges.add("e2b_runner_requests_by_spec_status", { spec, status }, n)
    if (retrying === 1) gauges.add("e2b_runner_retry_state", { spec, status }, n)
  }
  for (const { claimsOpenAt, openAt, scope } of read.limits) {
    const until = Math.max(openAt ?? 0, claimsOpenAt ?? 0)
    gauges.set("runnerd_provider_hold_seconds", { scope }, seconds(until - read.now))
  }
  if (read.lastDeliveryAt !== null) {
    gauges.set("runnerd_last_delivery_timestamp_seconds", {}, read.lastDeliveryAt / 1000)
  }
  gauges.set("e2b_runner_last_reconcile_timestamp_seconds", {}, read.now / 1000)
  gauges.set("runnerd_metrics_read_seconds", {}, read.tookMillis / 1000)
  return gauges
}
