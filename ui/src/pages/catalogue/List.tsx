// The frame of the lists of specs, groups and policies: filters, the way to a new one, and what stands in a table's place.
//
// Gotcha: the lists come whole and are filtered here; a page of rows is shown at a time.
import type { UseQueryResult } from "@tanstack/react-query"
import { Link } from "@tanstack/react-router"
import { PlusIcon } from "lucide-react"
import { type ReactNode, useState } from "react"
import { useMay } from "@/api/Role.ts"
import { Filters, FilterSelect, FilterText } from "@/components/Filters.tsx"
import { Empty, Failed, Loading, PageHeader } from "@/components/Page.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Table, TableBody, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import type { CatalogueSearch } from "@/pages/catalogue/Search.ts"
import { text } from "@/text/Text.ts"

const perPage = 100

interface ListWords {
  readonly title: string
  readonly description: string
  readonly create: string
  readonly empty: string
  readonly emptyFiltered: string
  readonly columns: Readonly<Record<string, string>>
  readonly filters: { readonly search: string; readonly searchHint: string; readonly enabled: string }
}

function Rows<T>({
  items,
  columns,
  numeric,
  children
}: {
  items: ReadonlyArray<T>
  columns: ListWords["columns"]
  numeric: ReadonlyArray<string>
  children: (item: T) => ReactNode
}) {
  const [page, setPage] = useState(1)
  // Fewer may be left than were there when the page was turned.
  const last = Math.max(1, Math.ceil(items.length / perPage))
  const shown = Math.min(page, last)
  const from = (shown - 1) * perPage
  return (
    <>
      <Table>
        <TableHeader>
          <TableRow>
            {Object.entries(columns).map(([key, title]) => (
              <TableHead key={key} className={numeric.includes(key) ? "text-right" : ""}>
                {title}
              </TableHead>
            ))}
            <TableHead>
              <span className="sr-only">{text.catalogue.actions}</span>
            </TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>{items.slice(from, from + perPage).map(children)}</TableBody>
      </Table>
      {last === 1 ? null : (
        <div className="mt-3 flex items-center gap-2">
          <span className="text-muted-foreground">
            {text.catalogue.page(from + 1, Math.min(from + perPage, items.length), items.length)}
          </span>
          <Button variant="outline" size="sm" disabled={shown === 1} onClick={() => setPage(shown - 1)}>
            {text.catalogue.previous}
          </Button>
          <Button variant="outline" size="sm" disabled={shown === last} onClick={() => setPage(shown + 1)}>
            {text.catalogue.next}
          </Button>
        </div>
      )}
    </>
  )
}

export function CatalogueList<T>({
  words,
  query,
  items,
  search,
  createAt,
  numeric = [],
  onSearch,
  children
}: {
  words: ListWords
  query: UseQueryResult<ReadonlyArray<T>>
  /** Those that the filters leave. */
  items: ReadonlyArray<T>
  search: CatalogueSearch
  createAt: "/new/spec" | "/new/group" | "/new/policy"
  /** The columns that hold numbers. */
  numeric?: ReadonlyArray<string>
  onSearch: (search: CatalogueSearch) => void
  children: (item: T) => ReactNode
}) {
  const mayAct = useMay("admin") === true
  const isFiltered = Object.values(search).some((value) => value !== undefined)
  const create = (
    <Button asChild size="sm">
      <Link to={createAt} search={{}}>
        <PlusIcon aria-hidden />
        {words.create}
      </Link>
    </Button>
  )
  return (
    <>
      <PageHeader title={words.title} description={words.description} actions={mayAct ? create : undefined} />
      <Filters onClear={isFiltered ? () => onSearch({}) : undefined}>
        <FilterText
          label={words.filters.search}
          hint={words.filters.searchHint}
          value={search.q}
          onChange={(q) => onSearch({ ...search, q })}
        />
        <FilterSelect
          label={words.filters.enabled}
          value={search.enabled}
          options={text.enabled}
          onChange={(enabled) => onSearch({ ...search, enabled })}
        />
      </Filters>
      {query.data === undefined ? (
        query.isError ? (
          <Failed failure={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Loading />
        )
      ) : items.length === 0 ? (
        <Empty>{isFiltered ? words.emptyFiltered : words.empty}</Empty>
      ) : (
        <Rows items={items} columns={words.columns} numeric={numeric}>
          {children}
        </Rows>
      )}
    </>
  )
}
