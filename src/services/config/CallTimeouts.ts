// How long one call to the outside may take, and how often a node renews its lease.
//
// Answers for: the one rule that ties both to `worker.lease_ttl_seconds`. Not for making the calls.
// The rule: a node renews its lease every third of it, so a call that starts just before a renewal still has
// two thirds of the lease ahead. A call limited to 0.6 of the lease therefore ends before the lease does, even
// when that renewal and every later one fail; what is left (a fifteenth of the lease: 2 s of 30 s) is for timers
// that fire late. The create of a sandbox and steps of several calls (`e2b.create_timeout_seconds`) may be longer than
// the lease: it is renewed meanwhile, and looked at again before each.
import * as Duration from "effect/Duration"

/** Below this a call would have less than 6 s, which healthy E2B creates and GitHub calls now and then need. */
export const minimumLeaseSeconds = 10

const callShareOfLease = 3 / 5

/** The pause between two renewals of a node's lease. */
export const heartbeatInterval = (leaseTtl: Duration.Duration): Duration.Duration => Duration.times(leaseTtl, 1 / 3)

/** How long after a renewal a call may begin without asking the database: what is left of the lease then is a call's limit. */
export const trustedAfterRenewal = (leaseTtl: Duration.Duration): Duration.Duration =>
  Duration.times(leaseTtl, 1 - callShareOfLease)

/** The limit of a single call to E2B or GitHub when `e2b.api_timeout_seconds` is not given, and the lease is long. */
export const longestDefaultCall = Duration.seconds(60)

/** The shortest lease, in whole seconds, that a call with this limit fits into. */
export const leaseForCall = (apiTimeoutSeconds: number): number => Math.ceil((apiTimeoutSeconds * 5) / 3)

const shortestDefaultLeaseSeconds = 30

/** The lease when none is given: 30 s, or what an explicit call limit needs. */
export const defaultLeaseSeconds = (apiTimeoutSeconds: number | undefined): number =>
  Math.max(shortestDefaultLeaseSeconds, leaseForCall(apiTimeoutSeconds ?? 0))

/** The limit of a single call to E2B or GitHub: `apiTimeout`, but never more than 0.6 of the lease. */
export const callTimeout = (apiTimeout: Duration.Duration, leaseTtl: Duration.Duration): Duration.Duration =>
  Duration.min(apiTimeout, Duration.times(leaseTtl, callShareOfLease))
