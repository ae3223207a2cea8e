// What failed last, and why.
import { useQuery } from "@tanstack/react-query"
import { Empty } from "@/components/Page.tsx"
import { RequestLink, RequestsLink } from "@/components/RequestLinks.tsx"
import { Time } from "@/components/Time.tsx"
import { failuresQuery } from "@/pages/overview/Queries.ts"
import { Answered, Section } from "@/components/Section.tsx"
import { text } from "@/text/Text.ts"

const words = text.overview.failures

export function Failures() {
  const query = useQuery(failuresQuery)
  return (
    <Section title={words.title} more={<RequestsLink filter={{ status: "failed" }}>{words.all}</RequestsLink>}>
      <Answered query={query} rows={5}>
        {({ failures }) =>
          failures.length === 0 ? (
            <Empty>{words.empty}</Empty>
          ) : (
            <ul className="grid gap-3">
              {failures.map((request) => (
                <li key={request.id}>
                  <div className="flex flex-wrap items-baseline justify-between gap-x-3">
                    <RequestLink
                      id={request.id}
                      className="min-w-0 truncate font-medium underline-offset-4 hover:underline"
                    >
                      {request.repository_full_name} · {request.job_name ?? request.id}
                    </RequestLink>
                    <Time at={request.failed_at} />
                  </div>
                  <p className="line-clamp-2 break-words text-muted-foreground">
                    {request.failure_reason === null ? null : (
                      <code className="mr-1.5 text-xs text-destructive">{request.failure_reason}</code>
                    )}
                    {request.error ?? words.unknown}
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Section>
  )
}
