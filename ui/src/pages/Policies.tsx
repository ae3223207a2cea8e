// The repository policies: which repositories may use which specs.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { useState } from "react"
import { call } from "@/api/Client.ts"
import { DeletionDialog } from "@/components/Deletion.tsx"
import { EnabledSwitch } from "@/components/EnabledSwitch.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { TableCell, TableRow } from "@/components/ui/table.tsx"
import { CatalogueList } from "@/pages/catalogue/List.tsx"
import { policiesQuery } from "@/pages/catalogue/Queries.ts"
import { RowMenu } from "@/pages/catalogue/RowMenu.tsx"
import { isLike } from "@/pages/catalogue/Search.ts"
import { usePolicyDeletion } from "@/pages/policies/Deletion.ts"
import type { Policy } from "@/pages/policies/PolicyForm.ts"
import { PolicyTarget } from "@/pages/policies/PolicyTarget.tsx"
import { text } from "@/text/Text.ts"

const words = text.policies

const targetOf = (policy: Policy) => policy.runner_spec_name ?? policy.runner_group_name ?? ""

function Row({ policy, onDelete }: { policy: Policy; onDelete: () => void }) {
  const queries = useQueryClient()
  const id = String(policy.id)
  const [repository, target] = [policy.repository_full_name, targetOf(policy)]
  const enable = async (enabled: boolean) => {
    await call("PATCH /runner_policies/:id", { params: { id }, payload: { enabled } })
    await queries.invalidateQueries({ queryKey: ["policies"] })
    return enabled ? words.turnedOn(repository, target) : words.turnedOff(repository, target)
  }
  return (
    <TableRow>
      <TableCell className="min-w-40 break-all font-medium">
        <TextLink to="/policies/$id" params={{ id }}>
          {repository}
        </TextLink>
      </TableCell>
      <TableCell className="min-w-40">
        <PolicyTarget policy={policy} />
      </TableCell>
      <TableCell>
        <EnabledSwitch label={words.enable(repository, target)} enabled={policy.enabled} onChange={enable} />
      </TableCell>
      <TableCell>
        <Time at={policy.created_at} />
      </TableCell>
      <TableCell className="w-8 pl-0">
        <RowMenu
          label={words.actions(repository, target)}
          links={[
            { label: words.edit, to: "/policies/$id", params: { id } },
            { label: words.clone, to: "/new/policy", search: { like: id } }
          ]}
          remove={{ label: words.remove, onSelect: onDelete }}
        />
      </TableCell>
    </TableRow>
  )
}

export function Policies() {
  const search = useSearch({ from: "/policies" })
  const navigate = useNavigate({ from: "/policies" })
  const query = useQuery(policiesQuery)
  const deletionOf = usePolicyDeletion()
  const [deleted, setDeleted] = useState<Policy | null>(null)
  const items = (query.data ?? []).filter((policy) =>
    isLike(search, policy.enabled, [policy.repository_full_name, targetOf(policy)])
  )
  return (
    <>
      <CatalogueList
        words={words}
        query={query}
        items={items}
        search={search}
        createAt="/new/policy"
        onSearch={(search) => void navigate({ search })}
      >
        {(policy) => <Row key={policy.id} policy={policy} onDelete={() => setDeleted(policy)} />}
      </CatalogueList>
      <DeletionDialog
        deletion={deleted === null ? null : deletionOf(deleted, () => setDeleted(null))}
        onClose={() => setDeleted(null)}
      />
    </>
  )
}
