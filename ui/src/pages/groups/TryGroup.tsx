// Tries what stands in a group's form on the jobs that came lately.
import { type UseFormReturn, useWatch } from "react-hook-form"
import { DryRunButton } from "@/components/DryRun.tsx"
import type { GroupValues } from "@/pages/groups/GroupForm.ts"
import { text } from "@/text/Text.ts"

export function TryGroup({ form }: { form: UseFormReturn<GroupValues> }) {
  useWatch({ control: form.control })
  const { enabled, name, spec_names } = form.getValues()
  return (
    <DryRunButton
      label={text.form.tryOut}
      disabled={name.trim() === ""}
      change={() => ({ runner_group: { name, spec_names, enabled } })}
    />
  )
}
