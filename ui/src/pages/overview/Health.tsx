// Whether everything is all right, in one line; what is not is said below it.
import { useQuery } from "@tanstack/react-query"
import { CircleAlertIcon, CircleCheckIcon, CircleXIcon, TriangleAlertIcon } from "lucide-react"
import type { ReactNode } from "react"
import { Time } from "@/components/Time.tsx"
import { Alert, AlertDescription, AlertTitle } from "@/components/ui/alert.tsx"
import { overviewQuery, readinessQuery } from "@/pages/overview/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.overview.health

const looks = {
  ok: { icon: CircleCheckIcon, className: "text-success" },
  warn: { icon: TriangleAlertIcon, className: "text-warning" },
  fail: { icon: CircleXIcon, className: "text-destructive" }
} as const

function Sign({ state, label, children }: { state: keyof typeof looks; label: string; children: ReactNode }) {
  const { className, icon: Icon } = looks[state]
  return (
    <div className="flex items-center gap-1.5">
      <Icon className={`size-4 shrink-0 ${className}`} aria-hidden />
      <dt className="text-muted-foreground">{label}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  )
}

export function Health() {
  const overview = useQuery(overviewQuery)
  const readiness = useQuery(readinessQuery)
  const warnings = readiness.data?.body.warnings ?? []
  const failure = readiness.error ?? overview.error
  const lastDelivery = overview.data?.body.last_delivery_at
  return (
    <section aria-label={words.title} className="grid gap-3">
      <dl className="flex flex-wrap gap-x-6 gap-y-1.5">
        <Sign state={failure === null ? "ok" : "fail"} label={words.database}>
          {failure === null ? words.answers : failure.message}
        </Sign>
        <Sign
          state={warnings.some(({ code }) => code === "webhooks_silent") ? "warn" : "ok"}
          label={words.lastDelivery}
        >
          {lastDelivery === undefined || lastDelivery === null ? words.noDelivery : <Time at={lastDelivery} />}
        </Sign>
        <Sign state={warnings.length === 0 ? "ok" : "warn"} label={words.warnings}>
          {warnings.length === 0 ? words.none : warnings.length}
        </Sign>
      </dl>
      {warnings.map(({ code, message }) => (
        <Alert key={code} variant="warning">
          <CircleAlertIcon aria-hidden />
          <AlertTitle className="font-mono text-xs">{code}</AlertTitle>
          <AlertDescription>{message}</AlertDescription>
        </Alert>
      ))}
    </section>
  )
}
