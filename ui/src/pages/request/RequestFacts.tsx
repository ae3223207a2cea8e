// Everything that is known of a request.
import type { RunnerRequestView } from "../../../../src/http/api/RequestsApi.ts"
import { CopyButton } from "@/components/CopyButton.tsx"
import { Facts } from "@/components/Facts.tsx"
import { Labels } from "@/components/Labels.tsx"
import { RequestsLink } from "@/components/RequestLinks.tsx"
import { Section } from "@/components/Section.tsx"
import { OutLink, TextLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { pullRequestUrl } from "@/pages/requests/GitHubLinks.ts"
import { text } from "@/text/Text.ts"

const words = text.request
const names = words.fields

const copied = (value: string | null, what: string) =>
  value === null ? null : (
    <span className="inline-flex max-w-full items-center gap-1">
      <code className="min-w-0 wrap-anywhere text-xs">{value}</code>
      <CopyButton value={value} what={what} />
    </span>
  )

function AtGitHub({ href, name }: { href: string | null; name: string | null }) {
  return href === null ? name : <OutLink href={href}>{name ?? href}</OutLink>
}

export function RequestFacts({ request }: { request: RunnerRequestView }) {
  const pull = request.pull_request_number
  return (
    <Section
      title={words.facts}
      more={
        request.workflow_job_id === null ? null : (
          <TextLink to="/deliveries" search={{ job: String(request.workflow_job_id) }}>
            {words.deliveries}
          </TextLink>
        )
      }
    >
      <Facts
        rows={[
          [
            names.repository,
            <RequestsLink filter={{ repository: request.repository_full_name }}>
              {request.repository_full_name}
            </RequestsLink>
          ],
          [names.job, <AtGitHub href={request.github_job_url} name={request.job_name} />],
          ...(request.assigned_job_id === null || request.assigned_job_id === request.workflow_job_id
            ? []
            : [[names.took, `${request.assigned_job_name ?? ""} ${request.assigned_job_id}`] as const]),
          [names.workflow, request.workflow_name],
          [names.pull, pull === null ? null : <AtGitHub href={pullRequestUrl(request)} name={`#${pull}`} />],
          [names.labels, <Labels labels={request.requested_labels} />],
          [
            names.spec,
            request.runner_spec_name === null ? null : (
              <TextLink to="/specs/$name" params={{ name: request.runner_spec_name }}>
                {request.runner_spec_name}
              </TextLink>
            )
          ],
          [names.group, request.runner_group],
          [names.runner, copied(request.runner_name, names.runner)],
          [names.sandbox, copied(request.sandbox_id, names.sandbox)],
          [names.pid, request.process_pid],
          [
            names.node,
            request.lease_owner === null ? null : <code className="wrap-anywhere text-xs">{request.lease_owner}</code>
          ],
          [names.path, request.intake_path],
          [names.created, <Time at={request.created_at} />],
          [names.updated, <Time at={request.updated_at} />],
          [names.ended, <Time at={request.completed_at ?? request.failed_at} />],
          ...(request.stop_asked_at === null
            ? []
            : [
                [
                  names.stopAsked,
                  <>
                    <Time at={request.stop_asked_at} />, {request.stop_asked_by} {request.stop_reason}
                  </>
                ] as const
              ])
        ]}
      />
    </Section>
  )
}
