// A policy as its form has it, and as the API has it.
import { type Answer, type Body, call } from "@/api/Client.ts"
import type { Stored } from "@/components/form/ResourceForm.ts"

export type Policy = Body<"GET /runner_policies/:id">

/** The API's fields, and which of the two targets counts. The name of the other is kept while the form is open. */
export interface PolicyValues {
  readonly repository_full_name: string
  readonly kind: "spec" | "group"
  readonly runner_spec_name: string
  readonly runner_group_name: string
  readonly enabled: boolean
}

export const newPolicy: PolicyValues = {
  repository_full_name: "",
  kind: "spec",
  runner_spec_name: "",
  runner_group_name: "",
  enabled: true
}

export const policyValues = (policy: Policy): PolicyValues => ({
  repository_full_name: policy.repository_full_name,
  kind: policy.runner_group_name === null ? "spec" : "group",
  runner_spec_name: policy.runner_spec_name ?? "",
  runner_group_name: policy.runner_group_name ?? "",
  enabled: policy.enabled
})

/** Of one target the name is sent, which takes the other away. */
export const policyPayload = (values: PolicyValues) => ({
  repository_full_name: values.repository_full_name,
  ...(values.kind === "spec"
    ? { runner_spec_name: values.runner_spec_name }
    : { runner_group_name: values.runner_group_name }),
  enabled: values.enabled
})

export const storedPolicy = ({ body, headers }: Answer<Policy>): Stored<PolicyValues> => ({
  values: policyValues(body),
  etag: headers.get("etag") ?? ""
})

/** Fails with `precondition_failed` when there is one that grants the same to the same repositories. */
export const createPolicy = (values: PolicyValues) =>
  call("POST /runner_policies", { payload: policyPayload(values), headers: { "if-none-match": "*" } })

/** `values`: the whole form, as which target is meant is said by more than one field. */
export const changePolicy = (id: number, values: PolicyValues, changed: Partial<PolicyValues>, etag: string) => {
  const { enabled, repository_full_name, ...target } = policyPayload(values)
  return call("PATCH /runner_policies/:id", {
    params: { id: String(id) },
    payload: {
      ...("repository_full_name" in changed ? { repository_full_name } : {}),
      ...("enabled" in changed ? { enabled } : {}),
      ...("kind" in changed || "runner_spec_name" in changed || "runner_group_name" in changed ? target : {})
    },
    headers: { "if-match": etag }
  })
}
