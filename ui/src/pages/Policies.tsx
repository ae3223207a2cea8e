// The repository policies: which repositories may use which specs.
import { useQuery } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"
import { TextLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { TableCell } from "@/components/ui/table.tsx"
import { CatalogueList } from "@/pages/catalogue/List.tsx"
import { policiesQuery } from "@/pages/catalogue/Queries.ts"
import { usePolicyDeletion } from "@/pages/policies/Deletion.ts"
import type { Policy } from "@/pages/policies/PolicyForm.ts"
import { PolicyTarget } from "@/pages/policies/PolicyTarget.tsx"
import { text } from "@/text/Text.ts"

const words = text.policies

const looks = { created: "max-sm:hidden" }

const targetOf = (policy: Policy) => policy.runner_spec_name ?? policy.runner_group_name ?? ""

function Cells({ policy }: { policy: Policy }) {
  return (
    <>
      <TableCell className="wrap-anywhere font-medium sm:min-w-40">
        <TextLink to="/policies/$id" params={{ id: String(policy.id) }}>
          {policy.repository_full_name}
        </TextLink>
      </TableCell>
      <TableCell className="sm:min-w-40">
        <PolicyTarget policy={policy} />
      </TableCell>
      <TableCell className={looks.created}>
        <Time at={policy.created_at} />
      </TableCell>
    </>
  )
}

export function Policies() {
  const deletionOf = usePolicyDeletion()
  return (
    <CatalogueList
      resource="policies"
      words={words}
      query={useQuery(policiesQuery)}
      createAt="/new/policy"
      looks={looks}
      textsOf={(policy) => [policy.repository_full_name, targetOf(policy)]}
      rowOf={(policy) => {
        const id = String(policy.id)
        const [repository, target] = [policy.repository_full_name, targetOf(policy)]
        return {
          key: id,
          cells: <Cells policy={policy} />,
          labels: { enable: words.enable(repository, target), actions: words.actions(repository, target) },
          enable: async (enabled) => {
            await call("PATCH /runner_policies/:id", { params: { id }, payload: { enabled } })
            return enabled ? words.turnedOn(repository, target) : words.turnedOff(repository, target)
          },
          links: [
            { label: text.catalogue.edit, to: "/policies/$id", params: { id } },
            { label: text.catalogue.clone, to: "/new/policy", search: { like: id } }
          ],
          deletion: (onDeleted) => deletionOf(policy, onDeleted)
        }
      }}
    />
  )
}
