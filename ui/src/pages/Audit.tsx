// Who did what by the API, and how it was before and after.
import { keepPreviousData, useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { ChevronRightIcon } from "lucide-react"
import { Fragment, useState } from "react"
import type { AuditAction } from "../../../src/domain/AuditEvent.ts"
import type { AuditEventView } from "../../../src/http/api/AuditApi.ts"
import { call } from "@/api/Client.ts"
import { Answered } from "@/components/Answered.tsx"
import { changesBetween, FieldDiff } from "@/components/FieldDiff.tsx"
import { Filters, FilterSelect, FilterText } from "@/components/Filters.tsx"
import { Empty, PageHeader } from "@/components/Page.tsx"
import { Paging } from "@/components/Paging.tsx"
import { RequestLink } from "@/components/RequestLinks.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import type { AuditSearch } from "@/pages/audit/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.audit
const perPage = 50

const actions: Record<AuditAction, string> = {
  "runner.create": "runner.create",
  "runner.stop": "runner.stop",
  "runner.retry": "runner.retry",
  "runner_spec.create": "runner_spec.create",
  "runner_spec.update": "runner_spec.update",
  "runner_spec.delete": "runner_spec.delete",
  "runner_spec.resume": "runner_spec.resume",
  "runner_group.create": "runner_group.create",
  "runner_group.update": "runner_group.update",
  "runner_group.delete": "runner_group.delete",
  "repository_policy.create": "repository_policy.create",
  "repository_policy.update": "repository_policy.update",
  "repository_policy.delete": "repository_policy.delete"
}
const types: Readonly<Record<string, string>> = words.types

/** The change in few words; which fields, when some differ. */
const summaryOf = ({ after, before }: AuditEventView): string => {
  if (before === null) return after === null ? words.unchanged : words.created
  if (after === null) return words.deleted
  const fields = changesBetween(before, after).changes.map(({ field }) => field)
  return fields.length === 0 ? words.unchanged : fields.join(", ")
}

function Resource({ type, id }: { type: string; id: string }) {
  switch (type) {
    case "runner_request":
      return <RequestLink id={id}>{id}</RequestLink>
    case "runner_spec":
    case "runner_group":
      return (
        <TextLink
          to={type === "runner_spec" ? "/specs/$name" : "/groups/$name"}
          params={{ name: id }}
          className="underline"
        >
          {id}
        </TextLink>
      )
    case "repository_policy":
      return (
        <TextLink to="/policies/$id" params={{ id }} className="underline">
          {id}
        </TextLink>
      )
    default:
      return id
  }
}

function Event({ event }: { event: AuditEventView }) {
  const [open, setOpen] = useState(false)
  return (
    <Fragment>
      <TableRow>
        <TableCell className="w-8 pr-0">
          <Button
            variant="ghost"
            size="icon-sm"
            aria-expanded={open}
            aria-label={open ? words.hide(event.id) : words.show(event.id)}
            onClick={() => setOpen(!open)}
          >
            <ChevronRightIcon className={open ? "rotate-90" : ""} aria-hidden />
          </Button>
        </TableCell>
        <TableCell>
          <Time at={event.created_at} />
        </TableCell>
        <TableCell>{event.actor}</TableCell>
        <TableCell className="font-mono text-xs">{event.action}</TableCell>
        <TableCell className="whitespace-nowrap">
          <span className="text-muted-foreground">{types[event.resource_type] ?? event.resource_type}</span>{" "}
          <Resource type={event.resource_type} id={event.resource_id} />
        </TableCell>
        <TableCell className="max-w-64 truncate text-muted-foreground">{summaryOf(event)}</TableCell>
      </TableRow>
      {open ? (
        <TableRow className="hover:bg-transparent">
          <TableCell colSpan={6} className="bg-muted/30 p-3 pl-11">
            <FieldDiff before={event.before} after={event.after} />
          </TableCell>
        </TableRow>
      ) : null}
    </Fragment>
  )
}

function Events({ events }: { events: ReadonlyArray<AuditEventView> }) {
  return (
    <Table>
      <TableHeader>
        <TableRow>
          <TableHead>
            <span className="sr-only">{words.columns.change}</span>
          </TableHead>
          {Object.entries(words.columns).map(([key, title]) => (
            <TableHead key={key}>{title}</TableHead>
          ))}
        </TableRow>
      </TableHeader>
      <TableBody>
        {events.map((event) => (
          <Event key={event.id} event={event} />
        ))}
      </TableBody>
    </Table>
  )
}

export function Audit() {
  const search = useSearch({ from: "/audit" })
  const navigate = useNavigate({ from: "/audit" })
  const { page = 1, ...filter } = search
  const isFiltered = Object.keys(filter).length > 0
  const list = useQuery({
    queryKey: ["audit", search],
    queryFn: ({ signal }) =>
      call("GET /audit-events", {
        query: {
          limit: perPage,
          offset: (page - 1) * perPage,
          ...(filter.actor === undefined ? {} : { actor: filter.actor }),
          ...(filter.action === undefined ? {} : { action: filter.action }),
          ...(filter.type === undefined ? {} : { resource_type: filter.type }),
          ...(filter.resource === undefined ? {} : { resource_id: filter.resource })
        },
        signal
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000
  })
  const filterBy = (change: AuditSearch) => void navigate({ search: { ...filter, ...change } })
  return (
    <>
      <PageHeader title={words.title} description={words.description} />
      <Filters onClear={isFiltered ? () => void navigate({ search: {} }) : undefined}>
        <FilterText label={words.filters.actor} value={filter.actor} onChange={(actor) => filterBy({ actor })} />
        <FilterSelect
          label={words.filters.action}
          value={filter.action}
          options={actions}
          onChange={(action) => filterBy({ action })}
        />
        <FilterSelect
          label={words.filters.type}
          value={filter.type}
          options={words.types}
          onChange={(type) => filterBy({ type })}
        />
        <FilterText
          label={words.filters.resource}
          value={filter.resource}
          onChange={(resource) => filterBy({ resource })}
        />
      </Filters>
      <Answered query={list} rows={10} warns>
        {({ body, headers }) => {
          const total = Number(headers.get("x-total-count"))
          return body.length === 0 && page === 1 ? (
            <Empty>{isFiltered ? words.emptyFiltered : words.empty}</Empty>
          ) : (
            <>
              {body.length === 0 ? null : <Events events={body} />}
              <Paging
                page={page}
                rows={body.length}
                perPage={perPage}
                total={String(total)}
                hasMore={page * perPage < total}
                onPage={(to) => void navigate({ search: { ...filter, ...(to > 1 ? { page: to } : {}) } })}
              />
            </>
          )
        }}
      </Answered>
    </>
  )
}
