// One request: why it is where it is, what happened, what is known, and its logs as they are written.
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useParams, useSearch } from "@tanstack/react-router"
import { Answered } from "@/components/Answered.tsx"
import { CopyButton } from "@/components/CopyButton.tsx"
import { PageHeader } from "@/components/Page.tsx"
import { Section } from "@/components/Section.tsx"
import { StatusBadge } from "@/components/StatusBadge.tsx"
import { Logs } from "@/pages/request/Logs.tsx"
import { requestQuery } from "@/pages/request/Queries.ts"
import { RequestFacts } from "@/pages/request/RequestFacts.tsx"
import { Timeline } from "@/pages/request/Timeline.tsx"
import { Waterfall } from "@/pages/request/Waterfall.tsx"
import { Why } from "@/pages/request/Why.tsx"
import { RequestActions } from "@/pages/requests/RequestActions.tsx"
import { text } from "@/text/Text.ts"

const words = text.request

export function Request() {
  const { id } = useParams({ from: "/requests/$id" })
  const { log } = useSearch({ from: "/requests/$id" })
  const navigate = useNavigate({ from: "/requests/$id" })
  const query = useQuery(requestQuery(id))
  return (
    <>
      <PageHeader title={words.title(id)} back={{ to: "/requests", label: words.back }} />
      <Answered query={query} rows={10} warns>
        {({ body: request }) => (
          <>
            <div className="mb-3 flex flex-wrap items-center gap-3">
              <StatusBadge status={request.status} />
              <CopyButton value={id} what={words.title(id)} />
            </div>
            <RequestActions key={id} requests={[request]} onDone={() => void query.refetch()} />
            <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
              <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
                <Why id={id} />
                <Section title={words.stages}>
                  <Waterfall request={request} />
                </Section>
                <Timeline id={id} />
              </div>
              <RequestFacts request={request} />
              <div className="min-w-0 lg:col-span-2">
                <Logs
                  id={id}
                  name={log}
                  onName={(chosen) => void navigate({ search: { log: chosen }, replace: true })}
                />
              </div>
            </div>
          </>
        )}
      </Answered>
    </>
  )
}
