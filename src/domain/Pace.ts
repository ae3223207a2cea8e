// How many may begin now at a given rate: a token bucket, as one number.
//
// Answers for: the arithmetic. A bucket is the moment at which it is full again (null: it is full), so that it fits a
// column, needs no timer, and is exact for all who write it in one transaction.
// Gotcha: what is counted here reaches the other side a little later, and not always by the same little: the burst is
// smaller than a second's worth, so that an early one never meets a bucket over there that is not yet refilled.

export type Rate = number | "unlimited"

/** The share of one second's worth that may begin at once. */
const burstShare = 0.8

/** A bucket that is short of a token by less than this has it: sums of fractions never come out even. */
const tolerance = 1e-6

const capacityOf = (perSecond: number): number => Math.max(1, perSecond * burstShare)

/** `room`: how many may begin now. `nextAt`: when there is room for one more than that. */
export const roomAt = (
  perSecond: Rate,
  bucket: number | null,
  now: number
): { readonly room: number; readonly nextAt: number | null } => {
  if (perSecond === "unlimited") return { room: Number.POSITIVE_INFINITY, nextAt: null }
  const missing = (Math.max(0, (bucket ?? now) - now) / 1000) * perSecond
  const tokens = capacityOf(perSecond) - missing
  const room = Math.max(0, Math.floor(tokens + tolerance))
  const more = room + 1 - tokens
  return { room, nextAt: now + Math.ceil((more / perSecond) * 1000 - tolerance) }
}

/** When the bucket is full again after `count` more began. */
export const spend = (perSecond: Rate, bucket: number | null, now: number, count: number): number | null =>
  perSecond === "unlimited" || count === 0 ? bucket : Math.max(bucket ?? now, now) + (count / perSecond) * 1000
