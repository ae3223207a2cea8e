// A new policy: empty, like another one, or for a spec or a group.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { toast } from "sonner"
import { useMayOnce } from "@/api/Role.ts"
import { CreateForm } from "@/components/form/CreateForm.tsx"
import { Failed, Loading, NotAllowed, PageHeader } from "@/components/Page.tsx"
import { policyQuery } from "@/pages/catalogue/Queries.ts"
import { PolicyFields } from "@/pages/policies/PolicyFields.tsx"
import { createPolicy, newPolicy, policyValues, type PolicyValues } from "@/pages/policies/PolicyForm.ts"
import { TryPolicy } from "@/pages/policies/TryPolicy.tsx"
import { text } from "@/text/Text.ts"

const words = text.policy

function Form({ values }: { values: PolicyValues }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const create = async (entered: PolicyValues) => {
    const { id } = (await createPolicy(entered)).body
    toast.success(words.created)
    void queries.invalidateQueries({ queryKey: ["policies"] })
    await navigate({ to: "/policies/$id", params: { id: String(id) }, ignoreBlocker: true })
  }
  return (
    <CreateForm
      title={words.settings}
      values={values}
      label={words.create}
      create={create}
      existsField="repository_full_name"
      exists={({ repository_full_name }) => ({
        message: words.exists,
        link: (
          <>
            {words.exists}{" "}
            <Link to="/policies" search={{ q: repository_full_name.trim() }} className="underline underline-offset-4">
              {words.openIt}
            </Link>
          </>
        )
      })}
      actions={(form) => <TryPolicy form={form} />}
    >
      {(form) => <PolicyFields control={form.control} />}
    </CreateForm>
  )
}

function Like({ id }: { id: string }) {
  const found = useQuery(policyQuery(id))
  if (found.data !== undefined) return <Form values={policyValues(found.data.body)} />
  return found.isError ? <Failed failure={found.error} onRetry={() => void found.refetch()} /> : <Loading />
}

export function NewPolicy() {
  const { group, like, spec } = useSearch({ from: "/new/policy" })
  const may = useMayOnce("admin")
  const target = {
    ...(spec === undefined ? {} : { runner_spec_name: spec }),
    ...(group === undefined ? {} : { kind: "group" as const, runner_group_name: group })
  }
  return (
    <>
      <PageHeader title={words.titleNew} back={{ to: "/policies", label: words.back }} />
      <div className="max-w-3xl">
        {may === undefined ? (
          <Loading />
        ) : !may ? (
          <NotAllowed />
        ) : like === undefined ? (
          <Form values={{ ...newPolicy, ...target }} />
        ) : (
          <Like id={like} />
        )}
      </div>
    </>
  )
}
