// One group: its settings, to be changed by who may, and the policies that grant it.
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link, useParams } from "@tanstack/react-router"
import { toast } from "sonner"
import type { Answer } from "@/api/Client.ts"
import { useMay } from "@/api/Role.ts"
import { Facts } from "@/components/Facts.tsx"
import { EditForm } from "@/components/form/EditForm.tsx"
import { useResourceForm } from "@/components/form/ResourceForm.ts"
import { Section } from "@/components/Section.tsx"
import { Answered } from "@/components/Answered.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { Button } from "@/components/ui/button.tsx"
import { LastChange } from "@/pages/catalogue/LastChange.tsx"
import { PolicyList } from "@/pages/catalogue/PolicyList.tsx"
import { groupQuery, policiesQuery } from "@/pages/catalogue/Queries.ts"
import { ResourcePage } from "@/pages/catalogue/ResourcePage.tsx"
import { useGroupDeletion } from "@/pages/groups/Deletion.ts"
import { GroupFields } from "@/pages/groups/GroupFields.tsx"
import { changeGroup, createGroup, type Group as GroupView, storedGroup } from "@/pages/groups/GroupForm.ts"
import { TryGroup } from "@/pages/groups/TryGroup.tsx"
import { text } from "@/text/Text.ts"

const words = text.group
const { fields, grants } = words

function Settings({ answer, isGone }: { answer: Answer<GroupView>; isGone: boolean }) {
  const { name } = answer.body
  const queries = useQueryClient()
  const query = groupQuery(name)
  const keep = (changed: Answer<GroupView>) => {
    queries.setQueryData(query.queryKey, changed)
    void queries.invalidateQueries({ queryKey: ["groups"], exact: true })
    void queries.invalidateQueries({ queryKey: ["audit"] })
    return storedGroup(changed)
  }
  const edit = useResourceForm({
    stored: storedGroup(answer),
    read: async () => storedGroup(await queries.fetchQuery({ ...query, staleTime: 0 })),
    save: async (changed, etag) => keep(await changeGroup(name, changed, etag)),
    recreate: async (values) => keep(await createGroup(values)),
    onSaved: () => toast.success(words.saved(name))
  })
  return (
    <EditForm
      edit={edit}
      title={text.catalogue.settings}
      labels={fields}
      who={<LastChange type="runner_group" id={name} />}
      gone={isGone ? { ...words.gone, title: words.gone.title(name) } : undefined}
      actions={<TryGroup form={edit.form} />}
    >
      <GroupFields control={edit.form.control} isNew={false} />
    </EditForm>
  )
}

function Read({ group }: { group: GroupView }) {
  return (
    <Section title={text.catalogue.settings}>
      <Facts
        rows={[
          [fields.description, group.description],
          [
            fields.spec_names,
            group.spec_names.length === 0 ? null : (
              <span className="flex flex-wrap gap-x-2">
                {group.spec_names.map((spec) => (
                  <TextLink key={spec} to="/specs/$name" params={{ name: spec }}>
                    {spec}
                  </TextLink>
                ))}
              </span>
            )
          ],
          [fields.enabled, text.yesNo[group.enabled ? "yes" : "no"]]
        ]}
      />
    </Section>
  )
}

function Grants({ group }: { group: GroupView }) {
  const query = useQuery(policiesQuery)
  const mayAct = useMay("admin") === true
  return (
    <Section title={grants.title}>
      <Answered query={query} rows={2}>
        {(policies) => {
          const granting = policies.filter((policy) => policy.runner_group_name === group.name)
          return (
            <div className="grid gap-2">
              {granting.length === 0 ? <p className="text-muted-foreground">{grants.nobody}</p> : null}
              <PolicyList
                policies={granting}
                noteOf={({ enabled }) => (enabled && group.enabled ? "" : text.spec.grants.off)}
              />
              {mayAct ? (
                <Button asChild variant="outline" size="sm" className="w-fit">
                  <Link to="/new/policy" search={{ group: group.name }}>
                    {grants.add}
                  </Link>
                </Button>
              ) : null}
            </div>
          )
        }}
      </Answered>
    </Section>
  )
}

export function Group() {
  const { name } = useParams({ from: "/groups/$name" })
  const deletionOf = useGroupDeletion()
  return (
    <ResourcePage
      title={name}
      resource="groups"
      back={words.back}
      found={useQuery(groupQuery(name))}
      newAt="/new/group"
      like={name}
      deletionOf={(_, onDeleted, etag) => deletionOf(name, onDeleted, etag)}
      settings={(answer, isGone) => <Settings key={name} answer={answer} isGone={isGone} />}
      facts={(group) => <Read group={group} />}
      side={(group) => <Grants group={group} />}
    />
  )
}
