// The list as it is asked for, kept up to date by the stream of its changes without moving what is being looked at.
//
// Rows that are shown change where they are. Whatever else is new or has changed is only counted, until it is asked for;
// an empty list fills by itself.
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query"
import { useMemo, useRef, useState } from "react"
import type { ListedRequestView } from "../../../../src/http/api/RequestsApi.ts"
import { type Answer, call } from "@/api/Client.ts"
import { useLive } from "@/api/Live.ts"
import { filterQuery, type RequestSearch } from "@/pages/requests/Search.ts"

export const perPage = 50

type Listed = Answer<ReadonlyArray<ListedRequestView>>

const newer = (read: ListedRequestView, told: ListedRequestView | undefined) =>
  told !== undefined && told.updated_at >= read.updated_at ? told : read

export const useLiveList = (search: RequestSearch) => {
  const queries = useQueryClient()
  const { page = 1, sort, order, ...filter } = search
  const key = ["requests", "list", search]
  const [news, setNews] = useState<ReadonlySet<string>>(new Set())
  // What was told since the list was asked for, which its answer may not know yet.
  const told = useRef(new Map<string, ListedRequestView>())
  const list = useQuery({
    queryKey: key,
    queryFn: async ({ signal }): Promise<Listed> => {
      const since = new Map<string, ListedRequestView>()
      told.current = since
      const answer = await call("GET /runner_requests", {
        query: {
          ...filterQuery(filter, Date.now()),
          ...(sort === undefined ? {} : { sort }),
          ...(order === undefined ? {} : { order }),
          limit: perPage,
          offset: (page - 1) * perPage
        },
        signal
      })
      const body = answer.body.map((request) => newer(request, since.get(request.id)))
      for (const { id } of body) since.delete(id)
      setNews(new Set(since.keys()))
      return { ...answer, body }
    },
    placeholderData: keepPreviousData
  })
  const shown = () => queries.getQueryData<Listed>(key)?.body
  const isShown = (id: string) => shown()?.some((request) => request.id === id) ?? false
  const count = (id: string) => setNews((known) => (known.has(id) ? known : new Set(known).add(id)))
  // A list that is being asked for was asked before what is to be seen now.
  const refresh = () =>
    void queries.cancelQueries({ queryKey: key }).then(() => queries.invalidateQueries({ queryKey: key }))
  const apply = (changed: ListedRequestView) => {
    const isAsked = queries.isFetching({ queryKey: key }) > 0
    if (isAsked) told.current.set(changed.id, changed)
    if (isShown(changed.id)) {
      queries.setQueryData<Listed>(key, (listed) =>
        listed === undefined
          ? listed
          : { ...listed, body: listed.body.map((request) => (request.id === changed.id ? changed : request)) }
      )
    } else if (shown()?.length !== 0) count(changed.id)
    else if (!isAsked) refresh()
  }
  /** Told of whatever changes outside this list as well: only what is in it is news. */
  const left = (id: string) => {
    if (isShown(id)) count(id)
  }
  // Told of a span as it was when the page was opened: another address would begin the stream anew.
  const followed = useMemo(() => filterQuery(search, Date.now()), [search])
  const live = useLive({
    route: "GET /runner_requests/stream",
    query: followed,
    onEvent: (name, data) => {
      if (name === "request") apply(data as ListedRequestView)
      else if (name === "left") left((data as { readonly id: string }).id)
      // Connected, or too much to be told: what came before is in the list.
      else if (name === "ready" || name === "reset") refresh()
    }
  })
  return { list, live, news: news.size, refresh }
}
