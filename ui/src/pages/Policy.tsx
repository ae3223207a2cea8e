// One policy, to be changed by who may.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link, useNavigate, useParams } from "@tanstack/react-router"
import { CopyPlusIcon, Trash2Icon } from "lucide-react"
import { useState } from "react"
import { toast } from "sonner"
import type { Answer } from "@/api/Client.ts"
import { useMay, useMayOnce } from "@/api/Role.ts"
import { DeletionDialog } from "@/components/Deletion.tsx"
import { Facts } from "@/components/Facts.tsx"
import { EditForm } from "@/components/form/EditForm.tsx"
import { useResourceForm } from "@/components/form/ResourceForm.ts"
import { Failed, Loading, PageHeader } from "@/components/Page.tsx"
import { Section } from "@/components/Section.tsx"
import { Time } from "@/components/Time.tsx"
import { Button } from "@/components/ui/button.tsx"
import { LastChange } from "@/pages/catalogue/LastChange.tsx"
import { policyQuery } from "@/pages/catalogue/Queries.ts"
import { usePolicyDeletion } from "@/pages/policies/Deletion.ts"
import { PolicyFields } from "@/pages/policies/PolicyFields.tsx"
import { changePolicy, createPolicy, type Policy as PolicyView, storedPolicy } from "@/pages/policies/PolicyForm.ts"
import { PolicyTarget } from "@/pages/policies/PolicyTarget.tsx"
import { TryPolicy } from "@/pages/policies/TryPolicy.tsx"
import { text } from "@/text/Text.ts"

const words = text.policy
const { fields } = words

function Settings({ answer, isGone }: { answer: Answer<PolicyView>; isGone: boolean }) {
  const { id } = answer.body
  const navigate = useNavigate()
  const queries = useQueryClient()
  const query = policyQuery(String(id))
  const keep = (changed: Answer<PolicyView>) => {
    queries.setQueryData(query.queryKey, changed)
    void queries.invalidateQueries({ queryKey: ["policies"], exact: true })
    void queries.invalidateQueries({ queryKey: ["audit"] })
    return storedPolicy(changed)
  }
  const edit = useResourceForm({
    stored: storedPolicy(answer),
    read: async () => storedPolicy(await queries.fetchQuery({ ...query, staleTime: 0 })),
    save: async (changed, etag, values) => keep(await changePolicy(id, values, changed, etag)),
    // It gets another number, and so another page.
    recreate: async (values) => {
      const created = await createPolicy(values)
      await navigate({ to: "/policies/$id", params: { id: String(created.body.id) }, ignoreBlocker: true })
      return storedPolicy(created)
    },
    onSaved: () => toast.success(words.saved)
  })
  return (
    <EditForm
      edit={edit}
      title={words.settings}
      labels={fields}
      who={<LastChange type="repository_policy" id={String(id)} />}
      gone={isGone ? { ...words.gone, title: words.gone.title(id) } : undefined}
      actions={<TryPolicy form={edit.form} id={id} />}
    >
      <PolicyFields control={edit.form.control} />
    </EditForm>
  )
}

function Read({ policy }: { policy: PolicyView }) {
  return (
    <Section title={words.settings}>
      <Facts
        rows={[
          [fields.repository_full_name, policy.repository_full_name],
          [fields.kind, <PolicyTarget policy={policy} />],
          [fields.enabled, text.yesNo[policy.enabled ? "yes" : "no"]],
          [text.policies.columns.created, <Time at={policy.created_at} />]
        ]}
      />
    </Section>
  )
}

export function Policy() {
  const { id } = useParams({ from: "/policies/$id" })
  const navigate = useNavigate()
  const found = useQuery(policyQuery(id))
  const mayAct = useMay("admin") === true
  const mayEdit = useMayOnce("admin")
  const deletionOf = usePolicyDeletion()
  const [isDeleting, setIsDeleting] = useState(false)
  const isGone = found.error?.code === "not_found"
  const policy = found.data?.body
  const leave = () => void navigate({ to: "/policies", ignoreBlocker: true })
  const actions = (
    <>
      <Button asChild variant="outline" size="sm">
        <Link to="/new/policy" search={{ like: id }}>
          <CopyPlusIcon aria-hidden />
          {text.policies.clone}
        </Link>
      </Button>
      <Button variant="outline" size="sm" onClick={() => setIsDeleting(true)}>
        <Trash2Icon aria-hidden />
        {text.policies.remove}
      </Button>
    </>
  )
  return (
    <>
      <PageHeader
        title={words.title(id)}
        {...(policy === undefined ? {} : { description: policy.repository_full_name })}
        back={{ to: "/policies", label: words.back }}
        actions={mayAct && policy !== undefined && !isGone ? actions : undefined}
      />
      <div className="max-w-3xl">
        {found.data === undefined || mayEdit === undefined ? (
          found.isError ? (
            <Failed failure={found.error} onRetry={() => void found.refetch()} />
          ) : (
            <Loading />
          )
        ) : mayEdit ? (
          <Settings key={id} answer={found.data} isGone={isGone} />
        ) : (
          <Read policy={found.data.body} />
        )}
      </div>
      <DeletionDialog
        deletion={
          isDeleting && policy !== undefined
            ? deletionOf(policy, leave, found.data?.headers.get("etag") ?? undefined)
            : null
        }
        onClose={() => setIsDeleting(false)}
      />
    </>
  )
}
