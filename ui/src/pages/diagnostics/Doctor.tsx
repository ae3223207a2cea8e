// The doctor: whether GitHub, E2B and all else that runnerd needs are as they should be. It asks them all, so it runs when
// somebody wants to know.
import { useQuery } from "@tanstack/react-query"
import { CircleCheckIcon, CircleXIcon, LoaderIcon, StethoscopeIcon, TriangleAlertIcon } from "lucide-react"
import { type Body, call } from "@/api/Client.ts"
import { Failed } from "@/components/Page.tsx"
import { Section } from "@/components/Section.tsx"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

const words = text.diagnostics.doctor

const looks = {
  ok: { icon: CircleCheckIcon, className: "text-success" },
  warn: { icon: TriangleAlertIcon, className: "text-warning" },
  fail: { icon: CircleXIcon, className: "text-destructive" }
} as const

function Finding({ finding }: { finding: Body<"GET /diagnostics/doctor">["findings"][number] }) {
  const { className, icon: Icon } = looks[finding.status]
  return (
    <li className="flex items-start gap-2">
      <Icon className={`mt-0.5 size-4 shrink-0 ${className}`} aria-label={words.status[finding.status]} />
      <div className="min-w-0">
        <p className="break-words">
          <span className="font-medium">{finding.check}</span> {finding.message}
        </p>
        {finding.advice === null ? null : <p className="break-words text-muted-foreground">{finding.advice}</p>}
      </div>
    </li>
  )
}

export function Doctor() {
  const diagnosis = useQuery({
    queryKey: ["diagnostics", "doctor"],
    queryFn: ({ signal }) => call("GET /diagnostics/doctor", { signal }),
    enabled: false
  })
  const findings = diagnosis.data?.body.findings ?? []
  return (
    <Section
      title={words.title}
      more={
        <Button variant="outline" size="sm" disabled={diagnosis.isFetching} onClick={() => void diagnosis.refetch()}>
          {diagnosis.isFetching ? <LoaderIcon className="animate-spin" aria-hidden /> : <StethoscopeIcon aria-hidden />}
          {diagnosis.isFetching ? words.running : words.run}
        </Button>
      }
    >
      {diagnosis.isError ? (
        <Failed failure={diagnosis.error} onRetry={() => void diagnosis.refetch()} />
      ) : findings.length === 0 ? (
        <p className="text-muted-foreground">{words.description}</p>
      ) : (
        <ul aria-live="polite" className="grid gap-2.5">
          {findings.map((finding, index) => (
            <Finding key={index} finding={finding} />
          ))}
        </ul>
      )}
    </Section>
  )
}
