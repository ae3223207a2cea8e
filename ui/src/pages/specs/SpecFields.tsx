// The fields of a spec.
import type { Control } from "react-hook-form"
import { LabelsField, NumberField, SwitchField, TextField } from "@/components/form/Fields.tsx"
import { FieldGroup } from "@/components/ui/field.tsx"
import type { SpecValues } from "@/pages/specs/SpecForm.ts"
import { TemplateField } from "@/pages/specs/TemplateField.tsx"
import { text } from "@/text/Text.ts"

const { fields, hints, placeholders, units } = text.spec

export function SpecFields({ control, isNew }: { control: Control<SpecValues>; isNew: boolean }) {
  const named = <N extends keyof SpecValues>(name: N) => ({ control, name, label: fields[name], hint: hints[name] })
  return (
    <FieldGroup>
      {isNew ? <TextField {...named("name")} required /> : null}
      <LabelsField {...named("labels")} placeholder={placeholders.labels} />
      <TemplateField control={control} />
      <TextField {...named("runner_group")} placeholder={placeholders.runner_group} />
      <div className="grid items-start gap-5 sm:grid-cols-3">
        <NumberField {...named("max_concurrency")} unit={units.sandboxes} />
        <NumberField {...named("priority")} />
        <NumberField {...named("min_idle")} unit={units.runners} />
      </div>
      <SwitchField {...named("enabled")} />
      <SwitchField {...named("default_available")} />
    </FieldGroup>
  )
}
