// One spec: its settings, to be changed by who may, and what it is now.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link, useNavigate, useParams } from "@tanstack/react-router"
import { CopyPlusIcon, Trash2Icon } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import type { Answer } from "@/api/Client.ts"
import { useMay, useMayOnce } from "@/api/Role.ts"
import { DeletionDialog } from "@/components/Deletion.tsx"
import { EditForm } from "@/components/form/EditForm.tsx"
import { useResourceForm } from "@/components/form/ResourceForm.ts"
import { Failed, Loading, PageHeader } from "@/components/Page.tsx"
import { BesideForm } from "@/components/ResourcePage.tsx"
import { Button } from "@/components/ui/button.tsx"
import { LastChange } from "@/pages/catalogue/LastChange.tsx"
import { specQuery } from "@/pages/catalogue/Queries.ts"
import { useSpecDeletion } from "@/pages/specs/Deletion.ts"
import { SpecFacts } from "@/pages/specs/SpecFacts.tsx"
import { SpecFields } from "@/pages/specs/SpecFields.tsx"
import { TrySpec } from "@/pages/specs/TrySpec.tsx"
import { SpecSide } from "@/pages/specs/SpecSide.tsx"
import { changeSpec, createSpec, type Spec as SpecView, storedSpec } from "@/pages/specs/SpecForm.ts"
import { text } from "@/text/Text.ts"

const words = text.spec

function Settings({ answer, isGone }: { answer: Answer<SpecView>; isGone: boolean }) {
  const { name } = answer.body
  const queries = useQueryClient()
  const query = specQuery(name)
  const keep = (changed: Answer<SpecView>) => {
    queries.setQueryData(query.queryKey, changed)
    void queries.invalidateQueries({ queryKey: ["specs"], exact: true })
    void queries.invalidateQueries({ queryKey: ["audit"] })
    return storedSpec(changed)
  }
  const edit = useResourceForm({
    stored: storedSpec(answer),
    read: async () => storedSpec(await queries.fetchQuery({ ...query, staleTime: 0 })),
    save: async (changed, etag) => keep(await changeSpec(name, changed, etag)),
    recreate: async (values) => keep(await createSpec(values)),
    onSaved: () => toast.success(words.saved(name))
  })
  return (
    <EditForm
      edit={edit}
      title={words.settings}
      labels={words.fields}
      who={<LastChange type="runner_spec" id={name} />}
      gone={isGone ? { ...words.gone, title: words.gone.title(name) } : undefined}
      actions={<TrySpec form={edit.form} />}
    >
      <SpecFields control={edit.form.control} isNew={false} />
    </EditForm>
  )
}

export function Spec() {
  const { name } = useParams({ from: "/specs/$name" })
  const navigate = useNavigate()
  const found = useQuery(specQuery(name))
  const mayAct = useMay("admin") === true
  const mayEdit = useMayOnce("admin")
  const deletionOf = useSpecDeletion()
  const [isDeleting, setIsDeleting] = useState(false)
  const isGone = found.error?.code === "not_found"
  const leave = () => void navigate({ to: "/specs", ignoreBlocker: true })
  const actions = (
    <>
      <Button asChild variant="outline" size="sm">
        <Link to="/new/spec" search={{ like: name }}>
          <CopyPlusIcon aria-hidden />
          {text.specs.clone}
        </Link>
      </Button>
      <Button variant="outline" size="sm" onClick={() => setIsDeleting(true)}>
        <Trash2Icon aria-hidden />
        {text.specs.remove}
      </Button>
    </>
  )
  return (
    <>
      <PageHeader
        title={name}
        back={{ to: "/specs", label: words.back }}
        actions={mayAct && found.data !== undefined && !isGone ? actions : undefined}
      />
      {found.data === undefined || mayEdit === undefined ? (
        found.isError ? (
          <Failed failure={found.error} onRetry={() => void found.refetch()} />
        ) : (
          <Loading />
        )
      ) : (
        <BesideForm side={<SpecSide spec={found.data.body} />}>
          {mayEdit ? <Settings key={name} answer={found.data} isGone={isGone} /> : <SpecFacts spec={found.data.body} />}
        </BesideForm>
      )}
      <DeletionDialog
        deletion={isDeleting ? deletionOf(name, leave, found.data?.headers.get("etag") ?? undefined) : null}
        onClose={() => setIsDeleting(false)}
      />
    </>
  )
}
