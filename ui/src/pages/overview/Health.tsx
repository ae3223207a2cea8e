// Whether everything is all right, in one line; what is not is said below it.
import { useQuery } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { CircleCheckIcon, CircleXIcon, TriangleAlertIcon } from "lucide-react"
import type { ReactNode } from "react"
import type { DiagnosticsView } from "../../../../src/http/api/DiagnosticsApi.ts"
import { durationText } from "@/components/Duration.tsx"
import { Failed } from "@/components/Page.tsx"
import { Time } from "@/components/Time.tsx"
import { Skeleton } from "@/components/ui/skeleton.tsx"
import { Warnings } from "@/components/Warnings.tsx"
import { diagnosticsQuery } from "@/pages/diagnostics/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.overview.health

const looks = {
  ok: { icon: CircleCheckIcon, className: "text-success" },
  warn: { icon: TriangleAlertIcon, className: "text-warning" },
  fail: { icon: CircleXIcon, className: "text-destructive" }
} as const

function Sign({
  state,
  label,
  to,
  children
}: {
  state: keyof typeof looks
  label: string
  to: "/deliveries" | "/diagnostics"
  children: ReactNode
}) {
  const { className, icon: Icon } = looks[state]
  return (
    <div className="flex min-w-0 items-center gap-1.5">
      <Icon className={`size-4 shrink-0 ${className}`} aria-hidden />
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="min-w-0 font-medium">
        <Link
          to={to}
          className="rounded-sm underline-offset-4 outline-none hover:underline focus-visible:ring-[3px] focus-visible:ring-ring/50"
        >
          {children}
        </Link>
      </dd>
    </div>
  )
}

/** Until when nothing is begun, where it is known. */
const heldUntil = ({ no_calls_until: calls, no_runners_until: runners }: DiagnosticsView["limits"][number]) =>
  calls === null || (runners !== null && runners > calls) ? runners : calls

function Signs({ state: { database, deliveries, limits, nodes } }: { state: DiagnosticsView }) {
  const alive = nodes.filter((node) => node.alive).length
  const [limit] = limits
  // The database alone knows of all else.
  const isKnown = database.reachable
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1.5">
      <Sign state={database.reachable ? "ok" : "fail"} label={words.database} to="/diagnostics">
        {database.latency_seconds === null
          ? words.silent
          : words.answersIn(durationText(database.latency_seconds * 1000))}
      </Sign>
      <Sign
        state={deliveries !== null && deliveries.silence_alarm === null ? "ok" : "warn"}
        label={words.lastDelivery}
        to="/deliveries"
      >
        {deliveries === null ? (
          words.notKnown
        ) : deliveries.last_at === null ? (
          words.noDelivery
        ) : (
          <Time at={deliveries.last_at} />
        )}
      </Sign>
      <Sign state={limit === undefined && isKnown ? "ok" : "warn"} label={words.limits} to="/diagnostics">
        {!isKnown ? (
          words.notKnown
        ) : limit === undefined ? (
          words.noLimit
        ) : (
          <>
            {limits.length === 1 ? limit.scope : words.someLimits(limits.length)} <Time at={heldUntil(limit)} />
          </>
        )}
      </Sign>
      <Sign state={alive === nodes.length && alive > 0 ? "ok" : "warn"} label={words.nodes} to="/diagnostics">
        {isKnown ? words.alive(alive, nodes.length) : words.notKnown}
      </Sign>
    </dl>
  )
}

export function Health() {
  const query = useQuery(diagnosticsQuery)
  const state = query.data?.body
  return (
    <section aria-label={words.title} className="grid gap-3">
      {query.isError ? <Failed failure={query.error} onRetry={() => void query.refetch()} /> : null}
      {state === undefined ? (
        query.isError ? null : (
          <Skeleton className="h-5 w-full max-w-xl" />
        )
      ) : (
        <>
          <Signs state={state} />
          <Warnings warnings={state.warnings} />
        </>
      )}
    </section>
  )
}
