// Lists by pages: which part is asked for, and the headers that say where the others are.
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { defaultPage, maxPage } from "../api/Paging.ts"

export interface Page {
  readonly limit: number
  readonly offset: number
}

interface Asked {
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** The page that is asked for of a list that is always given by pages. */
export const pageOf = ({ limit = defaultPage, offset = 0 }: Asked): Page => ({
  limit: Math.min(limit, maxPage),
  offset
})

/**
 * The Link header of a page (RFC 8288); undefined when the page is the only one. `url`: path and query of the request,
 * whose other parameters stay.
 */
export const pageLinks = (url: string, page: Page, total: number): string | undefined => {
  const at = (offset: number) => {
    const { pathname, searchParams } = new URL(url, "http://host")
    searchParams.set("limit", String(page.limit))
    searchParams.set("offset", String(offset))
    return `<${pathname}?${searchParams.toString()}>`
  }
  const links = [
    ...(page.offset > 0 ? [`${at(Math.max(0, page.offset - page.limit))}; rel="prev"`] : []),
    ...(page.offset + page.limit < total ? [`${at(page.offset + page.limit)}; rel="next"`] : [])
  ]
  return links.length === 0 ? undefined : links.join(", ")
}

/** A page with its headers. `request`: the one that asked for it. */
export const withPage = <A>(request: { readonly url: string }, page: Page, total: number, items: ReadonlyArray<A>) => {
  const link = pageLinks(request.url, page, total)
  return HttpApiSchema.withHeaders({
    body: items,
    headers: {
      "x-total-count": total,
      "x-limit": page.limit,
      "x-offset": page.offset,
      ...(link === undefined ? {} : { link })
    }
  })
}

/** The part that is asked for of a list that is short enough to be at hand: the whole, unless a page is asked for. */
export const wholeOrPage = <A>(request: { readonly url: string }, asked: Asked, items: ReadonlyArray<A>) => {
  const whole = asked.limit === undefined && asked.offset === undefined
  const page = whole ? { limit: items.length, offset: 0 } : pageOf(asked)
  return withPage(request, page, items.length, items.slice(page.offset, page.offset + page.limit))
}
