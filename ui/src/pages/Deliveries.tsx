// What arrived, by which path, and what became of it.
//
// Gotcha: with a filter the service looks through so many deliveries at a time, so a page may be short, or empty, and there
// is still more.
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import type { DeliveryView } from "../../../src/http/api/DeliveriesApi.ts"
import { call } from "@/api/Client.ts"
import { Answered } from "@/components/Answered.tsx"
import { Filters, FilterSelect, FilterText } from "@/components/Filters.tsx"
import { Empty, PageHeader } from "@/components/Page.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { Badge } from "@/components/ui/badge.tsx"
import { Button } from "@/components/ui/button.tsx"
import { cn } from "@/components/ui/cn.ts"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { JobOfDelivery } from "@/pages/deliveries/JobOfDelivery.tsx"
import { OutcomeBadge } from "@/pages/deliveries/OutcomeBadge.tsx"
import type { DeliverySearch } from "@/pages/deliveries/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.deliveries
const events = { workflow_job: "workflow_job", workflow_run: "workflow_run" } as const

const isPath = (path: string | undefined): path is keyof typeof words.paths =>
  path !== undefined && Object.hasOwn(words.paths, path)

const asked = ({ before, event, guid, job, outcome, path, repository }: DeliverySearch) => ({
  limit: 50,
  ...(before === undefined ? {} : { before: Number(before) }),
  ...(event === undefined ? {} : { event }),
  ...(guid === undefined ? {} : { guid }),
  ...(job === undefined ? {} : { workflow_job_id: Number(job) }),
  ...(outcome === undefined ? {} : { outcome }),
  ...(isPath(path) ? { path } : {}),
  ...(repository === undefined ? {} : { repository })
})

/** What a narrow screen has no room for; each delivery's own page says it. */
const looks: Readonly<Record<string, string>> = {
  repository: "max-sm:hidden",
  job: "max-sm:hidden",
  path: "max-sm:hidden"
}

const nextOf = (headers: Headers) => /[?&]before=(\d+)[^>]*>; rel="next"/.exec(headers.get("link") ?? "")?.[1]

function Rows({ deliveries }: { deliveries: ReadonlyArray<DeliveryView> }) {
  return (
    <Table>
      <TableHeader>
        <TableRow>
          {Object.entries(words.columns).map(([key, title]) => (
            <TableHead key={key} className={looks[key]}>
              {title}
            </TableHead>
          ))}
        </TableRow>
      </TableHeader>
      <TableBody>
        {deliveries.map((delivery) => (
          <TableRow key={delivery.id}>
            <TableCell>
              <TextLink to="/deliveries/$id" params={{ id: String(delivery.id) }}>
                <Time at={delivery.received_at} />
              </TextLink>
            </TableCell>
            <TableCell className="whitespace-nowrap">
              {delivery.event}
              {delivery.action === null ? null : <span className="text-muted-foreground"> · {delivery.action}</span>}
            </TableCell>
            <TableCell className={looks["repository"]}>{delivery.repository_full_name}</TableCell>
            <TableCell className={cn("font-mono text-xs", looks["job"])}>
              {delivery.workflow_job_id === null ? null : (
                <JobOfDelivery outcome={delivery.outcome} jobId={delivery.workflow_job_id} />
              )}
            </TableCell>
            <TableCell className={looks["path"]}>
              <span className="flex items-center gap-1.5">
                {delivery.path}
                {delivery.times_received > 1 ? (
                  <Badge variant="secondary">{words.times(delivery.times_received)}</Badge>
                ) : null}
              </span>
            </TableCell>
            <TableCell>
              <OutcomeBadge outcome={delivery.outcome} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  )
}

export function Deliveries() {
  const search = useSearch({ from: "/deliveries" })
  const navigate = useNavigate({ from: "/deliveries" })
  const { before, ...filter } = search
  const isFiltered = Object.keys(filter).length > 0
  const list = useQuery({
    queryKey: ["deliveries", search],
    queryFn: ({ signal }) => call("GET /webhook_deliveries", { query: asked(search), signal }),
    refetchInterval: before === undefined ? 5000 : false
  })
  /** Another filter begins at the newest again. */
  const filterBy = (change: DeliverySearch) => void navigate({ search: { ...filter, ...change } })
  const next = list.data === undefined ? undefined : nextOf(list.data.headers)
  return (
    <>
      <PageHeader title={words.title} description={words.description} />
      <Filters onClear={isFiltered ? () => void navigate({ search: {} }) : undefined}>
        <FilterSelect
          label={words.filters.path}
          value={filter.path}
          options={words.paths}
          onChange={(path) => filterBy({ path })}
        />
        <FilterSelect
          label={words.filters.event}
          value={filter.event}
          options={events}
          onChange={(event) => filterBy({ event })}
        />
        <FilterSelect
          label={words.filters.outcome}
          value={filter.outcome}
          options={words.outcomes}
          onChange={(outcome) => filterBy({ outcome })}
        />
        <FilterText
          label={words.filters.repository}
          hint={words.filters.repositoryHint}
          value={filter.repository}
          onChange={(repository) => filterBy({ repository })}
        />
        <FilterText label={words.filters.job} value={filter.job} onChange={(job) => filterBy({ job })} />
        <FilterText label={words.filters.guid} value={filter.guid} onChange={(guid) => filterBy({ guid })} />
      </Filters>
      <Answered query={list} rows={10} warns>
        {({ body }) =>
          body.length === 0 ? (
            <Empty>{isFiltered || before !== undefined ? words.emptyFiltered : words.empty}</Empty>
          ) : (
            <Rows deliveries={body} />
          )
        }
      </Answered>
      <div className="mt-3 flex gap-2">
        {before === undefined ? null : (
          <Button variant="outline" size="sm" onClick={() => void navigate({ search: filter })}>
            {words.newest}
          </Button>
        )}
        {next === undefined ? null : (
          <Button variant="outline" size="sm" onClick={() => void navigate({ search: { ...filter, before: next } })}>
            {isFiltered ? words.lookFurther : words.older}
          </Button>
        )}
      </div>
    </>
  )
}
