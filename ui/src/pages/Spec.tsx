// One spec: its settings, to be changed by who may, and what it is now.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useParams } from "@tanstack/react-router"
import { toast } from "sonner"
import type { Answer } from "@/api/Client.ts"
import { EditForm } from "@/components/form/EditForm.tsx"
import { useResourceForm } from "@/components/form/ResourceForm.ts"
import { LastChange } from "@/pages/catalogue/LastChange.tsx"
import { specQuery } from "@/pages/catalogue/Queries.ts"
import { ResourcePage } from "@/pages/catalogue/ResourcePage.tsx"
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
      title={text.catalogue.settings}
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
  const deletionOf = useSpecDeletion()
  return (
    <ResourcePage
      title={name}
      resource="specs"
      back={words.back}
      found={useQuery(specQuery(name))}
      newAt="/new/spec"
      like={name}
      deletionOf={(_, onDeleted, etag) => deletionOf(name, onDeleted, etag)}
      settings={(answer, isGone) => <Settings key={name} answer={answer} isGone={isGone} />}
      facts={(spec) => <SpecFacts spec={spec} />}
      side={(spec) => <SpecSide spec={spec} />}
    />
  )
}
