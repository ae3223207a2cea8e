// What stands in the place of an answer: the answer, what loads, or that it failed.
//
// What was there once stays while it cannot be renewed.
import type { UseQueryResult } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { Failed, Loading, NotRenewed } from "@/components/Page.tsx"

/** `warns`: whether it says that it cannot be renewed, where nothing else on the page does. */
export function Answered<T>({
  query,
  rows,
  warns = false,
  children
}: {
  query: UseQueryResult<T>
  rows: number
  warns?: boolean
  children: (data: T) => ReactNode
}) {
  const retry = () => void query.refetch()
  if (query.data === undefined) {
    return query.isError ? <Failed failure={query.error} onRetry={retry} /> : <Loading rows={rows} />
  }
  return (
    <>
      {query.isError && warns ? <NotRenewed failure={query.error} onRetry={retry} /> : null}
      {children(query.data)}
    </>
  )
}
