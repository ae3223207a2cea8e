// Links to requests: to one, and to the list with a filter.
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { RequestSearch } from "@/pages/requests/Search.ts"

const look =
  "rounded-sm text-primary underline-offset-4 outline-none hover:underline focus-visible:ring-[3px] focus-visible:ring-ring/50"

export function RequestsLink({
  filter,
  children,
  className = look
}: {
  filter: RequestSearch
  children: ReactNode
  className?: string
}) {
  return (
    <Link to="/requests" search={filter} className={className}>
      {children}
    </Link>
  )
}

export function RequestLink({
  id,
  children,
  className = look
}: {
  id: string
  children: ReactNode
  className?: string
}) {
  return (
    <Link to="/requests/$id" params={{ id }} className={className}>
      {children}
    </Link>
  )
}
