// A few requests, each with when, and what is to be said of it.
import type { ReactNode } from "react"
import type { ListedRequestView } from "../../../../src/http/api/RequestsApi.ts"
import { Empty } from "@/components/Page.tsx"
import { RequestLink } from "@/components/RequestLinks.tsx"
import { Time } from "@/components/Time.tsx"

export function RequestItems({
  requests,
  empty,
  at,
  children
}: {
  requests: ReadonlyArray<ListedRequestView>
  empty: string
  at: (request: ListedRequestView) => string | null
  children: (request: ListedRequestView) => ReactNode
}) {
  if (requests.length === 0) return <Empty>{empty}</Empty>
  return (
    <ul className="grid gap-3">
      {requests.map((request) => (
        <li key={request.id}>
          <div className="flex flex-wrap items-baseline justify-between gap-x-3">
            <RequestLink id={request.id} className="min-w-0 truncate font-medium text-foreground">
              {request.repository_full_name} · {request.job_name ?? request.id}
            </RequestLink>
            <Time at={at(request)} />
          </div>
          {children(request)}
        </li>
      ))}
    </ul>
  )
}
