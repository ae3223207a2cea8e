// The fields of a policy.
import { useQuery } from "@tanstack/react-query"
import { type Control, useController, useWatch } from "react-hook-form"
import { useId } from "react"
import { SwitchField, TextField } from "@/components/form/Fields.tsx"
import { SelectField } from "@/components/form/SelectField.tsx"
import { TextLink } from "@/components/TextLink.tsx"
import { FieldDescription, FieldGroup, FieldLegend, FieldSet } from "@/components/ui/field.tsx"
import { Label } from "@/components/ui/label.tsx"
import { RadioGroup, RadioGroupItem } from "@/components/ui/radio-group.tsx"
import { groupsQuery, specsQuery } from "@/pages/catalogue/Queries.ts"
import type { PolicyValues } from "@/pages/policies/PolicyForm.ts"
import { text } from "@/text/Text.ts"

const words = text.policy
const { fields, hints } = words

function Kind({ control }: { control: Control<PolicyValues> }) {
  const { field } = useController({ control, name: "kind" })
  const id = useId()
  return (
    <FieldSet>
      <FieldLegend>{fields.kind}</FieldLegend>
      <RadioGroup
        value={field.value}
        onValueChange={field.onChange}
        aria-label={fields.kind}
        className="flex flex-wrap gap-x-6 gap-y-2"
      >
        {(["spec", "group"] as const).map((kind) => (
          <div key={kind} className="flex items-center gap-2">
            <RadioGroupItem id={`${id}-${kind}`} value={kind} />
            <Label htmlFor={`${id}-${kind}`} className="font-normal">
              {words.kinds[kind]}
            </Label>
          </div>
        ))}
      </RadioGroup>
      <FieldDescription>{hints.kind}</FieldDescription>
    </FieldSet>
  )
}

function Target({ control, kind }: { control: Control<PolicyValues>; kind: "spec" | "group" }) {
  const specs = useQuery(specsQuery).data
  const groups = useQuery(groupsQuery).data
  const known = kind === "spec" ? specs : groups
  const name = kind === "spec" ? "runner_spec_name" : "runner_group_name"
  const isChosen = useWatch({ control, name }) !== ""
  if (known?.length === 0 && !isChosen)
    return (
      <p className="rounded-md border border-dashed p-3 text-muted-foreground">
        {words.none[kind]}{" "}
        <TextLink to={kind === "spec" ? "/new/spec" : "/new/group"} search={{}} className="underline">
          {kind === "spec" ? words.none.newSpec : words.none.newGroup}
        </TextLink>
      </p>
    )
  return (
    <SelectField
      key={name}
      control={control}
      name={name}
      label={fields[name]}
      hint={hints[name]}
      options={known?.map((each) => each.name) ?? []}
      placeholder={words.placeholders.choose}
      // Until the list has come nothing is known to be missing.
      missing={(gone) => (known === undefined ? gone : words.missing(gone))}
    />
  )
}

export function PolicyFields({ control }: { control: Control<PolicyValues> }) {
  const kind = useWatch({ control, name: "kind" })
  return (
    <FieldGroup>
      <TextField
        control={control}
        name="repository_full_name"
        label={fields.repository_full_name}
        hint={hints.repository_full_name}
        placeholder={words.placeholders.repository_full_name}
        required
      />
      <Kind control={control} />
      <Target control={control} kind={kind} />
      <SwitchField control={control} name="enabled" label={fields.enabled} hint={hints.enabled} />
    </FieldGroup>
  )
}
