// Links to requests: to one, and to the list with a filter.
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import type { RunnerRequestView } from "../../../src/http/api/RequestsApi.ts"

const look =
  "rounded-sm text-primary underline-offset-4 outline-none hover:underline focus-visible:ring-[3px] focus-visible:ring-ring/50"

export interface ListFilter {
  readonly status?: ReadonlyArray<RunnerRequestView["status"]>
  readonly waiting?: boolean
  readonly spec?: string
  readonly created_after?: string
}

export function RequestsLink({
  filter,
  children,
  className
}: {
  filter: ListFilter
  children: ReactNode
  className?: string
}) {
  return (
    <Link to="/requests" search={filter as never} className={className ?? look}>
      {children}
    </Link>
  )
}

export function RequestLink({ id, children, className }: { id: string; children: ReactNode; className?: string }) {
  return (
    <Link to={`/requests/${encodeURIComponent(id)}` as never} className={className ?? look}>
      {children}
    </Link>
  )
}
