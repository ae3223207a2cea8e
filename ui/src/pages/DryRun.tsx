// The dry run on its own: a change is said field by field, and tried on the jobs that came lately.
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { DryRunResult, windowOf } from "@/components/DryRun.tsx"
import { Empty, PageHeader } from "@/components/Page.tsx"
import { ChangeForm } from "@/pages/match/ChangeForm.tsx"
import { changeOf } from "@/pages/match/ChangeSearch.ts"
import { groupsQuery, policiesQuery, specsQuery } from "@/pages/catalogue/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.dryRun

export function DryRun() {
  const search = useSearch({ from: "/match/change" })
  const navigate = useNavigate({ from: "/match/change" })
  const specs = useQuery(specsQuery).data ?? []
  const groups = useQuery(groupsQuery).data ?? []
  const policies = useQuery(policiesQuery).data ?? []
  const { hours, ...asked } = search
  const change = changeOf(asked)
  return (
    <>
      <PageHeader title={words.title} description={words.description} back={{ to: "/match", label: words.back }} />
      <div className="grid gap-6">
        <ChangeForm
          key={JSON.stringify(asked)}
          change={asked}
          specs={specs.map(({ name }) => name)}
          groups={groups.map(({ name }) => name)}
          policies={policies}
          onTry={(tried) => void navigate({ search: { ...tried, ...(hours === undefined ? {} : { hours }) } })}
        />
        {change === null ? (
          <Empty>{words.none}</Empty>
        ) : (
          <DryRunResult
            change={change}
            hours={windowOf(hours)}
            onHours={(chosen) => void navigate({ search: { ...asked, hours: String(chosen) }, replace: true })}
          />
        )}
      </div>
    </>
  )
}
