// The fields of a group.
import { useQuery } from "@tanstack/react-query"
import { type Control, useWatch } from "react-hook-form"
import { ChoicesField, SwitchField, TextField } from "@/components/form/Fields.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { Badge } from "@/components/ui/badge.tsx"
import { FieldGroup } from "@/components/ui/field.tsx"
import { specsQuery } from "@/pages/catalogue/Queries.ts"
import type { GroupValues } from "@/pages/groups/GroupForm.ts"
import { text } from "@/text/Text.ts"

const words = text.group
const { fields, hints } = words

/** Every spec, and what the group names though there is no such spec any more. */
const useOptions = (control: Control<GroupValues>) => {
  const specs = useQuery(specsQuery).data ?? []
  const chosen = useWatch({ control, name: "spec_names" })
  const known = specs.map((spec) => ({
    value: spec.name,
    note: (
      <span className="text-xs text-muted-foreground">
        {spec.labels.join(", ")}
        {spec.enabled ? null : ` · ${text.enabled.no}`}
      </span>
    )
  }))
  const missing = chosen.filter((name) => !specs.some((spec) => spec.name === name))
  return [...known, ...missing.map((value) => ({ value, note: <Badge variant="warning">{words.missing}</Badge> }))]
}

export function GroupFields({ control, isNew }: { control: Control<GroupValues>; isNew: boolean }) {
  const options = useOptions(control)
  return (
    <FieldGroup>
      {isNew ? <TextField control={control} name="name" label={fields.name} hint={hints.name} required /> : null}
      <TextField control={control} name="description" label={fields.description} hint={hints.description} multiline />
      <ChoicesField
        control={control}
        name="spec_names"
        label={fields.spec_names}
        hint={hints.spec_names}
        options={options}
        empty={
          <>
            {words.noSpec}{" "}
            <TextLink to="/new/spec" search={{}} className="underline">
              {words.newSpec}
            </TextLink>
          </>
        }
      />
      <SwitchField control={control} name="enabled" label={fields.enabled} hint={hints.enabled} />
    </FieldGroup>
  )
}
