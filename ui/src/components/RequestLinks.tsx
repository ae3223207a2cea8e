// Links to requests: to one, and to the list with a filter.
import type { ReactNode } from "react"
import { TextLink } from "@/components/TextLink.tsx"
import type { RequestSearch } from "@/pages/requests/Search.ts"

export function RequestsLink({ filter, children }: { filter: RequestSearch; children: ReactNode }) {
  return (
    <TextLink to="/requests" search={filter}>
      {children}
    </TextLink>
  )
}

export function RequestLink({ id, children, className = "" }: { id: string; children: ReactNode; className?: string }) {
  return (
    <TextLink to="/requests/$id" params={{ id }} className={className}>
      {children}
    </TextLink>
  )
}
