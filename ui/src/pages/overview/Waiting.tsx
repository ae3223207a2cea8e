// What waits longest, and the first reason why.
import { useQuery } from "@tanstack/react-query"
import { Empty } from "@/components/Page.tsx"
import { RequestLink, RequestsLink } from "@/components/RequestLinks.tsx"
import { Time } from "@/components/Time.tsx"
import { waitingQuery } from "@/pages/overview/Queries.ts"
import { Answered, Section } from "@/components/Section.tsx"
import { text } from "@/text/Text.ts"

const words = text.overview.waiting

export function Waiting() {
  const query = useQuery(waitingQuery)
  return (
    <Section title={words.title} more={<RequestsLink filter={{ status: "waiting" }}>{words.all}</RequestsLink>}>
      <Answered query={query} rows={5}>
        {({ body: requests }) =>
          requests.length === 0 ? (
            <Empty>{words.empty}</Empty>
          ) : (
            <ul className="grid gap-3">
              {requests.map((request) => (
                <li key={request.id}>
                  <div className="flex flex-wrap items-baseline justify-between gap-x-3">
                    <RequestLink
                      id={request.id}
                      className="min-w-0 truncate font-medium underline-offset-4 hover:underline"
                    >
                      {request.repository_full_name} · {request.job_name ?? request.id}
                    </RequestLink>
                    <Time at={request.created_at} />
                  </div>
                  <p className="break-words text-muted-foreground">{request.waiting?.message}</p>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Section>
  )
}
