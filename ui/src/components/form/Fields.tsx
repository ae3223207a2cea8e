// The fields that forms are made of, each bound to its form by name.
//
// Gotcha: a number is a text in the form, as it was typed; what becomes of it is said where the form is sent.
import { type ReactNode, useId } from "react"
import { type Control, type FieldPath, type FieldValues, useController } from "react-hook-form"
import { FormField } from "@/components/form/FormField.tsx"
import { LabelsInput } from "@/components/form/LabelsInput.tsx"
import { Checkbox } from "@/components/ui/checkbox.tsx"
import { Field, FieldDescription, FieldError, FieldLegend, FieldSet } from "@/components/ui/field.tsx"
import { Input } from "@/components/ui/input.tsx"
import { InputGroup, InputGroupInput, InputGroupText } from "@/components/ui/input-group.tsx"
import { Label } from "@/components/ui/label.tsx"
import { Switch } from "@/components/ui/switch.tsx"
import { Textarea } from "@/components/ui/textarea.tsx"
import { text } from "@/text/Text.ts"

const words = text.form

interface Bound<V extends FieldValues> {
  readonly control: Control<V>
  readonly name: FieldPath<V>
  readonly label: string
  readonly hint?: ReactNode
}

const isThere = (value: string) => value.trim() !== "" || words.required

export function TextField<V extends FieldValues>({
  control,
  name,
  label,
  hint,
  required = false,
  multiline = false,
  placeholder,
  readOnly = false
}: Bound<V> & { required?: boolean; multiline?: boolean; placeholder?: string; readOnly?: boolean }) {
  const { field, fieldState } = useController({ control, name, rules: required ? { validate: isThere } : {} })
  const Entry = multiline ? Textarea : Input
  return (
    <FormField label={label} hint={hint} error={fieldState.error?.message}>
      {(props) => (
        <Entry
          {...field}
          {...props}
          placeholder={placeholder}
          readOnly={readOnly}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </FormField>
  )
}

const isWhole = (value: string) => /^-?\d{1,10}$/.test(value.trim()) || words.wholeNumber

export function NumberField<V extends FieldValues>({ control, name, label, hint, unit }: Bound<V> & { unit?: string }) {
  const { field, fieldState } = useController({ control, name, rules: { validate: isWhole } })
  return (
    <FormField label={label} hint={hint} error={fieldState.error?.message}>
      {(props) => (
        <InputGroup className="max-w-56">
          <InputGroupInput {...field} {...props} inputMode="numeric" autoComplete="off" className="tabular-nums" />
          {unit === undefined ? null : <InputGroupText>{unit}</InputGroupText>}
        </InputGroup>
      )}
    </FormField>
  )
}

export function LabelsField<V extends FieldValues>({
  control,
  name,
  label,
  hint,
  placeholder
}: Bound<V> & { placeholder?: string }) {
  const { field, fieldState } = useController({
    control,
    name,
    rules: { validate: (labels: ReadonlyArray<string>) => labels.length > 0 || words.noLabels }
  })
  return (
    <FormField label={label} hint={hint} error={fieldState.error?.message}>
      {(props) => (
        <LabelsInput
          control={props}
          focusRef={field.ref}
          value={field.value}
          onChange={field.onChange}
          placeholder={placeholder}
        />
      )}
    </FormField>
  )
}

export function SwitchField<V extends FieldValues>({ control, name, label, hint }: Bound<V>) {
  const { field, fieldState } = useController({ control, name })
  const id = useId()
  return (
    <Field orientation="horizontal">
      <Switch
        id={id}
        ref={field.ref}
        checked={field.value}
        onCheckedChange={field.onChange}
        onBlur={field.onBlur}
        aria-describedby={`${id}-hint`}
      />
      <div className="grid gap-1">
        <Label htmlFor={id} className="leading-5">
          {label}
        </Label>
        {fieldState.error === undefined ? null : <FieldError>{fieldState.error.message}</FieldError>}
        <FieldDescription id={`${id}-hint`}>{hint}</FieldDescription>
      </div>
    </Field>
  )
}

/** Any number of several, in the order in which they were chosen. */
export function ChoicesField<V extends FieldValues>({
  control,
  name,
  label,
  hint,
  options,
  empty
}: Bound<V> & {
  options: ReadonlyArray<{ readonly value: string; readonly note?: ReactNode }>
  empty: ReactNode
}) {
  const { field, fieldState } = useController({ control, name })
  const id = useId()
  const chosen: ReadonlyArray<string> = field.value
  return (
    <FieldSet aria-describedby={fieldState.error === undefined ? undefined : `${id}-error`}>
      <FieldLegend>{label}</FieldLegend>
      {options.length === 0 ? (
        <p className="rounded-md border border-dashed p-3 text-muted-foreground">{empty}</p>
      ) : (
        <ul className="max-h-72 divide-y overflow-y-auto rounded-md border">
          {options.map(({ note, value }, index) => (
            <li key={value} className="flex items-center gap-3 px-3 py-2 hover:bg-muted/50">
              <Checkbox
                id={`${id}-${index}`}
                ref={index === 0 ? field.ref : undefined}
                checked={chosen.includes(value)}
                onCheckedChange={(checked) =>
                  field.onChange(checked === true ? [...chosen, value] : chosen.filter((each) => each !== value))
                }
              />
              <Label htmlFor={`${id}-${index}`} className="min-w-0 flex-1 flex-wrap font-normal">
                <span className="wrap-anywhere">{value}</span>
                {note}
              </Label>
            </li>
          ))}
        </ul>
      )}
      {fieldState.error === undefined ? null : <FieldError id={`${id}-error`}>{fieldState.error.message}</FieldError>}
      {hint === undefined ? null : <FieldDescription>{hint}</FieldDescription>}
    </FieldSet>
  )
}
