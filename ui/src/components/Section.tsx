// A part of a page: its title, a way to more of it, and what it holds.
import type { ReactNode } from "react"
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
