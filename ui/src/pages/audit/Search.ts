// What the address of the audit trail says: its filters, and which page.
import type { SearchSchemaInput } from "@tanstack/react-router"
import { pageOf, textsOf } from "@/components/AddressSearch.ts"

const texts = ["actor", "action", "type", "resource"] as const

export type AuditSearch = { readonly [K in (typeof texts)[number]]?: string | undefined } & { readonly page?: number }

export const auditSearch = (
  search: { readonly [K in (typeof texts)[number] | "page"]?: unknown } & SearchSchemaInput
): AuditSearch => ({ ...textsOf(texts, search), ...pageOf(search.page) })
