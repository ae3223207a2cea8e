// What the address of the list of requests says: its filters, its order, and which page.
import type { SearchSchemaInput } from "@tanstack/react-router"
import type { SortKey } from "../../../../src/domain/RequestFilter.ts"
import type { RequestStatus } from "../../../../src/domain/RunnerRequest.ts"
import { pageOf, textsOf } from "@/components/AddressSearch.ts"
import { text } from "@/text/Text.ts"

const texts = [
  "repository",
  "spec",
  "workflow",
  "failure_reason",
  "q",
  "created_after",
  "created_before",
  "finished_after"
] as const
type TextFilter = (typeof texts)[number]

export type Status = RequestStatus | "waiting"

const hour = 3_600_000

/** How far back what was created is looked for. */
const spans = { "1h": hour, "6h": 6 * hour, "24h": 24 * hour, "7d": 168 * hour } as const
export type Span = keyof typeof spans

export type RequestFilters = { readonly [K in TextFilter]?: string | undefined } & {
  /** `waiting`: queued or creating. */
  readonly status?: Status | undefined
  readonly within?: Span | undefined
}

/** Without a key the newest come first; without an order the one that the key has by itself. */
export interface RequestOrder {
  readonly sort?: SortKey | undefined
  readonly order?: "asc" | "desc" | undefined
}

export type RequestSearch = RequestFilters & RequestOrder & { readonly page?: number | undefined }

const oneOf =
  <K extends string>(known: Readonly<Record<K, unknown>>) =>
  (value: unknown): value is K =>
    typeof value === "string" && Object.hasOwn(known, value)

const isStatus = oneOf(text.requests.statuses)
const isSpan = oneOf(spans)
const isSortKey = oneOf<SortKey>({ created_at: 1, updated_at: 1, finished_at: 1, status: 1 })
const isOrder = oneOf({ asc: 1, desc: 1 })

export const requestSearch = (
  search: {
    readonly [K in TextFilter | "status" | "within" | "sort" | "order" | "page"]?: unknown
  } & SearchSchemaInput
): RequestSearch => ({
  ...textsOf(texts, search),
  ...(isStatus(search.status) ? { status: search.status } : {}),
  ...(isSpan(search.within) ? { within: search.within } : {}),
  ...(isSortKey(search.sort) ? { sort: search.sort } : {}),
  ...(isOrder(search.order) ? { order: search.order } : {}),
  ...pageOf(search.page)
})

/** When a span that ends now began. */
export const beginningOf = (span: Span, now: number): string => new Date(now - spans[span]).toISOString()

/** The filters as the service takes them. */
export const filterQuery = ({ status, within, ...filter }: RequestFilters, now: number) => ({
  ...(status === "waiting"
    ? { waiting: "true" as const }
    : status === undefined
      ? {}
      : { status: [status] as ReadonlyArray<RequestStatus> }),
  ...(within === undefined ? {} : { created_after: beginningOf(within, now) }),
  ...textsOf(texts, filter)
})
