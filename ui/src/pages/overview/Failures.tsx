// What failed last, and why.
import { useQuery } from "@tanstack/react-query"
import { Answered } from "@/components/Answered.tsx"
import { RequestsLink } from "@/components/RequestLinks.tsx"
import { Section } from "@/components/Section.tsx"
import { failuresQuery } from "@/pages/overview/Queries.ts"
import { RequestItems } from "@/pages/overview/RequestItems.tsx"
import { text } from "@/text/Text.ts"

const words = text.overview.failures

export function Failures() {
  const query = useQuery(failuresQuery)
  return (
    <Section
      title={words.title}
      more={<RequestsLink filter={{ status: "failed", sort: "finished_at" }}>{words.all}</RequestsLink>}
    >
      <Answered query={query} rows={5}>
        {({ failures }) => (
          <RequestItems requests={failures} empty={words.empty} at={(request) => request.failed_at}>
            {({ error, failure_reason: reason }) => (
              <p className="line-clamp-2 break-words text-muted-foreground">
                {reason === null ? null : <code className="mr-1.5 text-xs text-destructive">{reason}</code>}
                {error ?? words.unknown}
              </p>
            )}
          </RequestItems>
        )}
      </Answered>
    </Section>
  )
}
