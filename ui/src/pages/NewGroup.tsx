// A new group: empty, like another one, or with one spec in it.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { toast } from "sonner"
import { useMayOnce } from "@/api/Role.ts"
import { CreateForm } from "@/components/form/CreateForm.tsx"
import { Failed, Loading, NotAllowed, PageHeader } from "@/components/Page.tsx"
import { groupQuery } from "@/pages/catalogue/Queries.ts"
import { GroupFields } from "@/pages/groups/GroupFields.tsx"
import { createGroup, groupValues, type GroupValues, newGroup } from "@/pages/groups/GroupForm.ts"
import { text } from "@/text/Text.ts"

const words = text.group

function Form({ values }: { values: GroupValues }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const create = async (entered: GroupValues) => {
    const { name } = (await createGroup(entered)).body
    toast.success(words.created(name))
    void queries.invalidateQueries({ queryKey: ["groups"] })
    await navigate({ to: "/groups/$name", params: { name }, ignoreBlocker: true })
  }
  return (
    <CreateForm
      title={words.settings}
      values={values}
      label={words.create}
      create={create}
      existsField="name"
      exists={({ name }) => ({
        message: words.exists,
        link: (
          <>
            {words.exists}{" "}
            <Link to="/groups/$name" params={{ name: name.trim() }} className="underline underline-offset-4">
              {words.openIt}
            </Link>
          </>
        )
      })}
    >
      {(form) => <GroupFields control={form.control} isNew />}
    </CreateForm>
  )
}

function Like({ name }: { name: string }) {
  const found = useQuery(groupQuery(name))
  if (found.data !== undefined) return <Form values={{ ...groupValues(found.data.body), name: "" }} />
  return found.isError ? <Failed failure={found.error} onRetry={() => void found.refetch()} /> : <Loading />
}

export function NewGroup() {
  const { like, spec } = useSearch({ from: "/new/group" })
  const may = useMayOnce("admin")
  return (
    <>
      <PageHeader
        title={like === undefined ? words.titleNew : words.titleClone(like)}
        back={{ to: "/groups", label: words.back }}
      />
      <div className="max-w-3xl">
        {may === undefined ? (
          <Loading />
        ) : !may ? (
          <NotAllowed />
        ) : like === undefined ? (
          <Form values={{ ...newGroup, spec_names: spec === undefined ? [] : [spec] }} />
        ) : (
          <Like name={like} />
        )}
      </div>
    </>
  )
}
