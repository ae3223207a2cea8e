// The runner groups: which specs each has, and which policies grant it.
import { useQuery } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"
import { TextLink } from "@/components/TextLink.tsx"
import { Time } from "@/components/Time.tsx"
import { cn } from "@/components/ui/cn.ts"
import { TableCell } from "@/components/ui/table.tsx"
import { CatalogueList } from "@/pages/catalogue/List.tsx"
import { groupsQuery, policiesQuery } from "@/pages/catalogue/Queries.ts"
import { useGroupDeletion } from "@/pages/groups/Deletion.ts"
import type { Group } from "@/pages/groups/GroupForm.ts"
import type { Policy } from "@/pages/policies/PolicyForm.ts"
import { text } from "@/text/Text.ts"

const words = text.groups

const looks = { policies: "max-sm:hidden", updated: "max-sm:hidden" }

function Cells({
  group,
  policies
}: {
  group: Group
  /** Those that grant it; undefined until they are known. */
  policies: ReadonlyArray<Policy> | undefined
}) {
  return (
    <>
      <TableCell className="max-w-80 break-words">
        <TextLink to="/groups/$name" params={{ name: group.name }} className="font-medium">
          {group.name}
        </TextLink>
        {group.description === "" ? null : (
          <p className="line-clamp-2 text-xs text-muted-foreground">{group.description}</p>
        )}
      </TableCell>
      <TableCell className="sm:min-w-40">
        {group.spec_names.length === 0 ? (
          <span className="text-muted-foreground">{words.noSpecs}</span>
        ) : (
          <span className="flex flex-wrap gap-x-2">
            {group.spec_names.map((spec) => (
              <TextLink key={spec} to="/specs/$name" params={{ name: spec }} className="wrap-anywhere">
                {spec}
              </TextLink>
            ))}
          </span>
        )}
      </TableCell>
      <TableCell className={cn("min-w-40", looks.policies)}>
        {policies === undefined ? null : policies.length === 0 ? (
          <span className="text-muted-foreground">{words.noPolicies}</span>
        ) : (
          <span className="flex max-h-16 flex-wrap gap-x-2 overflow-hidden">
            {policies.map((policy) => (
              <TextLink key={policy.id} to="/policies/$id" params={{ id: String(policy.id) }} className="wrap-anywhere">
                {policy.repository_full_name}
              </TextLink>
            ))}
          </span>
        )}
      </TableCell>
      <TableCell className={looks.updated}>
        <Time at={group.updated_at} />
      </TableCell>
    </>
  )
}

export function Groups() {
  const policies = useQuery(policiesQuery).data
  const deletionOf = useGroupDeletion()
  return (
    <CatalogueList
      resource="groups"
      words={words}
      query={useQuery(groupsQuery)}
      createAt="/new/group"
      looks={looks}
      textsOf={(group) => [group.name, group.description, ...group.spec_names]}
      rowOf={(group) => {
        const { name } = group
        const granting = policies?.filter((policy) => policy.runner_group_name === name)
        return {
          key: name,
          cells: <Cells group={group} policies={granting} />,
          labels: { enable: words.enable(name), actions: words.actions(name) },
          enable: async (enabled) => {
            await call("PATCH /runner_groups/:name", { params: { name }, payload: { enabled } })
            return enabled ? words.turnedOn(name) : words.turnedOff(name)
          },
          links: [
            { label: text.catalogue.edit, to: "/groups/$name", params: { name } },
            { label: text.catalogue.clone, to: "/new/group", search: { like: name } },
            { label: words.grant, to: "/new/policy", search: { group: name } }
          ],
          deletion: (onDeleted) => deletionOf(name, onDeleted)
        }
      }}
    />
  )
}
