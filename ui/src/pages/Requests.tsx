// The list of requests: filtered, searched and paged by the service, live without moving what is being looked at.
import { useNavigate, useSearch } from "@tanstack/react-router"
import { useState } from "react"
import { Filters, FilterSelect, FilterText } from "@/components/Filters.tsx"
import { LiveBadge } from "@/components/LiveBadge.tsx"
import { Empty, Failed, Loading, PageHeader } from "@/components/Page.tsx"
import { Button } from "@/components/ui/button.tsx"
import { RequestActions } from "@/pages/requests/RequestActions.tsx"
import { RequestTable } from "@/pages/requests/RequestTable.tsx"
import { perPage, useLiveList } from "@/pages/requests/LiveList.ts"
import type { RequestFilters, RequestSearch } from "@/pages/requests/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.requests
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })

interface Selection {
  readonly search: RequestSearch
  readonly ids: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()

function FilterBar({ filter, onFilter }: { filter: RequestFilters; onFilter: (filter: RequestFilters) => void }) {
  const change = (part: RequestFilters) => onFilter({ ...filter, ...part })
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  const since = filter.created_after
  return (
    <Filters onClear={isFiltered ? () => onFilter({}) : undefined}>
      <FilterSelect
        label={words.filters.status}
        value={filter.status}
        options={words.statuses}
        onChange={(status) => change({ status })}
      />
      <FilterText
        label={words.filters.search}
        hint={words.filters.searchHint}
        value={filter.q}
        onChange={(q) => change({ q })}
      />
      <FilterText
        label={words.filters.repository}
        hint={words.filters.repositoryHint}
        value={filter.repository}
        onChange={(repository) => change({ repository })}
      />
      <FilterText label={words.filters.spec} value={filter.spec} onChange={(spec) => change({ spec })} />
      <FilterText
        label={words.filters.workflow}
        value={filter.workflow}
        onChange={(workflow) => change({ workflow })}
      />
      <FilterText
        label={words.filters.reason}
        value={filter.failure_reason}
        onChange={(failure_reason) => change({ failure_reason })}
      />
      {since === undefined ? null : (
        <Button variant="secondary" size="sm" onClick={() => change({ created_after: undefined })}>
          {words.filters.since(Number.isNaN(Date.parse(since)) ? since : exact.format(Date.parse(since)))}
        </Button>
      )}
    </Filters>
  )
}

export function Requests() {
  const search = useSearch({ from: "/requests" })
  const navigate = useNavigate({ from: "/requests" })
  const [selection, setSelection] = useState<Selection>({ search, ids: none })
  // A selection is of the rows that were seen, not of another page.
  const selected = selection.search === search ? selection.ids : none
  const setSelected = (ids: ReadonlySet<string>) => setSelection({ search, ids })
  const { page = 1, ...filter } = search
  const { list, live, news, refresh } = useLiveList(search)
  const goTo = (to: number) => void navigate({ search: { ...filter, ...(to > 1 ? { page: to } : {}) } })
  const requests = list.data?.body ?? []
  const total = Number(list.data?.headers.get("x-total-count") ?? 0)
  const shownTotal = list.data?.headers.get("x-total-count-exact") === "false" ? words.atLeast(total) : String(total)
  const from = (page - 1) * perPage + 1
  const hasMore = list.data?.headers.get("link")?.includes('rel="next"') ?? false
  return (
    <>
      <PageHeader title={words.title} description={words.description} actions={<LiveBadge state={live} />} />
      <FilterBar filter={filter} onFilter={(changed) => void navigate({ search: changed })} />
      <RequestActions
        requests={requests.filter(({ id }) => selected.has(id))}
        onDone={() => {
          setSelected(none)
          refresh()
        }}
      />
      {news === 0 ? null : (
        <Button variant="secondary" size="sm" className="mb-3" onClick={refresh}>
          {words.news(news)}
        </Button>
      )}
      {list.isPending ? (
        <Loading rows={10} />
      ) : list.data === undefined ? (
        <Failed failure={list.error} onRetry={() => void list.refetch()} />
      ) : requests.length === 0 ? (
        <Empty>{Object.keys(search).length === 0 ? words.empty : words.emptyFiltered}</Empty>
      ) : (
        <>
          <RequestTable requests={requests} selected={selected} onSelect={setSelected} />
          <div className="mt-3 flex items-center gap-2">
            <span className="text-muted-foreground">{words.page(from, from + requests.length - 1, shownTotal)}</span>
            <Button variant="outline" size="sm" disabled={page === 1} onClick={() => goTo(page - 1)}>
              {words.newer}
            </Button>
            <Button variant="outline" size="sm" disabled={!hasMore} onClick={() => goTo(page + 1)}>
              {words.older}
            </Button>
          </div>
        </>
      )}
    </>
  )
}
