// A new policy: empty, like another one, or for a spec or a group.
import { useQuery } from "@tanstack/react-query"
import { useSearch } from "@tanstack/react-router"
import { NewResource } from "@/pages/catalogue/NewResource.tsx"
import { policyQuery } from "@/pages/catalogue/Queries.ts"
import { PolicyFields } from "@/pages/policies/PolicyFields.tsx"
import { createPolicy, newPolicy, policyValues } from "@/pages/policies/PolicyForm.ts"
import { TryPolicy } from "@/pages/policies/TryPolicy.tsx"
import { text } from "@/text/Text.ts"

const words = text.policy

export function NewPolicy() {
  const { group, like, spec } = useSearch({ from: "/new/policy" })
  const found = useQuery({
    ...policyQuery(like ?? ""),
    enabled: like !== undefined,
    select: ({ body }) => policyValues(body)
  })
  const target = {
    ...(spec === undefined ? {} : { runner_spec_name: spec }),
    ...(group === undefined ? {} : { kind: "group" as const, runner_group_name: group })
  }
  return (
    <NewResource
      resource="policies"
      words={words}
      title={words.titleNew}
      values={like === undefined ? { ...newPolicy, ...target } : found.data}
      like={found}
      create={async (values) => {
        const { id } = (await createPolicy(values)).body
        return { told: words.created, at: { to: "/policies/$id", params: { id: String(id) } } }
      }}
      existsField="repository_full_name"
      existsAt={({ repository_full_name }) => ({ to: "/policies", search: { q: repository_full_name.trim() } })}
      actions={(form) => <TryPolicy form={form} />}
    >
      {(form) => <PolicyFields control={form.control} />}
    </NewResource>
  )
}
