// A spec as its form has it, and as the API has it.
import { type Answer, type Body, call } from "@/api/Client.ts"
import type { Stored } from "@/components/form/ResourceForm.ts"

export type Spec = Body<"GET /runner_specs/:name">

/** The API's fields, numbers and what may be absent as they are typed. */
export interface SpecValues {
  readonly name: string
  readonly labels: ReadonlyArray<string>
  readonly template_id: string
  readonly runner_group: string
  readonly max_concurrency: string
  readonly min_idle: string
  readonly priority: string
  readonly enabled: boolean
  readonly default_available: boolean
}

/** The service's own defaults, but that of `default_available`, which the original's console had so. */
export const newSpec: SpecValues = {
  name: "",
  labels: [],
  template_id: "",
  runner_group: "",
  max_concurrency: "10",
  min_idle: "0",
  priority: "0",
  enabled: true,
  default_available: true
}

export const specValues = (spec: Spec): SpecValues => ({
  name: spec.name,
  labels: spec.labels,
  template_id: spec.template_id,
  runner_group: spec.runner_group ?? "",
  max_concurrency: String(spec.max_concurrency),
  min_idle: String(spec.min_idle),
  priority: String(spec.priority),
  enabled: spec.enabled,
  default_available: spec.default_available
})

/** What is sent of those that are given. */
export const specPayload = ({ max_concurrency, min_idle, priority, ...rest }: Partial<SpecValues>) => ({
  ...rest,
  ...(max_concurrency === undefined ? {} : { max_concurrency: Number(max_concurrency) }),
  ...(min_idle === undefined ? {} : { min_idle: Number(min_idle) }),
  ...(priority === undefined ? {} : { priority: Number(priority) })
})

export const storedSpec = ({ body, headers }: Answer<Spec>): Stored<SpecValues> => ({
  values: specValues(body),
  etag: headers.get("etag") ?? ""
})

/** Fails with `precondition_failed` when there is a spec of that name. */
export const createSpec = ({ name, labels, template_id, ...rest }: SpecValues) =>
  call("POST /runner_specs", {
    payload: { name, labels, template_id, ...specPayload(rest) },
    headers: { "if-none-match": "*" }
  })

export const changeSpec = (name: string, changed: Partial<SpecValues>, etag: string) =>
  call("PATCH /runner_specs/:name", { params: { name }, payload: specPayload(changed), headers: { "if-match": etag } })
