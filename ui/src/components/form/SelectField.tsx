// One of several, by its name.
//
// Gotcha: what the form holds may not be among them any more; it is offered all the same, so that nothing changes unseen.
import type { ReactNode } from "react"
import { type Control, type FieldPath, type FieldValues, useController } from "react-hook-form"
import { FormField } from "@/components/form/FormField.tsx"
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/components/ui/select.tsx"
import { text } from "@/text/Text.ts"

export function SelectField<V extends FieldValues>({
  control,
  name,
  label,
  hint,
  options,
  placeholder,
  missing
}: {
  control: Control<V>
  name: FieldPath<V>
  label: string
  hint?: ReactNode
  options: ReadonlyArray<string>
  placeholder: string
  /** How a name is shown that is none of the options. */
  missing: (name: string) => string
}) {
  const rules = { validate: (value: string) => value !== "" || text.form.required }
  const { field, fieldState } = useController({ control, name, rules })
  const value: string = field.value
  const offered = value === "" || options.includes(value) ? options : [...options, value]
  return (
    <FormField label={label} hint={hint} error={fieldState.error?.message}>
      {(props) => (
        <Select value={value} onValueChange={field.onChange}>
          <SelectTrigger {...props} ref={field.ref} onBlur={field.onBlur} className="w-full max-w-md">
            <SelectValue placeholder={placeholder} />
          </SelectTrigger>
          <SelectContent>
            {offered.map((option) => (
              <SelectItem key={option} value={option}>
                {options.includes(option) ? option : missing(option)}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
      )}
    </FormField>
  )
}
