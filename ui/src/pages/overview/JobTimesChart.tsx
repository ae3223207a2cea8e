// Two percentiles over time, drawn by uPlot.
//
// Gotchas: a canvas knows no style sheet, so the theme's colours are read at each drawing, and it is drawn again when the
// theme changes. Where the slices beside it had no job, a point stands alone.
import { useEffect, useRef } from "react"
import "@/pages/overview/BrowserLanguage.ts"
import uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import { durationText } from "@/components/Duration.tsx"
import { text } from "@/text/Text.ts"

const words = text.overview.times

interface Point {
  /** Epoch milliseconds. */
  readonly at: number
  /** Seconds. */
  readonly p50: number | null
  readonly p95: number | null
}

const height = 180

const token = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(name)

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" })
const dayAndHour = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" })
const secondsOfDay = 86_400

const timeAt = (plot: uPlot, seconds: number) => {
  const { max = 0, min = 0 } = plot.scales["x"] ?? {}
  return (max - min > secondsOfDay ? dayAndHour : hour).format(seconds * 1000)
}

const duration = (seconds: number | null) => (seconds === null ? "–" : durationText(seconds * 1000))

const axis: uPlot.Axis = {
  stroke: token("--muted-foreground"),
  font: "11px system-ui, sans-serif",
  ticks: { show: false }
}

/** Seconds between the lines of the grid, so that they stand at times that people say. */
const steps = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800,
  86_400, 172_800, 604_800
]

/** Told apart by their strokes as well as by their colours. */
const line = (label: string, color: string, dash: Array<number>): uPlot.Series => ({
  label,
  stroke: token(color),
  width: 2,
  dash,
  points: { show: true, size: 5, fill: token(color) },
  value: (_, seconds) => duration(seconds)
})

/** The figures of the newest slice that has some. */
const tellNewest = (plot: uPlot) => {
  const newest = [...(plot.data[1] ?? [])].findLastIndex((seconds) => typeof seconds === "number")
  if (newest >= 0) plot.setLegend({ idx: newest }, false)
}

const options = (width: number): uPlot.Options => ({
  width,
  height,
  scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
  cursor: { drag: { x: false, y: false }, y: false },
  hooks: {
    // Unless something is pointed at, the newest figures are told.
    setCursor: [
      (plot) => {
        if (typeof plot.cursor.idx !== "number") tellNewest(plot)
      }
    ]
  },
  series: [
    { label: words.slice, value: (_, seconds) => (seconds === null ? "–" : dayAndHour.format(seconds * 1000)) },
    line(words.p50, "--primary", []),
    line(words.p95, "--warning", [5, 3])
  ],
  axes: [
    {
      ...axis,
      space: 80,
      size: 28,
      grid: { show: false },
      values: (plot, ticks) => ticks.map((seconds) => timeAt(plot, seconds))
    },
    {
      ...axis,
      size: 72,
      incrs: steps,
      grid: { stroke: token("--border"), width: 1 },
      values: (_, ticks) => ticks.map(duration)
    }
  ]
})

const columns = (points: ReadonlyArray<Point>): uPlot.AlignedData => [
  points.map(({ at }) => at / 1000),
  points.map(({ p50 }) => p50),
  points.map(({ p95 }) => p95)
]

export function JobTimesChart({ points, label }: { points: ReadonlyArray<Point>; label: string }) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(null)

  useEffect(() => {
    const element = place.current
    if (element === null) return undefined
    const plot = new uPlot(options(element.clientWidth), [[], [], []], element)
    chart.current = plot
    const size = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    size.observe(element)
    const theme = new MutationObserver(() => plot.redraw())
    theme.observe(document.documentElement, { attributeFilter: ["class"] })
    return () => {
      size.disconnect()
      theme.disconnect()
      plot.destroy()
      chart.current = null
    }
  }, [])

  useEffect(() => {
    const plot = chart.current
    if (plot === null) return
    plot.setData(columns(points))
    tellNewest(plot)
  }, [points])

  return (
    <div
      ref={place}
      role="img"
      aria-label={label}
      className="min-h-52 min-w-0 overflow-hidden text-xs text-muted-foreground [&_.u-legend]:mx-0 [&_.u-legend]:text-left [&_.u-legend]:text-xs [&_.u-value]:tabular-nums"
    />
  )
}
