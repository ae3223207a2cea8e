// The head of a page, and what stands in a page's place while it loads, when it failed, and when there is nothing.
import { CircleAlertIcon, InboxIcon } from "lucide-react"
import { type ReactNode, useEffect } from "react"
import type { Failure } from "@/api/Failure.ts"
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Skeleton } from "@/components/ui/skeleton.tsx"
import { text } from "@/text/Text.ts"

export function PageHeader({
  title,
  description,
  actions
}: {
  title: string
  description?: string
  actions?: ReactNode
}) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`
  }, [title])
  return (
    <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
      <div>
        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
        {description === undefined ? null : <p className="mt-0.5 text-muted-foreground">{description}</p>}
      </div>
      {actions === undefined ? null : <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}

export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div role="status" aria-label={text.states.loading} className="grid gap-2">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className="h-9 w-full" />
      ))}
    </div>
  )
}

export function Failed({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  return (
    <Alert variant="destructive">
      <CircleAlertIcon aria-hidden />
      <AlertTitle>{text.states.failed}</AlertTitle>
      <AlertDescription>
        <p className="break-words">{failure.message}</p>
        <Button variant="outline" size="sm" className="mt-2" onClick={onRetry}>
          {text.states.retry}
        </Button>
      </AlertDescription>
    </Alert>
  )
}

export function Empty({ children = text.states.none }: { children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 rounded-lg border border-dashed p-8 text-center text-muted-foreground">
      <InboxIcon className="size-6" aria-hidden />
      <p>{children}</p>
    </div>
  )
}
