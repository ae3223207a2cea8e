// A page of requests.
import { ExternalLinkIcon, GitPullRequestIcon } from "lucide-react"
import type { SortKey } from "../../../../src/domain/RequestFilter.ts"
import type { ListedRequestView } from "../../../../src/http/api/RequestsApi.ts"
import { Duration } from "@/components/Duration.tsx"
import { RequestLink } from "@/components/RequestLinks.tsx"
import { SortableHead } from "@/components/SortableHead.tsx"
import { StatusBadge } from "@/components/StatusBadge.tsx"
import { Time, useNow } from "@/components/Time.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Checkbox } from "@/components/ui/checkbox.tsx"
import { cn } from "@/components/ui/cn.ts"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { pullRequestUrl } from "@/pages/requests/GitHubLinks.ts"
import type { RequestOrder } from "@/pages/requests/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.requests

/** Of its columns, what not every screen has room for. */
const looks: Readonly<Partial<Record<keyof typeof words.columns, string>>> = {
  spec: "max-sm:hidden",
  changed: "max-2xl:hidden",
  queue: "max-sm:hidden",
  run: "max-sm:hidden"
}

const at = (time: string | null) => (time === null ? null : Date.parse(time))

/** From being asked for to its runner's taking a job, and from then to its end; what goes on is measured to now. */
const durations = (request: ListedRequestView, now: number) => {
  const ended = at(request.completed_at) ?? at(request.failed_at)
  const taken = at(request.assigned_at)
  return {
    queue: (taken ?? ended ?? now) - Date.parse(request.created_at),
    run: taken === null ? null : (at(request.stopping_at) ?? ended ?? now) - taken
  }
}

function Links({ request }: { request: ListedRequestView }) {
  const pull = pullRequestUrl(request)
  const job = request.job_name ?? request.id
  return (
    <span className="flex">
      {request.github_job_url === null ? null : (
        <Button asChild variant="ghost" size="icon-sm">
          <a href={request.github_job_url} target="_blank" rel="noreferrer" aria-label={words.openJob(job)}>
            <ExternalLinkIcon aria-hidden />
          </a>
        </Button>
      )}
      {pull === null ? null : (
        <Button asChild variant="ghost" size="icon-sm">
          <a href={pull} target="_blank" rel="noreferrer" aria-label={words.openPull(request.pull_request_number ?? 0)}>
            <GitPullRequestIcon aria-hidden />
          </a>
        </Button>
      )}
    </span>
  )
}

function Row({
  request,
  isSelected,
  onSelect
}: {
  request: ListedRequestView
  isSelected: boolean
  onSelect: (selected: boolean) => void
}) {
  const { queue, run } = durations(request, useNow())
  const reason =
    (request.status === "failed" ? (request.error ?? request.failure_reason) : request.waiting?.message) ?? ""
  return (
    <TableRow data-state={isSelected ? "selected" : undefined}>
      <TableCell className="w-8 pr-0">
        <Checkbox
          checked={isSelected}
          onCheckedChange={(checked) => onSelect(checked === true)}
          aria-label={words.select(request.id)}
        />
      </TableCell>
      <TableCell>
        <StatusBadge status={request.status} />
      </TableCell>
      <TableCell className="min-w-36 sm:min-w-48">
        <RequestLink id={request.id}>{request.job_name ?? request.id}</RequestLink>
        <div className="text-xs text-muted-foreground">
          {request.repository_full_name}
          {request.workflow_name === null ? null : ` · ${request.workflow_name}`}
        </div>
      </TableCell>
      <TableCell className={cn("whitespace-nowrap", looks.spec)}>{request.runner_spec_name}</TableCell>
      <TableCell className="w-2/5 min-w-64">
        <span className="line-clamp-3 break-words text-muted-foreground" title={reason}>
          {reason}
        </span>
      </TableCell>
      <TableCell>
        <Time at={request.created_at} />
      </TableCell>
      <TableCell className={looks.changed}>
        <Time at={request.updated_at} />
      </TableCell>
      <TableCell>
        <Time at={request.completed_at ?? request.failed_at} />
      </TableCell>
      <TableCell className={looks.queue}>
        <Duration millis={queue} />
      </TableCell>
      <TableCell className={looks.run}>
        <Duration millis={run} />
      </TableCell>
      <TableCell>
        <Links request={request} />
      </TableCell>
    </TableRow>
  )
}

const sortable: Readonly<Partial<Record<keyof typeof words.columns, SortKey>>> = {
  status: "status",
  age: "created_at",
  changed: "updated_at",
  ended: "finished_at"
}

/** Statuses come by the alphabet, times from the newest. */
const orderOf = (key: SortKey) => (key === "status" ? "asc" : "desc")

function Heads({ order, onOrder }: { order: RequestOrder; onOrder: (order: RequestOrder) => void }) {
  const { sort: by = "created_at" } = order
  const way = order.order ?? orderOf(by)
  const sortBy = (key: SortKey) =>
    onOrder(
      key !== by ? (key === "created_at" ? {} : { sort: key }) : { sort: key, order: way === "asc" ? "desc" : "asc" }
    )
  return Object.entries(words.columns).map(([name, title]) => {
    const column = name as keyof typeof words.columns
    const key = sortable[column]
    if (key === undefined)
      return (
        <TableHead key={column} className={looks[column]}>
          {title}
        </TableHead>
      )
    return (
      <SortableHead
        key={column}
        title={title}
        sorted={key === by ? way : undefined}
        onSort={() => sortBy(key)}
        className={looks[column]}
      />
    )
  })
}

export function RequestTable({
  requests,
  selected,
  order,
  onSelect,
  onOrder
}: {
  requests: ReadonlyArray<ListedRequestView>
  selected: ReadonlySet<string>
  order: RequestOrder
  onOrder: (order: RequestOrder) => void
  onSelect: (selected: ReadonlySet<string>) => void
}) {
  const all = requests.every(({ id }) => selected.has(id))
  return (
    <Table>
      <TableHeader>
        <TableRow>
          <TableHead className="w-8 pr-0">
            <Checkbox
              checked={all}
              onCheckedChange={() => onSelect(new Set(all ? [] : requests.map(({ id }) => id)))}
              aria-label={words.selectAll}
            />
          </TableHead>
          <Heads order={order} onOrder={onOrder} />
        </TableRow>
      </TableHeader>
      <TableBody>
        {requests.map((request) => (
          <Row
            key={request.id}
            request={request}
            isSelected={selected.has(request.id)}
            onSelect={(isSelected) => {
              const changed = new Set(selected)
              if (isSelected) changed.add(request.id)
              else changed.delete(request.id)
              onSelect(changed)
            }}
          />
        ))}
      </TableBody>
    </Table>
  )
}
