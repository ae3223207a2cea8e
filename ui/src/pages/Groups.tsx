// The runner groups: which specs each has, and how many policies grant it.
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
import { groupsQuery, policiesQuery } from "@/pages/catalogue/Queries.ts"
import { RowMenu } from "@/pages/catalogue/RowMenu.tsx"
import { isLike } from "@/pages/catalogue/Search.ts"
import { useGroupDeletion } from "@/pages/groups/Deletion.ts"
import type { Group } from "@/pages/groups/GroupForm.ts"
import type { Policy } from "@/pages/policies/PolicyForm.ts"
import { text } from "@/text/Text.ts"

const words = text.groups

function Row({
  group,
  policies,
  onDelete
}: {
  group: Group
  /** Those that grant it; undefined until they are known. */
  policies: ReadonlyArray<Policy> | undefined
  onDelete: () => void
}) {
  const queries = useQueryClient()
  const { name } = group
  const enable = async (enabled: boolean) => {
    await call("PATCH /runner_groups/:name", { params: { name }, payload: { enabled } })
    await queries.invalidateQueries({ queryKey: ["groups"] })
    return enabled ? words.turnedOn(name) : words.turnedOff(name)
  }
  return (
    <TableRow>
      <TableCell className="max-w-80 break-words">
        <TextLink to="/groups/$name" params={{ name }} className="font-medium">
          {name}
        </TextLink>
        {group.description === "" ? null : (
          <p className="line-clamp-2 text-xs text-muted-foreground">{group.description}</p>
        )}
      </TableCell>
      <TableCell className="min-w-40">
        {group.spec_names.length === 0 ? (
          <span className="text-muted-foreground">{words.noSpecs}</span>
        ) : (
          <span className="flex flex-wrap gap-x-2">
            {group.spec_names.map((spec) => (
              <TextLink key={spec} to="/specs/$name" params={{ name: spec }} className="break-all">
                {spec}
              </TextLink>
            ))}
          </span>
        )}
      </TableCell>
      <TableCell className="min-w-40">
        {policies === undefined ? null : policies.length === 0 ? (
          <span className="text-muted-foreground">{words.noPolicies}</span>
        ) : (
          <span className="flex max-h-16 flex-wrap gap-x-2 overflow-hidden">
            {policies.map((policy) => (
              <TextLink key={policy.id} to="/policies/$id" params={{ id: String(policy.id) }} className="break-all">
                {policy.repository_full_name}
              </TextLink>
            ))}
          </span>
        )}
      </TableCell>
      <TableCell>
        <EnabledSwitch label={words.enable(name)} enabled={group.enabled} onChange={enable} />
      </TableCell>
      <TableCell>
        <Time at={group.updated_at} />
      </TableCell>
      <TableCell className="w-8 pl-0">
        <RowMenu
          label={words.actions(name)}
          links={[
            { label: words.edit, to: "/groups/$name", params: { name } },
            { label: words.clone, to: "/new/group", search: { like: name } },
            { label: words.grant, to: "/new/policy", search: { group: name } }
          ]}
          remove={{ label: words.remove, onSelect: onDelete }}
        />
      </TableCell>
    </TableRow>
  )
}

export function Groups() {
  const search = useSearch({ from: "/groups" })
  const navigate = useNavigate({ from: "/groups" })
  const query = useQuery(groupsQuery)
  const policies = useQuery(policiesQuery).data
  const deletionOf = useGroupDeletion()
  const [deleted, setDeleted] = useState<string | null>(null)
  const items = (query.data ?? []).filter((group) =>
    isLike(search, group.enabled, [group.name, group.description, ...group.spec_names])
  )
  return (
    <>
      <CatalogueList
        words={words}
        query={query}
        items={items}
        search={search}
        createAt="/new/group"
        onSearch={(search) => void navigate({ search })}
      >
        {(group) => (
          <Row
            key={group.name}
            group={group}
            policies={policies?.filter((policy) => policy.runner_group_name === group.name)}
            onDelete={() => setDeleted(group.name)}
          />
        )}
      </CatalogueList>
      <DeletionDialog
        deletion={deleted === null ? null : deletionOf(deleted, () => setDeleted(null))}
        onClose={() => setDeleted(null)}
      />
    </>
  )
}
