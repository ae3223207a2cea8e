// The runner specs, in the order in which they are preferred.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useNavigate, useSearch } from "@tanstack/react-router"
import { useState } from "react"
import { call } from "@/api/Client.ts"
import { DeletionDialog } from "@/components/Deletion.tsx"
import { EnabledSwitch } from "@/components/EnabledSwitch.tsx"
import { Labels } from "@/components/Labels.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { TableCell, TableRow } from "@/components/ui/table.tsx"
import { CatalogueList } from "@/pages/catalogue/List.tsx"
import { groupsQuery, specsQuery } from "@/pages/catalogue/Queries.ts"
import { RowMenu } from "@/pages/catalogue/RowMenu.tsx"
import { isLike } from "@/pages/catalogue/Search.ts"
import { useSpecDeletion } from "@/pages/specs/Deletion.ts"
import type { Spec } from "@/pages/specs/SpecForm.ts"
import { text } from "@/text/Text.ts"

const words = text.specs

function Row({ spec, groups, onDelete }: { spec: Spec; groups: ReadonlyArray<string>; onDelete: () => void }) {
  const queries = useQueryClient()
  const { name } = spec
  const enable = async (enabled: boolean) => {
    await call("PATCH /runner_specs/:name", { params: { name }, payload: { enabled } })
    await queries.invalidateQueries({ queryKey: ["specs"] })
    return enabled ? words.turnedOn(name) : words.turnedOff(name)
  }
  return (
    <TableRow>
      <TableCell className="max-w-56 break-words font-medium">
        <TextLink to="/specs/$name" params={{ name }}>
          {name}
        </TextLink>
      </TableCell>
      <TableCell className="min-w-40 max-w-72">
        <Labels labels={spec.labels} />
      </TableCell>
      <TableCell className="min-w-32 max-w-48 break-words font-mono text-xs">{spec.template_id}</TableCell>
      <TableCell className={spec.runner_group === null ? "text-muted-foreground" : ""}>
        {spec.runner_group ?? words.repositoryRunners}
      </TableCell>
      <TableCell className="min-w-28">
        <span className="flex flex-wrap gap-x-2">
          {groups.map((group) => (
            <TextLink key={group} to="/groups/$name" params={{ name: group }}>
              {group}
            </TextLink>
          ))}
        </span>
      </TableCell>
      <TableCell className={spec.default_available ? "" : "text-muted-foreground"}>
        {spec.default_available ? words.everybody : words.byPolicy}
      </TableCell>
      <TableCell className="text-right tabular-nums">
        {spec.max_concurrency > 0 ? (
          spec.max_concurrency
        ) : (
          <span className="text-muted-foreground">{words.unlimited}</span>
        )}
      </TableCell>
      <TableCell className="text-right tabular-nums">{spec.priority}</TableCell>
      <TableCell>
        <EnabledSwitch label={words.enable(name)} enabled={spec.enabled} onChange={enable} />
      </TableCell>
      <TableCell className="w-8 pl-0">
        <RowMenu
          label={words.actions(name)}
          links={[
            { label: words.edit, to: "/specs/$name", params: { name } },
            { label: words.clone, to: "/new/spec", search: { like: name } },
            { label: words.requests, to: "/requests", search: { spec: name } }
          ]}
          remove={{ label: words.remove, onSelect: onDelete }}
        />
      </TableCell>
    </TableRow>
  )
}

export function Specs() {
  const search = useSearch({ from: "/specs" })
  const navigate = useNavigate({ from: "/specs" })
  const query = useQuery(specsQuery)
  const groups = useQuery(groupsQuery).data ?? []
  const deletionOf = useSpecDeletion()
  const [deleted, setDeleted] = useState<string | null>(null)
  const items = (query.data ?? []).filter((spec) =>
    isLike(search, spec.enabled, [spec.name, spec.template_id, spec.runner_group ?? "", ...spec.labels])
  )
  return (
    <>
      <CatalogueList
        words={words}
        query={query}
        items={items}
        search={search}
        createAt="/new/spec"
        numeric={["limit", "priority"]}
        onSearch={(search) => void navigate({ search })}
      >
        {(spec) => (
          <Row
            key={spec.name}
            spec={spec}
            groups={groups.filter((group) => group.spec_names.includes(spec.name)).map((group) => group.name)}
            onDelete={() => setDeleted(spec.name)}
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
