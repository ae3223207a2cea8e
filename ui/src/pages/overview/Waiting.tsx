// What waits longest, and the first reason why.
import { useQuery } from "@tanstack/react-query"
import { Answered } from "@/components/Answered.tsx"
import { RequestsLink } from "@/components/RequestLinks.tsx"
import { Section } from "@/components/Section.tsx"
import { waitingQuery } from "@/pages/overview/Queries.ts"
import { RequestItems } from "@/pages/overview/RequestItems.tsx"
import { text } from "@/text/Text.ts"

const words = text.overview.waiting

export function Waiting() {
  const query = useQuery(waitingQuery)
  return (
    <Section title={words.title} more={<RequestsLink filter={{ status: "waiting" }}>{words.all}</RequestsLink>}>
      <Answered query={query} rows={5}>
        {({ body }) => (
          <RequestItems requests={body} empty={words.empty} at={(request) => request.created_at}>
            {({ waiting }) => <p className="break-words text-muted-foreground">{waiting?.message}</p>}
          </RequestItems>
        )}
      </Answered>
    </Section>
  )
}
