// One policy, to be changed by who may.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useNavigate, useParams } from "@tanstack/react-router"
import { toast } from "sonner"
import type { Answer } from "@/api/Client.ts"
import { Facts } from "@/components/Facts.tsx"
import { EditForm } from "@/components/form/EditForm.tsx"
import { useResourceForm } from "@/components/form/ResourceForm.ts"
import { Section } from "@/components/Section.tsx"
import { Time } from "@/components/Time.tsx"
import { LastChange } from "@/pages/catalogue/LastChange.tsx"
import { policyQuery } from "@/pages/catalogue/Queries.ts"
import { ResourcePage } from "@/pages/catalogue/ResourcePage.tsx"
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
      title={text.catalogue.settings}
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
    <Section title={text.catalogue.settings}>
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
  return (
    <ResourcePage
      title={words.title(id)}
      descriptionOf={(policy) => policy.repository_full_name}
      resource="policies"
      back={words.back}
      found={useQuery(policyQuery(id))}
      newAt="/new/policy"
      like={id}
      deletionOf={usePolicyDeletion()}
      settings={(answer, isGone) => <Settings key={id} answer={answer} isGone={isGone} />}
      facts={(policy) => <Read policy={policy} />}
    />
  )
}
