// What a policy grants, and whether there is such a thing.
import { useQuery } from "@tanstack/react-query"
import { TextLink } from "@/components/TextLink.tsx"
import { Badge } from "@/components/ui/badge.tsx"
import { groupsQuery, specsQuery } from "@/pages/catalogue/Queries.ts"
import type { Policy } from "@/pages/policies/PolicyForm.ts"
import { text } from "@/text/Text.ts"

const words = text.policies

export function PolicyTarget({ policy }: { policy: Policy }) {
  const isGroup = policy.runner_group_name !== null
  const name = policy.runner_group_name ?? policy.runner_spec_name ?? ""
  const known: ReadonlyArray<{ readonly name: string }> | undefined = [
    useQuery(specsQuery).data,
    useQuery(groupsQuery).data
  ][isGroup ? 1 : 0]
  const isMissing = known !== undefined && !known.some((each) => each.name === name)
  return (
    <span className="flex flex-wrap items-center gap-x-1.5">
      <span className="text-muted-foreground">{isGroup ? words.group : words.spec}</span>
      {isMissing ? (
        <>
          <span className="wrap-anywhere">{name}</span>
          <Badge variant="warning">{words.missing}</Badge>
        </>
      ) : (
        <TextLink to={isGroup ? "/groups/$name" : "/specs/$name"} params={{ name }} className="wrap-anywhere">
          {name}
        </TextLink>
      )}
    </span>
  )
}
