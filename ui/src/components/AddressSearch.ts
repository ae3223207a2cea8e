// What a page's address says after its `?`, read without trust: what is not as it should be is left out.

/** A text that is not empty. The router reads what looks like a number as a number. */
export const textOf = (value: unknown): string | undefined =>
  (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined

export const textsOf = <K extends string>(
  names: ReadonlyArray<K>,
  search: { readonly [N in K]?: unknown }
): { readonly [N in K]?: string } =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = textOf(search[name])
      return value === undefined ? [] : [[name, value]]
    })
  ) as { readonly [N in K]?: string }

/** From the second page on; the first is the address without a number. */
export const pageOf = (value: unknown): { readonly page?: number } =>
  typeof value === "number" && Number.isInteger(value) && value > 1 ? { page: value } : {}
