// How long something took, as short as it can be read: `850 ms`, `12.4 s`, `3 min 5 s`, `2 h 10 min`.

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000]
] as const

/** Two units at most; negative is none. */
export const durationText = (milliseconds: number): string => {
  const millis = Math.max(0, Math.round(milliseconds))
  if (millis < 1000) return `${millis} ms`
  if (millis < 60_000) return `${(Math.floor(millis / 100) / 10).toFixed(millis < 10_000 ? 1 : 0)} s`
  const largest = units.findIndex(([, size]) => millis >= size)
  const [unit, size] = units[largest] ?? units[3]
  const next = units[largest + 1]
  const whole = `${Math.floor(millis / size)} ${unit}`
  const rest = next === undefined ? 0 : Math.floor((millis % size) / next[1])
  return next === undefined || rest === 0 ? whole : `${whole} ${rest} ${next[0]}`
}

export function Duration({ millis }: { millis: number | null }) {
  return millis === null ? (
    <span className="text-muted-foreground">–</span>
  ) : (
    <span className="whitespace-nowrap tabular-nums">{durationText(millis)}</span>
  )
}
