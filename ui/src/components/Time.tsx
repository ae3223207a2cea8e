// A time as people say it, with the exact one in the viewer's zone on hover.
import { useSyncExternalStore } from "react"
import { text } from "@/text/Text.ts"

const steps = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1]
] as const

const relative = new Intl.RelativeTimeFormat(text.language, { numeric: "auto", style: "short" })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" })

/** `2 min. ago`; the largest unit that is at least 1. */
const relativeTime = (at: number, now: number): string => {
  const seconds = Math.round((at - now) / 1000)
  const [unit, size] = steps.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1]
  return relative.format(Math.trunc(seconds / size), unit)
}

// One clock for all times of the page.
let now = Date.now()
const listeners = new Set<() => void>()
setInterval(() => {
  now = Date.now()
  for (const listener of listeners) listener()
}, 1000)

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The present, to the second. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now)

export function Time({ at }: { at: string | null }) {
  const now = useNow()
  if (at === null) return <span className="text-muted-foreground">–</span>
  const millis = Date.parse(at)
  return (
    <time dateTime={at} title={exact.format(millis)} className="whitespace-nowrap tabular-nums">
      {relativeTime(millis, now)}
    </time>
  )
}
