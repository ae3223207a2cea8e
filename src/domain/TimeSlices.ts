// The last hours cut into slices, as charts show them.
//
// Gotcha: slices end at multiples of their length since 1970, so that a chart that is drawn again a minute later has the
// same slices; the last one is therefore not over yet.

export interface TimeSlice {
  /** Inclusive, epoch milliseconds. */
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

export const slicesOf = (now: number, hours: number, count: number): ReadonlyArray<TimeSlice> => {
  const length = Math.round((hours * 3_600_000) / count)
  const end = (Math.floor(now / length) + 1) * length
  return Array.from({ length: count }, (_, place) => ({
    from: end - (count - place) * length,
    to: end - (count - place - 1) * length
  }))
}
