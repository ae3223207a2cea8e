// What the addresses of the lists of specs, groups and policies say: their filters.
import type { SearchSchemaInput } from "@tanstack/react-router"

export interface CatalogueSearch {
  readonly q?: string | undefined
  readonly enabled?: "yes" | "no" | undefined
}

export const catalogueSearch = (
  search: { readonly q?: unknown; readonly enabled?: unknown } & SearchSchemaInput
): CatalogueSearch => ({
  ...((typeof search.q === "string" && search.q !== "") || typeof search.q === "number" ? { q: String(search.q) } : {}),
  ...(search.enabled === "yes" || search.enabled === "no" ? { enabled: search.enabled } : {})
})

/** Whether something is what is looked for. `texts`: what is written of it. Case is ignored. */
export const isLike = (
  { enabled, q = "" }: CatalogueSearch,
  isEnabled: boolean,
  texts: ReadonlyArray<string>
): boolean =>
  (enabled === undefined || (enabled === "yes") === isEnabled) &&
  texts.some((each) => each.toLowerCase().includes(q.toLowerCase()))

const starts = ["like", "spec", "group"] as const

/** Of a page that makes something new: what it begins like, or what it is for. */
export type NewSearch = { readonly [K in (typeof starts)[number]]?: string }

export const newSearch = (
  search: { readonly [K in (typeof starts)[number]]?: unknown } & SearchSchemaInput
): NewSearch =>
  Object.fromEntries(
    starts.flatMap((name) => {
      const value = search[name]
      return typeof value === "string" || typeof value === "number" ? [[name, String(value)]] : []
    })
  )
