// A part of the overview: its title, a way to more of it, and what stands there while it loads or when it cannot.
import type { UseQueryResult } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { Failed, Loading } from "@/components/Page.tsx"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card.tsx"

export function Section({
  title,
  more,
  children,
  className
}: {
  title: string
  more?: ReactNode
  children: ReactNode
  className?: string
}) {
  return (
    <Card className={className} role="region" aria-label={title}>
      <CardHeader>
        <CardTitle>{title}</CardTitle>
        {more}
      </CardHeader>
      <CardContent>{children}</CardContent>
    </Card>
  )
}

export function Answered<T>({
  query,
  rows,
  children
}: {
  query: UseQueryResult<T>
  rows: number
  children: (data: T) => ReactNode
}) {
  // What was there once stays while it cannot be renewed; the health says that it cannot.
  if (query.data !== undefined) return children(query.data)
  return query.isError ? <Failed failure={query.error} onRetry={() => void query.refetch()} /> : <Loading rows={rows} />
}
