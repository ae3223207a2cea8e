// What the address of the list of requests says: its filters, and which page.
import type { SearchSchemaInput } from "@tanstack/react-router"
import type { RequestStatus } from "../../../../src/domain/RunnerRequest.ts"
import { text } from "@/text/Text.ts"

const texts = ["repository", "spec", "workflow", "failure_reason", "q", "created_after"] as const
type TextFilter = (typeof texts)[number]

export type Status = RequestStatus | "waiting"

export type RequestFilters = { readonly [K in TextFilter]?: string | undefined } & {
  /** `waiting`: queued or creating. */
  readonly status?: Status | undefined
}
export type RequestSearch = RequestFilters & { readonly page?: number | undefined }

const textOf = (value: unknown) =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined

const isStatus = (value: unknown): value is Status =>
  typeof value === "string" && Object.hasOwn(text.requests.statuses, value)

export const requestSearch = (
  search: { readonly [K in TextFilter | "status" | "page"]?: unknown } & SearchSchemaInput
): RequestSearch => ({
  ...Object.fromEntries(
    texts.flatMap((name) => {
      const value = textOf(search[name])
      return value === undefined ? [] : [[name, value]]
    })
  ),
  ...(isStatus(search.status) ? { status: search.status } : {}),
  ...(typeof search.page === "number" && Number.isInteger(search.page) && search.page > 1 ? { page: search.page } : {})
})

/** As the API is asked. */
export const requestQuery = ({
  created_after,
  failure_reason,
  q,
  repository,
  spec,
  status,
  workflow
}: RequestFilters) => ({
  ...(status === "waiting"
    ? { waiting: "true" as const }
    : status === undefined
      ? {}
      : { status: [status] as ReadonlyArray<RequestStatus> }),
  ...(created_after === undefined ? {} : { created_after }),
  ...(failure_reason === undefined ? {} : { failure_reason }),
  ...(q === undefined ? {} : { q }),
  ...(repository === undefined ? {} : { repository }),
  ...(spec === undefined ? {} : { spec }),
  ...(workflow === undefined ? {} : { workflow })
})
