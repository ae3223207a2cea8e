// The Link header of a page (RFC 8288): where the previous and the next one are.

export interface Page {
  readonly limit: number
  readonly offset: number
}

/** Undefined when the page is the only one. */
export const pageLinks = (path: string, page: Page, total: number): string | undefined => {
  const at = (offset: number) => `<${path}?limit=${page.limit}&offset=${offset}>`
  const links = [
    ...(page.offset > 0 ? [`${at(Math.max(0, page.offset - page.limit))}; rel="prev"`] : []),
    ...(page.offset + page.limit < total ? [`${at(page.offset + page.limit)}; rel="next"`] : [])
  ]
  return links.length === 0 ? undefined : links.join(", ")
}
