// A group as its form has it, and as the API has it.
import { type Answer, type Body, call } from "@/api/Client.ts"
import type { Stored } from "@/components/form/ResourceForm.ts"

export type Group = Body<"GET /runner_groups/:name">

/** The API's fields. */
export interface GroupValues {
  readonly name: string
  readonly description: string
  readonly spec_names: ReadonlyArray<string>
  readonly enabled: boolean
}

export const newGroup: GroupValues = { name: "", description: "", spec_names: [], enabled: true }

export const groupValues = ({ description, enabled, name, spec_names }: Group): GroupValues => ({
  name,
  description,
  spec_names,
  enabled
})

export const storedGroup = ({ body, headers }: Answer<Group>): Stored<GroupValues> => ({
  values: groupValues(body),
  etag: headers.get("etag") ?? ""
})

/** Fails with `precondition_failed` when there is a group of that name. */
export const createGroup = (values: GroupValues) =>
  call("POST /runner_groups", { payload: values, headers: { "if-none-match": "*" } })

export const changeGroup = (name: string, changed: Partial<GroupValues>, etag: string) =>
  call("PATCH /runner_groups/:name", { params: { name }, payload: changed, headers: { "if-match": etag } })
