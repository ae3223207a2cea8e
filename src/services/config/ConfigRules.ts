// Rules between the settings of one file.
//
// Answers for: combinations of values, each fine by itself, that cannot work together. A rule is silent while one of
// its values is wrong, for that has been said. Not for rules of a single key (ConfigKey.ts, Endpoints.ts).
import { leaseForCall, minimumLeaseSeconds } from "./CallTimeouts.ts"
import type { ConfigValues } from "./ConfigDocument.ts"
import type { ConfigReport } from "./ConfigReport.ts"

export const checkRules = (values: ConfigValues, report: ConfigReport): void => {
  const { e2b, worker } = values
  const base = worker.retry_base_delay_seconds
  const longest = worker.retry_max_delay_seconds
  if (base !== undefined && longest !== undefined && base > longest) {
    report.add(
      "worker.retry_base_delay_seconds",
      `${base} is more than worker.retry_max_delay_seconds, ${longest}; expected the first delay to be no longer than the longest`
    )
  }
  const lease = worker.lease_ttl_seconds
  const call = e2b.api_timeout_seconds
  if (lease !== undefined && lease < minimumLeaseSeconds) {
    report.add(
      "worker.lease_ttl_seconds",
      `${lease} is too short, because one call to E2B or GitHub must end within 0.6 of it; expected ${minimumLeaseSeconds} or more`
    )
  } else if (lease !== undefined && call !== undefined && lease < leaseForCall(call)) {
    report.add(
      "worker.lease_ttl_seconds",
      `a lease of ${lease} s is too short for e2b.api_timeout_seconds, ${call} s, which must end within 0.6 of it; ` +
        `expected ${leaseForCall(call)} or more, or a call limit of at most ${Math.floor((lease * 3) / 5)} s`
    )
  }
  const life = e2b.timeout_seconds
  const longestLife = e2b.max_timeout_seconds
  if (life !== undefined && typeof longestLife === "number" && longestLife < life) {
    report.add(
      "e2b.max_timeout_seconds",
      `${longestLife} is less than e2b.timeout_seconds, ${life}; expected the longest life to be no shorter than the first`
    )
  }
  const create = e2b.create_timeout_seconds
  if (life !== undefined && create !== undefined && life <= create) {
    report.add(
      "e2b.timeout_seconds",
      `a sandbox that lives ${life} s may die before e2b.create_timeout_seconds, ${create} s, are over; expected more than that`
    )
  }
}
