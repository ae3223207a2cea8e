// The head of a page, and what stands in a page's place while it loads, when it failed, and when there is nothing.
import { Link } from "@tanstack/react-router"
import { ArrowLeftIcon, CircleAlertIcon, InboxIcon } from "lucide-react"
import { type ReactNode, useEffect } from "react"
import type { Failure } from "@/api/Failure.ts"
import type { pages } from "@/components/Pages.ts"
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Skeleton } from "@/components/ui/skeleton.tsx"
import { text } from "@/text/Text.ts"

/** `badge`: beside the title. `back`: the list that the page's subject is in. */
export function PageHeader({
  title,
  description,
  actions,
  badge,
  back
}: {
  title: string
  description?: string
  badge?: ReactNode
  actions?: ReactNode
  back?: { readonly to: (typeof pages)[number]["to"]; readonly label: string }
}) {
  useEffect(() => {
    document.title = `${title} · ${text.product}`
  }, [title])
  return (
    <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
          {badge}
        </div>
        {description === undefined ? null : <p className="mt-0.5 break-words text-muted-foreground">{description}</p>}
      </div>
      {actions === undefined && back === undefined ? null : (
        <div className="flex flex-wrap items-center gap-2">
          {actions}
          {back === undefined ? null : (
            <Button asChild variant="outline" size="sm">
              <Link to={back.to}>
                <ArrowLeftIcon aria-hidden />
                {back.label}
              </Link>
            </Button>
          )}
        </div>
      )}
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

/** Above what is shown, which may be old. */
export function NotRenewed({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  return (
    <Alert variant="warning" className="mb-3">
      <CircleAlertIcon aria-hidden />
      <AlertTitle>{text.states.notRenewed}</AlertTitle>
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

export function NotAllowed() {
  return <Empty>{text.states.notAllowed}</Empty>
}
