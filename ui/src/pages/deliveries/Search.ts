// What the address of the list of deliveries says: its filters, and where its page begins.
import type { SearchSchemaInput } from "@tanstack/react-router"

const texts = ["path", "event", "outcome", "repository", "job", "guid", "before"] as const

export type DeliverySearch = { readonly [K in (typeof texts)[number]]?: string | undefined }

/** Numbers in an address are read as numbers. */
const textOf = (value: unknown) =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined

export const deliverySearch = (
  search: { readonly [K in (typeof texts)[number]]?: unknown } & SearchSchemaInput
): DeliverySearch =>
  Object.fromEntries(
    texts.flatMap((name) => {
      const value = textOf(search[name])
      return value === undefined ? [] : [[name, value]]
    })
  )
