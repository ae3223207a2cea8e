// One delivery: what its payload said of a job, and what would be decided of it now.
import { useQuery } from "@tanstack/react-query"
import { useParams } from "@tanstack/react-router"
import { RotateCcwIcon } from "lucide-react"
import type { DeliveryDetailView } from "../../../src/http/api/DeliveriesApi.ts"
import { call } from "@/api/Client.ts"
import { Answered } from "@/components/Answered.tsx"
import { Facts } from "@/components/Facts.tsx"
import { Labels } from "@/components/Labels.tsx"
import { Failed, Loading, PageHeader } from "@/components/Page.tsx"
import { Reasoning } from "@/components/Reasoning.tsx"
import { OutLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card.tsx"
import { JobOfDelivery } from "@/pages/deliveries/JobOfDelivery.tsx"
import { OutcomeBadge } from "@/pages/deliveries/OutcomeBadge.tsx"
import { text } from "@/text/Text.ts"

const words = text.delivery

function Job({ job }: { job: NonNullable<DeliveryDetailView["job"]> }) {
  const names = words.jobFields
  return (
    <Facts
      rows={[
        [
          names.name,
          <>
            {job.name}{" "}
            {job.github_job_url === null ? null : (
              <OutLink href={job.github_job_url} className="underline">
                {words.github}
              </OutLink>
            )}
          </>
        ],
        [names.workflow, job.workflow_name],
        [names.labels, <Labels labels={job.labels} />],
        [names.status, job.status],
        [names.conclusion, job.conclusion],
        [names.runner, job.runner_name],
        [names.run, job.workflow_run_id],
        [names.attempt, job.run_attempt],
        [names.branch, job.head_branch],
        [names.commit, job.head_sha === null ? null : <code className="text-xs">{job.head_sha}</code>],
        [names.pull, job.pull_request_number === null ? null : `#${job.pull_request_number}`],
        [names.created, <Time at={job.created_at} />],
        [names.started, <Time at={job.started_at} />],
        [names.completed, <Time at={job.completed_at} />]
      ]}
    />
  )
}

function Replay({ id }: { id: number }) {
  const replay = useQuery({
    queryKey: ["deliveries", id, "replay"],
    queryFn: ({ signal }) => call("GET /webhook_deliveries/:id/replay", { params: { id }, signal })
  })
  const admission = replay.data?.body.admission ?? null
  return (
    <Card role="region" aria-label={words.replay.title}>
      <CardHeader>
        <CardTitle>{words.replay.title}</CardTitle>
        <Button variant="outline" size="sm" disabled={replay.isFetching} onClick={() => void replay.refetch()}>
          <RotateCcwIcon aria-hidden />
          {words.replay.again}
        </Button>
        <CardDescription className="w-full">{words.replay.description}</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-3">
        {replay.isPending ? (
          <Loading rows={4} />
        ) : replay.error?.code === "payload_gone" ? (
          <p className="text-muted-foreground">{words.replay.gone}</p>
        ) : replay.isError ? (
          <Failed failure={replay.error} onRetry={() => void replay.refetch()} />
        ) : admission === null ? (
          <p className="text-muted-foreground">{words.replay.nothing}</p>
        ) : (
          <>
            <div>
              <p className="font-medium">
                {admission.outcome === "admitted"
                  ? words.replay.admitted(admission.runner_spec?.name ?? "")
                  : words.replay[admission.outcome]}
              </p>
              {admission.message === null ? null : (
                <p className="break-words text-muted-foreground">
                  {admission.message} <code className="text-xs">{admission.reason}</code>
                </p>
              )}
            </div>
            <h3 className="text-muted-foreground">{words.replay.steps}</h3>
            <Reasoning steps={admission.reasoning} />
          </>
        )}
      </CardContent>
    </Card>
  )
}

function Found({ delivery }: { delivery: DeliveryDetailView }) {
  const names = words.fields
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <div className="grid gap-4">
        <Card role="region" aria-label={words.facts}>
          <CardHeader>
            <CardTitle>{words.facts}</CardTitle>
          </CardHeader>
          <CardContent>
            <Facts
              rows={[
                [names.guid, delivery.guid === null ? null : <code className="text-xs">{delivery.guid}</code>],
                [names.received, <Time at={delivery.received_at} />],
                [names.times, delivery.times_received],
                [names.path, delivery.path],
                [names.event, [delivery.event, delivery.action].filter((part) => part !== null).join(" · ")],
                [names.repository, delivery.repository_full_name],
                [names.installation, delivery.installation_id],
                [names.outcome, <OutcomeBadge outcome={delivery.outcome} />],
                [
                  names.job,
                  delivery.workflow_job_id === null ? null : (
                    <JobOfDelivery outcome={delivery.outcome} jobId={delivery.workflow_job_id} />
                  )
                ]
              ]}
            />
          </CardContent>
        </Card>
        <Card role="region" aria-label={words.job}>
          <CardHeader>
            <CardTitle>{words.job}</CardTitle>
          </CardHeader>
          <CardContent>
            {delivery.job === null ? (
              <p className="text-muted-foreground">{words.noJob}</p>
            ) : (
              <Job job={delivery.job} />
            )}
          </CardContent>
        </Card>
      </div>
      <Replay id={delivery.id} />
    </div>
  )
}

export function Delivery() {
  const { id } = useParams({ from: "/deliveries/$id" })
  const found = useQuery({
    queryKey: ["deliveries", id],
    queryFn: ({ signal }) => call("GET /webhook_deliveries/:id", { params: { id: Number(id) }, signal })
  })
  return (
    <>
      <PageHeader title={words.title(id)} back={{ to: "/deliveries", label: words.back }} />
      <Answered query={found} rows={6} warns>
        {({ body }) => <Found delivery={body} />}
      </Answered>
    </>
  )
}
