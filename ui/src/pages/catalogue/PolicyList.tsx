// Policies that grant something, in few words each.
import { TextLink } from "@/components/TextLink.tsx"
import type { Policy } from "@/pages/policies/PolicyForm.ts"

export function PolicyList({
  policies,
  noteOf
}: {
  policies: ReadonlyArray<Policy>
  noteOf: (policy: Policy) => string
}) {
  if (policies.length === 0) return null
  return (
    <ul className="grid max-h-72 gap-1 overflow-y-auto">
      {policies.map((policy) => (
        <li key={policy.id} className="flex flex-wrap gap-x-2">
          <TextLink to="/policies/$id" params={{ id: String(policy.id) }} className="wrap-anywhere">
            {policy.repository_full_name}
          </TextLink>
          <span className="text-muted-foreground">{noteOf(policy)}</span>
        </li>
      ))}
    </ul>
  )
}
