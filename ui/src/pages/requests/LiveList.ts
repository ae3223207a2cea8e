// The list as it is asked for, kept up to date by the stream of its changes without moving what is being looked at.
//
// Rows that are shown change where they are. Whatever else is new or has changed is only counted, until it is asked for;
// an empty list fills by itself.
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import type { ListedRequestView } from "../../../../src/http/api/RequestsApi.ts"
import { type Answer, call } from "@/api/Client.ts"
import { useLive } from "@/api/Live.ts"
import { requestQuery, type RequestSearch } from "@/pages/requests/Search.ts"

export const perPage = 50

type Listed = Answer<ReadonlyArray<ListedRequestView>>

export const useLiveList = (search: RequestSearch) => {
  const queries = useQueryClient()
  const { page = 1, ...filter } = search
  const key = ["requests", "list", search]
  const [news, setNews] = useState<ReadonlySet<string>>(new Set())
  const list = useQuery({
    queryKey: key,
    queryFn: async ({ signal }): Promise<Listed> => {
      const answer = await call("GET /runner_requests", {
        query: { ...requestQuery(filter), limit: perPage, offset: (page - 1) * perPage },
        signal
      })
      setNews(new Set())
      return answer
    },
    placeholderData: keepPreviousData
  })
  const isShown = (id: string) => queries.getQueryData<Listed>(key)?.body.some((request) => request.id === id) ?? false
  const isEmpty = () => queries.getQueryData<Listed>(key)?.body.length === 0
  const refresh = () => void queries.invalidateQueries({ queryKey: key })
  const count = (id: string) => {
    if (isEmpty()) refresh()
    else setNews((known) => (known.has(id) ? known : new Set(known).add(id)))
  }
  const apply = (changed: ListedRequestView) => {
    if (!isShown(changed.id)) return count(changed.id)
    queries.setQueryData<Listed>(key, (listed) =>
      listed === undefined
        ? listed
        : { ...listed, body: listed.body.map((request) => (request.id === changed.id ? changed : request)) }
    )
  }
  const live = useLive({
    route: "GET /runner_requests/stream",
    query: requestQuery(filter),
    onEvent: (name, data) => {
      if (name === "request") apply(data as ListedRequestView)
      else if (name === "left") count((data as { readonly id: string }).id)
      // Connected, or too much to be told: what came before is in the list.
      else if (name === "ready" || name === "reset") refresh()
    }
  })
  return { list, live, news: news.size, refresh }
}
