// A field of a form: its label, the control, what it means, and what is wrong with what was entered.
import { type ReactNode, useId } from "react"
import { Field, FieldDescription, FieldError } from "@/components/ui/field.tsx"
import { Label } from "@/components/ui/label.tsx"

/** For the element that is labelled: whoever cannot see the page is told the same. */
export interface ControlProps {
  readonly id: string
  readonly "aria-describedby": string | undefined
  readonly "aria-invalid": boolean
}

export function FormField({
  label,
  hint,
  error,
  className,
  children
}: {
  label: string
  hint?: ReactNode
  error: string | undefined
  className?: string
  children: (control: ControlProps) => ReactNode
}) {
  const id = useId()
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`]
  const described = [...(error === undefined ? [] : [errorId]), ...(hint === undefined ? [] : [hintId])]
  return (
    <Field className={className}>
      <Label htmlFor={id}>{label}</Label>
      {children({
        id,
        "aria-describedby": described.length === 0 ? undefined : described.join(" "),
        "aria-invalid": error !== undefined
      })}
      {error === undefined ? null : <FieldError id={errorId}>{error}</FieldError>}
      {hint === undefined ? null : <FieldDescription id={hintId}>{hint}</FieldDescription>}
    </Field>
  )
}
