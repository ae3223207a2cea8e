// How many requests there are now, by status; each number leads to them.
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import type { ReactNode } from "react"
import { Time } from "@/components/Time.tsx"
import { cn } from "@/components/ui/cn.ts"
import { Skeleton } from "@/components/ui/skeleton.tsx"
import { failuresQuery, overviewQuery } from "@/pages/overview/Queries.ts"
import type { RequestSearch } from "@/pages/requests/Search.ts"
import { text } from "@/text/Text.ts"

const words = text.overview.counts
const number = new Intl.NumberFormat(text.language)

function Count({
  label,
  filter,
  count,
  alert = false,
  children
}: {
  label: string
  filter: RequestSearch
  count: string | undefined
  alert?: boolean
  children?: ReactNode
}) {
  return (
    <Link
      to="/requests"
      search={filter}
      className="grid content-start gap-0.5 bg-card max-sm:last:col-span-2 sm:max-lg:last:col-span-2 px-4 py-3 outline-none hover:bg-accent focus-visible:ring-[3px] focus-visible:ring-inset focus-visible:ring-ring/50"
    >
      <span className="text-muted-foreground">{label}</span>
      <span className={cn("text-2xl font-semibold tabular-nums", alert && "text-destructive")}>
        {count ?? <Skeleton className="my-1 h-6 w-10" />}
      </span>
      <span className="min-h-4 text-xs text-muted-foreground">{children}</span>
    </Link>
  )
}

export function Counts() {
  const now = useQuery(overviewQuery).data?.body
  const failed = useQuery(failuresQuery).data
  const of = (status: "queued" | "creating" | "running" | "stopping") =>
    now === undefined ? undefined : number.format(now.requests[status])
  return (
    <section
      aria-label={words.title}
      className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border bg-border sm:grid-cols-3 lg:grid-cols-5"
    >
      <Count label={words.queued} filter={{ status: "queued" }} count={of("queued")}>
        {now === undefined || now.oldest_queued_at === null ? null : (
          <>
            {words.oldest} <Time at={now.oldest_queued_at} />
          </>
        )}
      </Count>
      <Count label={words.creating} filter={{ status: "creating" }} count={of("creating")}>
        {now === undefined ? null : words.sandboxes(now.runners.sandboxes, now.runners.max_concurrent_runners)}
      </Count>
      <Count label={words.running} filter={{ status: "running" }} count={of("running")}>
        {now === undefined ? null : words.idle(now.runners.busy, now.runners.idle)}
      </Count>
      <Count label={words.stopping} filter={{ status: "stopping" }} count={of("stopping")} />
      <Count
        label={words.failed}
        filter={{
          status: "failed",
          sort: "finished_at",
          ...(failed === undefined ? {} : { finished_after: failed.since })
        }}
        count={failed === undefined ? undefined : `${failed.atLeast ? "≥ " : ""}${number.format(failed.total)}`}
        alert={failed !== undefined && failed.total > 0}
      />
    </section>
  )
}
