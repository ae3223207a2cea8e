// How many sandboxes E2B may be asked for now, by its rate and by what it refused.
//
// Answers for: what follows from a refusal and from a success, as values; ProviderLimits.ts stores them and
// ClaimCandidates.ts obeys them. A refusal for want of room (the plan is full, no node has room) teaches a ceiling: as many
// sandboxes as we had then. Up to it, every sandbox that ends makes room for the next at once; beyond it one create at
// a time asks whether there is more, each refusal making the wait longer. So a full plan costs a few refusals, not one
// for each job.
// Gotchas: others may use the same E2B team, so the ceiling falls and rises; it is forgotten when it is old. Creates
// that were under way when one was refused are refused too: together they are one refusal.
import { type BackoffPolicy, delayOf } from "./Backoff.ts"
import { type Rate, roomAt } from "./Pace.ts"
import type { ReasonCode } from "./ReasonCode.ts"
import type { SandboxErrorReason } from "./SandboxError.ts"
import * as Duration from "effect/Duration"

export interface CreateLimit {
  /** No create before this moment: E2B said so, or asked for fewer calls. */
  readonly openAt: number | null
  /** The refusal that is behind all this: code and sentence of its disposition. */
  readonly code: ReasonCode | null
  readonly message: string | null
  readonly refusedAt: number | null
  /** Refusals in a row. */
  readonly refusals: number
  /** Sandboxes of ours that E2B let exist when it refused one more. */
  readonly ceiling: number | null
  /** When one more than the ceiling may be tried. */
  readonly probeAt: number | null
  /** The bucket of e2b.creates_per_second (Pace.ts). */
  readonly bucket: number | null
}

export const unlimited: CreateLimit = {
  openAt: null,
  code: null,
  message: null,
  refusedAt: null,
  refusals: 0,
  ceiling: null,
  probeAt: null,
  bucket: null
}

/** A refused create. `claimedAt`: when its request was claimed. */
export interface CreateRefusal {
  readonly claimedAt: number
  readonly code: ReasonCode
  readonly message: string
  readonly noRoom: boolean
  readonly retryAfterSeconds: number | undefined
}

/** From one second to one minute: what ends a refusal is seen within a minute, and asking costs one call. */
export const probing: BackoffPolicy = { base: Duration.seconds(1), max: Duration.minutes(1) }

/** Nobody has met the ceiling for so long that it says nothing any more. */
const forgottenAfter = 10 * 60_000

const ceilingAt = (limit: CreateLimit, now: number): number | null =>
  limit.refusedAt !== null && now - limit.refusedAt < forgottenAfter ? limit.ceiling : null

/**
 * How many creates may begin. `existing`: sandboxes of ours that may exist, those under way included. `nextAt`: when
 * the rate alone allows one more.
 */
export const createRoom = (limit: CreateLimit, perSecond: Rate, existing: number, now: number) => {
  if (limit.openAt !== null && limit.openAt > now) return { room: 0, nextAt: limit.openAt }
  const paced = roomAt(perSecond, limit.bucket, now)
  const ceiling = ceilingAt(limit, now)
  if (ceiling === null) return paced
  const probes = limit.probeAt === null || limit.probeAt <= now ? 1 : 0
  const room = Math.max(0, ceiling + probes - existing)
  return room < paced.room ? { room, nextAt: probes === 0 ? limit.probeAt : null } : paced
}

/** What a refused create teaches. `existing`: sandboxes of ours that exist. `random`: in [0, 1). */
export const afterRefusal = (
  limit: CreateLimit,
  refusal: CreateRefusal,
  existing: number,
  now: number,
  random: number
): CreateLimit => {
  const another = limit.refusedAt === null || refusal.claimedAt > limit.refusedAt
  const refusals = another ? limit.refusals + 1 : Math.max(1, limit.refusals)
  const wait =
    refusal.retryAfterSeconds === undefined
      ? delayOf(probing, refusals - 1, random)
      : Math.max(0, refusal.retryAfterSeconds * 1000)
  const until = now + wait
  const learnt = { ...limit, code: refusal.code, message: refusal.message, refusedAt: now, refusals }
  return refusal.noRoom
    ? { ...learnt, ceiling: existing, probeAt: Math.max(another ? 0 : (limit.probeAt ?? 0), until) }
    : { ...learnt, openAt: Math.max(limit.openAt ?? 0, until) }
}

/** What a create that succeeded teaches; null: nothing new. `existing`: sandboxes of ours that exist, it included. */
export const afterSuccess = (limit: CreateLimit, existing: number, now: number): CreateLimit | null => {
  const ceiling = ceilingAt(limit, now)
  if (ceiling === null) return limit.refusals === 0 ? null : { ...unlimited, bucket: limit.bucket }
  return existing > ceiling ? { ...limit, ceiling: existing, refusals: 0, probeAt: null } : null
}

/** What kind of refusal a failed create is; null: none that says anything of other creates. */
export const refusalOf = (
  reason: SandboxErrorReason
): { readonly noRoom: boolean; readonly retryAfterSeconds: number | undefined } | null => {
  switch (reason._tag) {
    case "ConcurrencyLimited":
    case "PlacementFailed":
      return { noRoom: true, retryAfterSeconds: reason.retryAfterSeconds }
    case "RateLimited":
      return { noRoom: false, retryAfterSeconds: reason.retryAfterSeconds }
    default:
      return null
  }
}
