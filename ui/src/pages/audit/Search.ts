// What the address of the audit trail says: its filters, and which page.
import type { SearchSchemaInput } from "@tanstack/react-router"

const texts = ["actor", "action", "type", "resource"] as const

export type AuditSearch = { readonly [K in (typeof texts)[number]]?: string | undefined } & { readonly page?: number }

const textOf = (value: unknown) =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined

export const auditSearch = (
  search: { readonly [K in (typeof texts)[number]]?: unknown } & { readonly page?: unknown } & SearchSchemaInput
): AuditSearch => ({
  ...Object.fromEntries(
    texts.flatMap((name) => {
      const value = textOf(search[name])
      return value === undefined ? [] : [[name, value]]
    })
  ),
  ...(typeof search.page === "number" && Number.isInteger(search.page) && search.page > 1 ? { page: search.page } : {})
})
