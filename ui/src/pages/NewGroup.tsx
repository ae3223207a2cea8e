// A new group: empty, like another one, or with one spec in it.
import { useQuery } from "@tanstack/react-query"
import { useSearch } from "@tanstack/react-router"
import { NewResource } from "@/pages/catalogue/NewResource.tsx"
import { groupQuery } from "@/pages/catalogue/Queries.ts"
import { GroupFields } from "@/pages/groups/GroupFields.tsx"
import { createGroup, groupValues, newGroup } from "@/pages/groups/GroupForm.ts"
import { TryGroup } from "@/pages/groups/TryGroup.tsx"
import { text } from "@/text/Text.ts"

const words = text.group

const addressOf = (name: string) => ({ to: "/groups/$name", params: { name } }) as const

export function NewGroup() {
  const { like, spec } = useSearch({ from: "/new/group" })
  const found = useQuery({
    ...groupQuery(like ?? ""),
    enabled: like !== undefined,
    select: ({ body }) => ({ ...groupValues(body), name: "" })
  })
  return (
    <NewResource
      resource="groups"
      words={words}
      title={like === undefined ? words.titleNew : words.titleClone(like)}
      values={like === undefined ? { ...newGroup, spec_names: spec === undefined ? [] : [spec] } : found.data}
      like={found}
      create={async (values) => {
        const { name } = (await createGroup(values)).body
        return { told: words.created(name), at: addressOf(name) }
      }}
      existsField="name"
      existsAt={({ name }) => addressOf(name.trim())}
      actions={(form) => <TryGroup form={form} />}
    >
      {(form) => <GroupFields control={form.control} isNew />}
    </NewResource>
  )
}
