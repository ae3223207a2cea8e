// What the address of the list of deliveries says: its filters, and where its page begins.
import type { SearchSchemaInput } from "@tanstack/react-router"
import { textsOf } from "@/components/AddressSearch.ts"

const texts = ["path", "event", "outcome", "repository", "job", "guid", "before"] as const

export type DeliverySearch = { readonly [K in (typeof texts)[number]]?: string | undefined }

export const deliverySearch = (
  search: { readonly [K in (typeof texts)[number]]?: unknown } & SearchSchemaInput
): DeliverySearch => textsOf(texts, search)
