// The list of requests: filtered, searched, sorted and paged by the service, live without moving what is being looked at.
import { useNavigate, useSearch } from "@tanstack/react-router"
import { useState } from "react"
import { Answered } from "@/components/Answered.tsx"
import { LiveBadge } from "@/components/LiveBadge.tsx"
import { Empty, PageHeader } from "@/components/Page.tsx"
import { Paging } from "@/components/Paging.tsx"
import { Button } from "@/components/ui/button.tsx"
import { perPage, useLiveList } from "@/pages/requests/LiveList.ts"
import { RequestActions } from "@/pages/requests/RequestActions.tsx"
import { RequestFilterBar } from "@/pages/requests/RequestFilterBar.tsx"
import { RequestTable } from "@/pages/requests/RequestTable.tsx"
import type { RequestSearch } from "@/pages/requests/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.requests

interface Selection {
  readonly search: RequestSearch
  readonly ids: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()

export function Requests() {
  const search = useSearch({ from: "/requests" })
  const navigate = useNavigate({ from: "/requests" })
  const [selection, setSelection] = useState<Selection>({ search, ids: none })
  // A selection is of the rows that were seen, not of another page.
  const selected = selection.search === search ? selection.ids : none
  const setSelected = (ids: ReadonlySet<string>) => setSelection({ search, ids })
  const { page = 1, sort, order, ...filter } = search
  const { list, live, news, refresh } = useLiveList(search)
  /** Another filter or order begins at the first page again. */
  const go = (to: RequestSearch) => void navigate({ search: to })
  const requests = list.data?.body ?? []
  return (
    <>
      <PageHeader title={words.title} description={words.description} actions={<LiveBadge state={live} />} />
      <RequestFilterBar
        filter={filter}
        order={{ sort, order }}
        onFilter={(changed) => go({ ...changed, sort, order })}
        onOrder={(changed) => go({ ...filter, ...changed })}
      />
      <div className="not-empty:mb-3">
        <RequestActions
          requests={requests.filter(({ id }) => selected.has(id))}
          onDone={() => {
            setSelected(none)
            refresh()
          }}
        />
      </div>
      {news === 0 ? null : (
        <Button variant="secondary" size="sm" className="mb-3" onClick={refresh}>
          {words.news(news)}
        </Button>
      )}
      <Answered query={list} rows={10} warns>
        {({ headers }) => {
          const total = Number(headers.get("x-total-count"))
          return requests.length === 0 && page === 1 ? (
            <Empty>{Object.keys(filter).length === 0 ? words.empty : words.emptyFiltered}</Empty>
          ) : (
            <>
              {requests.length === 0 ? null : (
                <RequestTable
                  requests={requests}
                  selected={selected}
                  order={{ sort, order }}
                  onSelect={setSelected}
                  onOrder={(changed) => go({ ...filter, ...changed })}
                />
              )}
              <Paging
                page={page}
                rows={requests.length}
                perPage={perPage}
                total={headers.get("x-total-count-exact") === "false" ? words.atLeast(total) : String(total)}
                hasMore={headers.get("link")?.includes('rel="next"') ?? false}
                onPage={(to) => go({ ...filter, sort, order, ...(to > 1 ? { page: to } : {}) })}
              />
            </>
          )
        }}
      </Answered>
    </>
  )
}
