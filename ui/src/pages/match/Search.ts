// What the address of the match test says: the job that it is about.
import type { SearchSchemaInput } from "@tanstack/react-router"
import { textsOf } from "@/components/AddressSearch.ts"

const texts = ["repository", "labels"] as const

/** `labels`: as they are entered, between commas. */
export type MatchSearch = { readonly [K in (typeof texts)[number]]?: string }

export const matchSearch = (
  search: { readonly [K in (typeof texts)[number]]?: unknown } & SearchSchemaInput
): MatchSearch => textsOf(texts, search)

/** No label of GitHub's has a comma in it. */
export const labelsOf = (entered: string | undefined): ReadonlyArray<string> =>
  (entered ?? "")
    .split(",")
    .map((label) => label.trim())
    .filter((label) => label !== "")
