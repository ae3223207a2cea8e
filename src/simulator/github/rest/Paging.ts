// GitHub's pages.
//
// Answers for: `per_page` (default 30, at most 100), `page`, and the Link header with next, prev, first and last.
import type { Call } from "./Route.ts"

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly totalCount: number
  readonly headers: Readonly<Record<string, string>>
}

const positive = (text: string | null, otherwise: number): number => {
  const value = Number(text)
  return text !== null && Number.isSafeInteger(value) && value > 0 ? value : otherwise
}

/** One page of `all`. `serverUrl`: origin of the links. */
export const paged = <A>(call: Call, serverUrl: string, all: ReadonlyArray<A>): Page<A> => {
  const perPage = Math.min(100, positive(call.query.get("per_page"), 30))
  const page = positive(call.query.get("page"), 1)
  const last = Math.max(1, Math.ceil(all.length / perPage))
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(call.query)
    query.set("page", String(to))
    return `<${serverUrl}${call.url.pathname}?${query.toString()}>; rel="${rel}"`
  }
  const links: Array<string> = []
  if (page > 1) links.push(link(page - 1, "prev"))
  if (page < last) links.push(link(page + 1, "next"), link(last, "last"))
  if (page > 1) links.push(link(1, "first"))
  const headers: Record<string, string> = links.length === 0 ? {} : { Link: links.join(", ") }
  return { items: all.slice((page - 1) * perPage, page * perPage), totalCount: all.length, headers }
}
