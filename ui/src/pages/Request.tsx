// One request: why it is where it is, what happened, what is known, and its logs as they are written.
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useParams, useSearch } from "@tanstack/react-router"
import type { RunnerRequestView } from "../../../src/http/api/RequestsApi.ts"
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

const subjectOf = ({ job_name: job, repository_full_name: repository, workflow_name: workflow }: RunnerRequestView) =>
  [repository, workflow, job].filter((part) => part !== null).join(" · ")

export function Request() {
  const { id } = useParams({ from: "/requests/$id" })
  const { log } = useSearch({ from: "/requests/$id" })
  const navigate = useNavigate({ from: "/requests/$id" })
  const query = useQuery(requestQuery(id))
  const known = query.data?.body
  return (
    <>
      <PageHeader
        title={words.title(id)}
        {...(known === undefined ? {} : { description: subjectOf(known) })}
        badge={
          known === undefined ? null : (
            <span className="flex items-center gap-1">
              <StatusBadge status={known.status} />
              <CopyButton value={id} what={words.title(id)} />
            </span>
          )
        }
        actions={
          known === undefined ? null : (
            <RequestActions key={id} requests={[known]} onDone={() => void query.refetch()} />
          )
        }
        back={{ to: "/requests", label: words.back }}
      />
      <Answered query={query} rows={10} warns>
        {({ body: request }) => (
          <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
            <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
              <Why request={request} />
              <Section title={words.stages}>
                <Waterfall request={request} />
              </Section>
              <Timeline id={id} />
            </div>
            <RequestFacts request={request} />
            <div className="min-w-0 lg:col-span-2">
              <Logs id={id} name={log} onName={(chosen) => void navigate({ search: { log: chosen }, replace: true })} />
            </div>
          </div>
        )}
      </Answered>
    </>
  )
}
