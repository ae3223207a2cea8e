// Nodes, limits, loops and the work that is held.
import type { ReactNode } from "react"
import type { DiagnosticsView } from "../../../../src/http/api/DiagnosticsApi.ts"
import { Facts } from "@/components/Facts.tsx"
import { Empty } from "@/components/Page.tsx"
import { Section } from "@/components/Section.tsx"
import { StatusBadge } from "@/components/StatusBadge.tsx"
import { Time } from "@/components/Time.tsx"
import { Badge } from "@/components/ui/badge.tsx"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { text } from "@/text/Text.ts"

const words = text.diagnostics

function Rows({ columns, children }: { columns: Readonly<Record<string, string>>; children: ReactNode }) {
  return (
    <Table>
      <TableHeader>
        <TableRow>
          {Object.entries(columns).map(([key, title]) => (
            <TableHead key={key}>{title}</TableHead>
          ))}
        </TableRow>
      </TableHeader>
      <TableBody>{children}</TableBody>
    </Table>
  )
}

export function Nodes({ state: { nodes } }: { state: DiagnosticsView }) {
  const names = words.nodes
  return (
    <Section title={names.title}>
      <Rows columns={names.columns}>
        {nodes.map((node) => (
          <TableRow key={node.node}>
            <TableCell className="font-mono text-xs">{node.node}</TableCell>
            <TableCell>{node.host}</TableCell>
            <TableCell className="tabular-nums">{node.pid}</TableCell>
            <TableCell>
              <Time at={node.started_at} />
            </TableCell>
            <TableCell>
              <Time at={node.heartbeat_at} />
            </TableCell>
            <TableCell>
              <span className="flex gap-1">
                <Badge variant={node.alive ? "success" : "destructive"}>{node.alive ? names.alive : names.gone}</Badge>
                {node.leads ? <Badge variant="info">{names.leads}</Badge> : null}
                {node.answers ? <Badge variant="secondary">{names.answers}</Badge> : null}
              </span>
            </TableCell>
          </TableRow>
        ))}
      </Rows>
    </Section>
  )
}

export function Limits({ state: { limits, pacing } }: { state: DiagnosticsView }) {
  const names = words.limits
  return (
    <Section title={names.title}>
      <div className="grid gap-4">
        {limits.length === 0 ? (
          <p className="text-muted-foreground">{names.empty}</p>
        ) : (
          <Rows columns={names.columns}>
            {limits.map((limit) => (
              <TableRow key={limit.scope}>
                <TableCell>{limit.scope}</TableCell>
                <TableCell>
                  <Time at={limit.no_calls_until} />
                </TableCell>
                <TableCell>
                  <Time at={limit.no_runners_until} />
                </TableCell>
                <TableCell className="min-w-48">{limit.message ?? limit.code}</TableCell>
                <TableCell className="tabular-nums">{limit.refusals}</TableCell>
              </TableRow>
            ))}
          </Rows>
        )}
        {pacing === null ? null : (
          <Facts
            rows={[
              [names.pace, pacing.creates_per_second ?? names.unlimited],
              [names.now, pacing.creates_now ?? names.unlimited],
              [names.ceiling, pacing.e2b_ceiling],
              ...pacing.github.map(
                (account) =>
                  [names.points(account.scope), names.ofPoints(account.points_spent, account.points_allowed)] as const
              )
            ]}
          />
        )}
      </div>
    </Section>
  )
}

export function Loops({ state: { loops } }: { state: DiagnosticsView }) {
  const names = words.loops
  return (
    <Section title={names.title}>
      <Rows columns={names.columns}>
        {loops.map((loop) => (
          <TableRow key={loop.name}>
            <TableCell className="whitespace-nowrap">{loop.name}</TableCell>
            <TableCell>
              <Time at={loop.began_at} />
            </TableCell>
            <TableCell>
              <Time at={loop.ended_at} />
            </TableCell>
            <TableCell className="tabular-nums">{loop.turns}</TableCell>
            <TableCell className={`tabular-nums ${loop.failures > 0 ? "text-destructive" : ""}`}>
              {loop.failures}
            </TableCell>
            <TableCell>
              <Time at={loop.failed_at} />
            </TableCell>
          </TableRow>
        ))}
      </Rows>
    </Section>
  )
}

export function Work({ state: { work } }: { state: DiagnosticsView }) {
  const names = words.work
  return (
    <Section title={names.title}>
      {work.length === 0 ? (
        <Empty>{names.empty}</Empty>
      ) : (
        <Rows columns={names.columns}>
          {work.map((held) => (
            <TableRow key={`${held.node} ${held.status} ${held.stage}`}>
              <TableCell className="font-mono text-xs">{held.node}</TableCell>
              <TableCell>
                <StatusBadge status={held.status} />
              </TableCell>
              <TableCell>{held.stage}</TableCell>
              <TableCell className="tabular-nums">{held.requests}</TableCell>
            </TableRow>
          ))}
        </Rows>
      )}
    </Section>
  )
}
