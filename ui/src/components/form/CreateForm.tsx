// The frame of a form that makes something new, never in place of something that is there.
import type { ReactNode } from "react"
import { type DefaultValues, type FieldPath, type FieldValues, useForm, type UseFormReturn } from "react-hook-form"
import { asFailure } from "@/api/Failure.ts"
import { useMay } from "@/api/Role.ts"
import { LeaveGuard } from "@/components/form/LeaveGuard.tsx"
import { showRefusal } from "@/components/form/Refusal.ts"
import { SaveBar } from "@/components/form/SaveBar.tsx"
import { Card, CardContent } from "@/components/ui/card.tsx"

const existing = "precondition_failed"

export function CreateForm<V extends FieldValues>({
  title,
  values,
  label,
  create,
  existsField,
  exists,
  openExisting,
  actions,
  children
}: {
  title: string
  /** What the form begins with. */
  values: V
  label: string
  /** Stores it, under the condition that it is new, and goes on from there. */
  create: (values: V) => Promise<void>
  /** The field that says what is there already. */
  existsField: FieldPath<V>
  /** What is said then, and the way to it. */
  exists: string
  openExisting: (values: V) => ReactNode
  actions?: ((form: UseFormReturn<V>) => ReactNode) | undefined
  children: (form: UseFormReturn<V>) => ReactNode
}) {
  const form = useForm<V>({ defaultValues: values as DefaultValues<V> })
  const { errors, isDirty, isSubmitting } = form.formState
  const submit = form.handleSubmit(async (entered) => {
    try {
      await create(entered)
    } catch (error) {
      const failure = asFailure(error)
      if (failure.code !== existing) return showRefusal(form, failure)
      form.setError(existsField, { type: existing, message: exists }, { shouldFocus: true })
    }
  })
  const isThere = form.getFieldState(existsField, form.formState).error?.type === existing
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <LeaveGuard isDirty={isDirty} />
      <Card role="region" aria-label={title}>
        <CardContent className="grid gap-5">
          {children(form)}
          <SaveBar
            label={label}
            isDirty
            isSaving={isSubmitting}
            maySave={useMay("admin") !== false}
            refusal={
              isThere ? (
                <>
                  {exists} {openExisting(form.getValues())}
                </>
              ) : (
                errors.root?.["refused"]?.message
              )
            }
          >
            {actions?.(form)}
          </SaveBar>
        </CardContent>
      </Card>
    </form>
  )
}
