// The runner specs, in the order in which they are preferred.
import { useQuery } from "@tanstack/react-query"
import { call } from "@/api/Client.ts"
import { Labels } from "@/components/Labels.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { cn } from "@/components/ui/cn.ts"
import { TableCell } from "@/components/ui/table.tsx"
import { CatalogueList } from "@/pages/catalogue/List.tsx"
import { groupsQuery, specsQuery } from "@/pages/catalogue/Queries.ts"
import { useSpecDeletion } from "@/pages/specs/Deletion.ts"
import type { Spec } from "@/pages/specs/SpecForm.ts"
import { text } from "@/text/Text.ts"

const words = text.specs

const looks = {
  template: "max-lg:hidden",
  group: "max-lg:hidden",
  groups: "max-lg:hidden",
  available: "max-sm:hidden",
  limit: "text-right",
  priority: "text-right max-sm:hidden"
}

function Cells({ spec, groups }: { spec: Spec; groups: ReadonlyArray<string> }) {
  return (
    <>
      <TableCell className="max-w-56 break-words font-medium">
        <TextLink to="/specs/$name" params={{ name: spec.name }}>
          {spec.name}
        </TextLink>
      </TableCell>
      <TableCell className="min-w-40 max-w-72">
        <Labels labels={spec.labels} />
      </TableCell>
      <TableCell className={cn("min-w-32 max-w-48 break-words font-mono text-xs", looks.template)}>
        {spec.template_id}
      </TableCell>
      <TableCell className={cn(spec.runner_group === null && "text-muted-foreground", looks.group)}>
        {spec.runner_group ?? words.none}
      </TableCell>
      <TableCell className={cn("min-w-28", looks.groups)}>
        <span className="flex flex-wrap gap-x-2">
          {groups.length === 0 ? <span className="text-muted-foreground">{words.none}</span> : null}
          {groups.map((group) => (
            <TextLink key={group} to="/groups/$name" params={{ name: group }}>
              {group}
            </TextLink>
          ))}
        </span>
      </TableCell>
      <TableCell className={cn(!spec.default_available && "text-muted-foreground", looks.available)}>
        {spec.default_available ? words.everybody : words.byPolicy}
      </TableCell>
      <TableCell className={cn("tabular-nums", looks.limit)}>
        {spec.max_concurrency > 0 ? (
          spec.max_concurrency
        ) : (
          <span className="text-muted-foreground">{words.unlimited}</span>
        )}
      </TableCell>
      <TableCell className={cn("tabular-nums", looks.priority)}>{spec.priority}</TableCell>
    </>
  )
}

export function Specs() {
  const groups = useQuery(groupsQuery).data ?? []
  const deletionOf = useSpecDeletion()
  return (
    <CatalogueList
      resource="specs"
      words={words}
      query={useQuery(specsQuery)}
      createAt="/new/spec"
      looks={looks}
      textsOf={(spec) => [spec.name, spec.template_id, spec.runner_group ?? "", ...spec.labels]}
      rowOf={(spec) => {
        const { name } = spec
        const containing = groups.filter((group) => group.spec_names.includes(name)).map((group) => group.name)
        return {
          key: name,
          cells: <Cells spec={spec} groups={containing} />,
          labels: { enable: words.enable(name), actions: words.actions(name) },
          enable: async (enabled) => {
            await call("PATCH /runner_specs/:name", { params: { name }, payload: { enabled } })
            return enabled ? words.turnedOn(name) : words.turnedOff(name)
          },
          links: [
            { label: text.catalogue.edit, to: "/specs/$name", params: { name } },
            { label: text.catalogue.clone, to: "/new/spec", search: { like: name } },
            { label: words.requests, to: "/requests", search: { spec: name } }
          ],
          deletion: (onDeleted) => deletionOf(name, onDeleted)
        }
      }}
    />
  )
}
