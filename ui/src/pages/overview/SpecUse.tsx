// How far each spec is used: its runners beside what it may have.
import { useQuery } from "@tanstack/react-query"
import type { OverviewView } from "../../../../src/http/api/OverviewApi.ts"
import { Empty } from "@/components/Page.tsx"
import { RequestsLink } from "@/components/RequestLinks.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { Badge } from "@/components/ui/badge.tsx"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { overviewQuery } from "@/pages/overview/Queries.ts"
import { Answered } from "@/components/Answered.tsx"
import { Section } from "@/components/Section.tsx"
import { PausedSpec } from "@/pages/overview/PausedSpec.tsx"
import type { Status } from "@/pages/requests/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.overview.specs
type Spec = OverviewView["specs"][number]

const isPaused = (spec: Spec): spec is Spec & { readonly breaker: NonNullable<Spec["breaker"]> } =>
  spec.breaker !== null && spec.breaker.state !== "closed"

/** Busy and idle runners; without a limit, beside each other only. */
function Bar({ spec }: { spec: Spec }) {
  const whole = Math.max(spec.max_concurrency ?? 0, spec.busy + spec.idle, 1)
  const share = (count: number) => ({ width: `${(count / whole) * 100}%` })
  return (
    <div
      role="img"
      aria-label={words.bar(spec.sandboxes, spec.max_concurrency)}
      className="flex h-2 min-w-24 overflow-hidden rounded-full bg-muted"
    >
      <div className="bg-primary" style={share(spec.busy)} />
      <div className="bg-info/50" style={share(spec.idle)} />
    </div>
  )
}

const Figure = ({ spec, count, status }: { spec: Spec; count: number; status: Status }) => (
  <TableCell className="text-right tabular-nums">
    {count === 0 ? (
      <span className="text-muted-foreground">0</span>
    ) : (
      <RequestsLink filter={{ spec: spec.name, status }}>{count}</RequestsLink>
    )}
  </TableCell>
)

export function SpecUse() {
  const query = useQuery(overviewQuery)
  return (
    <Section title={words.title}>
      <Answered query={query} rows={3}>
        {({ body: { specs } }) =>
          specs.length === 0 ? (
            <Empty>{words.empty}</Empty>
          ) : (
            <Table>
              <TableHeader>
                <TableRow>
                  <TableHead>{words.columns.spec}</TableHead>
                  <TableHead className="w-1/3 max-sm:hidden">{words.columns.use}</TableHead>
                  {(["busy", "idle", "pending", "limit"] as const).map((column) => (
                    <TableHead key={column} className="text-right">
                      {words.columns[column]}
                    </TableHead>
                  ))}
                </TableRow>
              </TableHeader>
              <TableBody>
                {specs.map((spec) => (
                  <TableRow key={spec.name}>
                    <TableCell className="whitespace-nowrap">
                      <span className="flex items-center gap-2">
                        <TextLink to="/specs/$name" params={{ name: spec.name }}>
                          {spec.name}
                        </TextLink>
                        {spec.enabled ? null : <Badge variant="secondary">{words.disabled}</Badge>}
                        {isPaused(spec) ? <Badge variant="destructive">{words.breaker.paused}</Badge> : null}
                      </span>
                      {isPaused(spec) ? <PausedSpec spec={spec.name} breaker={spec.breaker} /> : null}
                    </TableCell>
                    <TableCell className="max-sm:hidden">
                      <Bar spec={spec} />
                    </TableCell>
                    <Figure spec={spec} count={spec.busy} status="running" />
                    <Figure spec={spec} count={spec.idle} status="running" />
                    <Figure spec={spec} count={spec.pending} status="waiting" />
                    <TableCell className="text-right tabular-nums">{spec.max_concurrency ?? words.unlimited}</TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          )
        }
      </Answered>
    </Section>
  )
}
