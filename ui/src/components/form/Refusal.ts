// What the service refused, put where it belongs: onto the fields that it names, and the rest onto the form.
import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form"
import type { Failure } from "@/api/Failure.ts"

/** `labels[0]` and `runner_spec.labels` are of the field `labels` and `runner_spec`. */
const rootOf = (field: string) => field.replace(/[[.].*$/, "")

/** Begun as a sentence, unless it begins with the name of a field. */
const capital = (message: string) =>
  /^[a-z]+\b(?!_)/.test(message) ? message.slice(0, 1).toUpperCase() + message.slice(1) : message

/** The first field at fault is focused. What no field of the form is at fault for is the form's `root.refused`. */
export const showRefusal = <V extends FieldValues>(form: UseFormReturn<V>, failure: Failure): void => {
  const names = Object.keys(form.getValues())
  const atFault = Map.groupBy(failure.details, ({ field }) => rootOf(field))
  const shown = [...atFault].filter(([field]) => names.includes(field))
  for (const [index, [field, problems]] of shown.entries()) {
    const message = [...new Set(problems.map((problem) => capital(problem.message)))].join(" · ")
    form.setError(field as FieldPath<V>, { type: failure.code, message }, { shouldFocus: index === 0 })
  }
  if (shown.length === 0) form.setError("root.refused", { type: failure.code, message: capital(failure.message) })
}
