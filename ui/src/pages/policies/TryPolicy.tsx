// Tries what stands in a policy's form on the jobs that came lately.
import { type UseFormReturn, useWatch } from "react-hook-form"
import { DryRunButton } from "@/components/DryRun.tsx"
import { policyPayload, type PolicyValues } from "@/pages/policies/PolicyForm.ts"
import { text } from "@/text/Text.ts"

const isWhole = ({ kind, repository_full_name, runner_group_name, runner_spec_name }: PolicyValues) =>
  repository_full_name.trim() !== "" && (kind === "spec" ? runner_spec_name : runner_group_name) !== ""

/** `id`: of the policy that it is to replace. */
export function TryPolicy({ form, id }: { form: UseFormReturn<PolicyValues>; id?: number }) {
  useWatch({ control: form.control })
  const values = form.getValues()
  const replaced = id === undefined ? {} : { without_policy: id }
  return (
    <DryRunButton
      label={text.form.tryOut}
      disabled={!isWhole(values)}
      change={() => ({ new_policy: policyPayload(values), ...replaced })}
    />
  )
}
