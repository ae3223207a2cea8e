// Tries what stands in a spec's form on the jobs that came lately.
import { type UseFormReturn, useWatch } from "react-hook-form"
import { DryRunButton } from "@/components/DryRun.tsx"
import { specPayload, type SpecValues } from "@/pages/specs/SpecForm.ts"
import { text } from "@/text/Text.ts"

/** What decides which jobs match; a form that lacks it cannot be tried. */
const changeOf = ({ default_available, enabled, labels, name, priority }: SpecValues) =>
  name.trim() === "" || labels.length === 0 || !/^-?\d+$/.test(priority)
    ? null
    : { runner_spec: { name, ...specPayload({ labels, priority, enabled, default_available }) } }

export function TrySpec({ form }: { form: UseFormReturn<SpecValues> }) {
  useWatch({ control: form.control })
  const change = changeOf(form.getValues())
  return <DryRunButton label={text.form.tryOut} disabled={change === null} change={() => change} />
}
