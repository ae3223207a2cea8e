// How long jobs waited and ran over the last hours: a chart each, and the same figures as a table.
//
// Gotcha: the charts' library is loaded when the page stands. Where it cannot be (its file is gone since an upgrade), the
// table is still there.
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { lazy, Suspense } from "react"
import type { JobTimesView } from "../../../../src/http/api/OverviewApi.ts"
import { durationText } from "@/components/Duration.tsx"
import { Empty } from "@/components/Page.tsx"
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select.tsx"
import { Skeleton } from "@/components/ui/skeleton.tsx"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { hoursShown, isHours } from "@/pages/overview/Hours.ts"
import { jobTimesQuery } from "@/pages/overview/Queries.ts"
import { Answered } from "@/components/Answered.tsx"
import { Section } from "@/components/Section.tsx"
import { text } from "@/text/Text.ts"

const words = text.overview.times
type Slices = JobTimesView["slices"]
type Measure = "queue" | "run"

const NoChart = () => <p className="text-muted-foreground">{words.noChart}</p>

const Chart = lazy(() =>
  import("@/pages/overview/JobTimesChart.tsx").then(
    ({ JobTimesChart }) => ({ default: JobTimesChart }),
    () => ({ default: NoChart })
  )
)

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" })

function Figures({ slices, measure }: { slices: Slices; measure: Measure }) {
  const some = slices.filter((slice) => slice[measure] !== null).toReversed()
  return (
    <details>
      <summary className="w-fit rounded-sm text-muted-foreground outline-none hover:text-foreground focus-visible:ring-[3px] focus-visible:ring-ring/50">
        {words.table}
      </summary>
      <Table aria-label={words[measure]}>
        <TableHeader>
          <TableRow>
            <TableHead>{words.slice}</TableHead>
            <TableHead className="text-right">{words.jobs}</TableHead>
            <TableHead className="text-right">{words.p50}</TableHead>
            <TableHead className="text-right">{words.p95}</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {some.map((slice) => (
            <TableRow key={slice.to}>
              <TableCell className="whitespace-nowrap tabular-nums">{clock.format(Date.parse(slice.to))}</TableCell>
              <TableCell className="text-right tabular-nums">{slice[measure]?.jobs}</TableCell>
              <TableCell className="text-right tabular-nums">
                {durationText((slice[measure]?.p50 ?? 0) * 1000)}
              </TableCell>
              <TableCell className="text-right tabular-nums">
                {durationText((slice[measure]?.p95 ?? 0) * 1000)}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </details>
  )
}

function Times({ slices, measure, hint }: { slices: Slices; measure: Measure; hint: string }) {
  const title = words[measure]
  const points = slices.map((slice) => ({
    at: Date.parse(slice.to),
    p50: slice[measure]?.p50 ?? null,
    p95: slice[measure]?.p95 ?? null
  }))
  return (
    <figure className="grid min-w-0 content-start gap-2">
      <figcaption>
        <span className="font-medium">{title}</span> <span className="text-muted-foreground">{hint}</span>
      </figcaption>
      {points.every(({ p50 }) => p50 === null) ? (
        <Empty>{words.empty}</Empty>
      ) : (
        <>
          <Suspense fallback={<Skeleton className="h-52 w-full" />}>
            <Chart points={points} label={words.chart(title)} />
          </Suspense>
          <Figures slices={slices} measure={measure} />
        </>
      )}
    </figure>
  )
}

export function JobTimes() {
  const { hours } = useSearch({ from: "/" })
  const navigate = useNavigate()
  const query = useQuery(jobTimesQuery(hours))
  const choose = (value: string) => {
    const chosen = Number(value)
    if (isHours(chosen)) void navigate({ to: "/", search: { hours: chosen }, replace: true })
  }
  return (
    <Section
      title={words.title}
      more={
        <Select value={String(hours)} onValueChange={choose}>
          <SelectTrigger aria-label={words.range}>
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {hoursShown.map((each) => (
              <SelectItem key={each} value={String(each)}>
                {words.hours[each]}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      }
    >
      <Answered query={query} rows={5}>
        {({ body: { slices } }) => (
          <div className="grid gap-6 lg:grid-cols-2">
            <Times slices={slices} measure="queue" hint={words.queueHint} />
            <Times slices={slices} measure="run" hint={words.runHint} />
          </div>
        )}
      </Answered>
    </Section>
  )
}
