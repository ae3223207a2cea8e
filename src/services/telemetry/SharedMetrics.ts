// The gauges that are read from the database, made anew for each scrape: a spec or a repository that is gone leaves none.
import { type BreakerRules, breakerState } from "../../domain/SpecBreaker.ts"
import type { ActiveCounts } from "../store/ActiveCountStore.ts"
import { specUse } from "../store/SpecUse.ts"
import { makeMetrics, type MetricsOptions, type MetricsShape } from "./Metrics.ts"
import { unassigned } from "./RequestMetrics.ts"

const seconds = (milliseconds: number) => Math.max(0, milliseconds) / 1000

const perSpec = (gauges: MetricsShape, read: ActiveCounts, rules: BreakerRules) => {
  for (const { busy, deaths, idle, oldestQueuedAt, pending, runner, sandboxes, settings, specName } of specUse(read)) {
    const spec = specName ?? unassigned
    gauges.add("e2b_runner_spec_current", { spec }, busy + idle)
    gauges.add("e2b_runner_spec_busy", { spec }, busy)
    gauges.add("e2b_runner_spec_idle", { spec }, idle)
    gauges.add("e2b_runner_spec_pending", { spec }, pending)
    gauges.add("runnerd_spec_sandboxes", { spec }, sandboxes)
    gauges.set("runnerd_spec_oldest_queued_seconds", { spec }, seconds(read.now - (oldestQueuedAt ?? read.now)))
    if (settings === null) continue
    if (runner?.acceptedUntil != null) {
      gauges.set("runnerd_spec_runner_accepted_until_timestamp_seconds", { spec }, runner.acceptedUntil / 1000)
    }
    gauges.set("runnerd_spec_deaths", { spec }, deaths?.deaths ?? 0)
    gauges.set("runnerd_spec_paused", { spec }, breakerState(deaths, rules, read.now)._tag === "Closed" ? 0 : 1)
    gauges.set("e2b_runner_spec_desired", { spec }, settings.maxConcurrency)
    gauges.set("e2b_runner_spec_status", { spec }, settings.enabled ? 1 : 0)
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
export const sharedMetricsOf = (read: ActiveCounts, options: MetricsOptions, rules: BreakerRules): MetricsShape => {
  const gauges = makeMetrics(options)
  perSpec(gauges, read, rules)
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
