// By what the spec that was chosen is available to the repository.
import { useQuery } from "@tanstack/react-query"
import type { MatchAnswer } from "../../../../src/http/api/MatchApi.ts"
import { groupsQuery, policiesQuery } from "@/pages/catalogue/Queries.ts"
import { text } from "@/text/Text.ts"

const words = text.match.by

export function Grants({ answer }: { answer: MatchAnswer }) {
  const spec = answer.runner_spec
  const bySpec = answer.reasoning.filter(
    ({ code, runner_spec_name: name }) => code === "policy_grants_spec" && name === spec?.name
  )
  const byGroup = answer.reasoning.filter(({ code }) => code === "policy_grants_group")
  const policies = useQuery({ ...policiesQuery, enabled: bySpec.length + byGroup.length > 0 }).data ?? []
  const groups = useQuery({ ...groupsQuery, enabled: byGroup.length > 0 }).data ?? []
  if (spec === null) return null
  const patternOf = (id: number | null) =>
    policies.find((policy) => policy.id === id)?.repository_full_name ?? answer.repository_full_name
  const holds = (group: string | null) =>
    groups.some(({ name, spec_names: members }) => name === group && members.includes(spec.name))
  const ways = [
    ...(spec.default_available ? [words.default(spec.name)] : []),
    ...bySpec.map(({ policy_id: id }) => words.policy(id ?? 0, patternOf(id))),
    ...byGroup
      .filter(({ runner_group_name: group }) => holds(group))
      .map(({ policy_id: id, runner_group_name: group }) => words.groupPolicy(id ?? 0, patternOf(id), group ?? ""))
  ]
  return (
    <ul className="grid gap-1">
      {ways.map((way) => (
        <li key={way}>{way}</li>
      ))}
    </ul>
  )
}
