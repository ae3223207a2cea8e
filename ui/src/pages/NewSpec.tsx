// A new spec, empty or like another one.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { toast } from "sonner"
import { useMayOnce } from "@/api/Role.ts"
import { CreateForm } from "@/components/form/CreateForm.tsx"
import { Failed, Loading, NotAllowed, PageHeader } from "@/components/Page.tsx"
import { specQuery } from "@/pages/catalogue/Queries.ts"
import { SpecFields } from "@/pages/specs/SpecFields.tsx"
import { createSpec, newSpec, specValues, type SpecValues } from "@/pages/specs/SpecForm.ts"
import { TrySpec } from "@/pages/specs/TrySpec.tsx"
import { text } from "@/text/Text.ts"

const words = text.spec

function Form({ values }: { values: SpecValues }) {
  const navigate = useNavigate()
  const queries = useQueryClient()
  const create = async (entered: SpecValues) => {
    const { name } = (await createSpec(entered)).body
    toast.success(words.created(name))
    void queries.invalidateQueries({ queryKey: ["specs"] })
    await navigate({ to: "/specs/$name", params: { name }, ignoreBlocker: true })
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
            <Link to="/specs/$name" params={{ name: name.trim() }} className="underline underline-offset-4">
              {words.openIt}
            </Link>
          </>
        )
      })}
      actions={(form) => <TrySpec form={form} />}
    >
      {(form) => <SpecFields control={form.control} isNew />}
    </CreateForm>
  )
}

function Like({ name }: { name: string }) {
  const found = useQuery(specQuery(name))
  if (found.data !== undefined) return <Form values={{ ...specValues(found.data.body), name: "" }} />
  return found.isError ? <Failed failure={found.error} onRetry={() => void found.refetch()} /> : <Loading />
}

export function NewSpec() {
  const { like } = useSearch({ from: "/new/spec" })
  const may = useMayOnce("admin")
  return (
    <>
      <PageHeader
        title={like === undefined ? words.titleNew : words.titleClone(like)}
        back={{ to: "/specs", label: words.back }}
      />
      <div className="max-w-3xl">
        {may === undefined ? (
          <Loading />
        ) : !may ? (
          <NotAllowed />
        ) : like === undefined ? (
          <Form values={newSpec} />
        ) : (
          <Like name={like} />
        )}
      </div>
    </>
  )
}
