// What a change of the catalogue would do to the jobs that came lately: shown in place, or in a dialog over a form.
import { useQuery } from "@tanstack/react-query"
import { ArrowRightIcon, FlaskConicalIcon } from "lucide-react"
import { useId, useState } from "react"
import { type Body, call, type Sent } from "@/api/Client.ts"
import { Answered } from "@/components/Answered.tsx"
import { Labels } from "@/components/Labels.tsx"
import { Empty } from "@/components/Page.tsx"
import { Badge, type BadgeVariant } from "@/components/ui/badge.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/components/ui/dialog.tsx"
import { Label } from "@/components/ui/label.tsx"
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select.tsx"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { text } from "@/text/Text.ts"

const words = text.dryRun
const windows = [1, 24, 168, 720] as const
export type Window = (typeof windows)[number]

export const windowOf = (hours: unknown): Window => windows.find((each) => each === Number(hours)) ?? 24

type Route = "POST /runner_specs/dry_run"
type Change = Body<Route>["changes"][number]

/** A spec or a group that is created, changed or deleted; a policy more; a policy less; or some of these together. */
export type CatalogueChange = Omit<Sent<Route>, "hours">

const variants: Record<Change["before"]["outcome"], BadgeVariant> = {
  admitted: "success",
  refused: "destructive",
  ignored: "secondary"
}

function Decision({ decision }: { decision: Change["before"] }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5" title={decision.message ?? undefined}>
      <Badge variant={variants[decision.outcome]}>{words.outcomes[decision.outcome]}</Badge>
      {decision.runner_spec_name ?? <code className="text-xs text-muted-foreground">{decision.reason}</code>}
    </span>
  )
}

function Changes({ changes }: { changes: ReadonlyArray<Change> }) {
  return (
    <Table>
      <TableHeader>
        <TableRow>
          {Object.entries(words.columns).map(([key, title]) => (
            <TableHead key={key} className={key === "jobs" ? "text-right" : ""}>
              {title}
            </TableHead>
          ))}
        </TableRow>
      </TableHeader>
      <TableBody>
        {changes.map((change, index) => (
          <TableRow key={index}>
            <TableCell className="text-right tabular-nums">{change.jobs}</TableCell>
            <TableCell>{change.repository_full_name}</TableCell>
            <TableCell className="min-w-32">
              <Labels labels={change.labels} />
            </TableCell>
            <TableCell>
              <Decision decision={change.before} />
            </TableCell>
            <TableCell>
              <span className="flex items-center gap-1.5">
                <ArrowRightIcon className="size-4 shrink-0 text-muted-foreground" aria-hidden />
                <Decision decision={change.after} />
              </span>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  )
}

/** Asks when it is shown, and again for another change. `hours`: how far back jobs are looked at. */
export function DryRunResult({
  change,
  hours,
  onHours
}: {
  change: CatalogueChange
  hours: Window
  onHours: (hours: Window) => void
}) {
  const field = useId()
  const query = useQuery({
    queryKey: ["dry run", change, hours],
    queryFn: ({ signal }) => call("POST /runner_specs/dry_run", { payload: { ...change, hours }, signal })
  })
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <div className="flex items-center gap-2">
        <Label htmlFor={field} className="font-normal text-muted-foreground">
          {words.window}
        </Label>
        <Select value={String(hours)} onValueChange={(value) => onHours(windowOf(value))}>
          <SelectTrigger id={field} className="h-8">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {windows.map((each) => (
              <SelectItem key={each} value={String(each)}>
                {words.windows[each]}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      </div>
      <Answered query={query} rows={3} warns>
        {({ body: { changed_jobs: changed, changes, jobs } }) =>
          jobs === 0 ? (
            <Empty>{words.noJobs}</Empty>
          ) : (
            <div className="grid grid-cols-[minmax(0,1fr)] gap-3" role="status">
              <p className="font-medium">{changed === 0 ? words.same(jobs) : words.changed(changed, jobs)}</p>
              {changes.length === 0 ? null : <Changes changes={changes} />}
            </div>
          )
        }
      </Answered>
    </div>
  )
}

/** `change`: what the form says when it is asked; null while that is nothing that can be tried. */
export function DryRunButton({
  change,
  label,
  disabled = false
}: {
  change: () => CatalogueChange | null
  label: string
  disabled?: boolean
}) {
  const [tried, setTried] = useState<CatalogueChange | null>(null)
  const [hours, setHours] = useState<Window>(24)
  return (
    <>
      <Button type="button" variant="outline" disabled={disabled} onClick={() => setTried(change())}>
        <FlaskConicalIcon aria-hidden />
        {label}
      </Button>
      <Dialog open={tried !== null} onOpenChange={(open) => (open ? undefined : setTried(null))}>
        {tried === null ? null : (
          <DialogContent className="sm:max-w-4xl">
            <DialogHeader>
              <DialogTitle>{words.dialog}</DialogTitle>
              <DialogDescription>{words.description}</DialogDescription>
            </DialogHeader>
            <DryRunResult change={tried} hours={hours} onHours={setHours} />
          </DialogContent>
        )}
      </Dialog>
    </>
  )
}
