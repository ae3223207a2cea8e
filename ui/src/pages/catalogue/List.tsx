// The lists of specs, groups and policies: filters, the way to a new one, and of each what it is, whether it is enabled, and
// what can be done with it.
//
// Gotcha: the lists come whole and are filtered here; a page of rows is shown at a time.
import { type UseQueryResult, useQueryClient } from "@tanstack/react-query"
import { Link, useNavigate, useSearch } from "@tanstack/react-router"
import { PlusIcon } from "lucide-react"
import { type ReactNode, useState } from "react"
import { useMay } from "@/api/Role.ts"
import { Answered } from "@/components/Answered.tsx"
import { type Deletion, DeletionDialog } from "@/components/Deletion.tsx"
import { EnabledSwitch } from "@/components/EnabledSwitch.tsx"
import { Filters, FilterSelect, FilterText } from "@/components/Filters.tsx"
import { Empty, PageHeader } from "@/components/Page.tsx"
import { Button } from "@/components/ui/button.tsx"
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table.tsx"
import { RowMenu, type To } from "@/pages/catalogue/RowMenu.tsx"
import { type CatalogueSearch, isLike } from "@/pages/catalogue/Search.ts"
import { text } from "@/text/Text.ts"

const perPage = 100

/** Class names by columns, of their heads and cells: which hold numbers, and for which narrow screens have no room. */
type Looks = Readonly<Record<string, string>>

interface ListWords {
  readonly title: string
  readonly description: string
  readonly create: string
  readonly empty: string
  readonly emptyFiltered: string
  /** Without those that every list has. */
  readonly columns: Readonly<Record<string, string>>
  readonly filters: { readonly search: string; readonly searchHint: string; readonly enabled: string }
}

/** One of them, as its row shows it and acts on it. */
export interface CatalogueRow {
  readonly key: string
  /** A table cell for each column. */
  readonly cells: ReactNode
  /** What the switch and the menu are called. */
  readonly labels: { readonly enable: string; readonly actions: string }
  /** Stores whether it is enabled, and resolves to what is to be told. */
  readonly enable: (enabled: boolean) => Promise<string>
  readonly links: ReadonlyArray<To & { readonly label: string }>
  readonly deletion: (onDeleted: () => void) => Deletion
}

function Rows<T>({
  items,
  columns,
  looks,
  children
}: {
  items: ReadonlyArray<T>
  columns: ListWords["columns"]
  looks: Looks
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
              <TableHead key={key} className={looks[key]}>
                {title}
              </TableHead>
            ))}
            <TableHead>{text.catalogue.enabled}</TableHead>
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

export function CatalogueList<T extends { readonly enabled: boolean }>({
  resource,
  words,
  query,
  createAt,
  looks,
  textsOf,
  rowOf
}: {
  resource: "specs" | "groups" | "policies"
  words: ListWords
  query: UseQueryResult<ReadonlyArray<T>>
  createAt: "/new/spec" | "/new/group" | "/new/policy"
  looks: Looks
  /** What is written of one, to be searched. */
  textsOf: (item: T) => ReadonlyArray<string>
  rowOf: (item: T) => CatalogueRow
}) {
  const search: CatalogueSearch = useSearch({ from: `/${resource}` })
  const navigate = useNavigate()
  const queries = useQueryClient()
  const mayAct = useMay("admin") === true
  const [deleted, setDeleted] = useState<T | null>(null)
  const keep = () => setDeleted(null)
  const isFiltered = Object.values(search).some((value) => value !== undefined)
  const filterBy = (filter: CatalogueSearch) => void navigate({ to: `/${resource}`, search: filter })
  const create = (
    <Button asChild size="sm">
      <Link to={createAt} search={{}}>
        <PlusIcon aria-hidden />
        {words.create}
      </Link>
    </Button>
  )
  const row = (item: T) => {
    const { cells, enable, key, labels, links } = rowOf(item)
    return (
      <TableRow key={key}>
        {cells}
        <TableCell>
          <EnabledSwitch
            label={labels.enable}
            enabled={item.enabled}
            onChange={async (enabled) => {
              const told = await enable(enabled)
              await queries.invalidateQueries({ queryKey: [resource] })
              return told
            }}
          />
        </TableCell>
        <TableCell className="w-8 pl-0">
          <RowMenu
            label={labels.actions}
            links={links}
            remove={{ label: text.catalogue.remove, onSelect: () => setDeleted(item) }}
          />
        </TableCell>
      </TableRow>
    )
  }
  return (
    <>
      <PageHeader title={words.title} description={words.description} actions={mayAct ? create : undefined} />
      <Filters onClear={isFiltered ? () => filterBy({}) : undefined}>
        <FilterText
          label={words.filters.search}
          hint={words.filters.searchHint}
          value={search.q}
          onChange={(q) => filterBy({ ...search, q })}
        />
        <FilterSelect
          label={words.filters.enabled}
          value={search.enabled}
          options={text.enabled}
          onChange={(enabled) => filterBy({ ...search, enabled })}
        />
      </Filters>
      <Answered query={query} rows={6} warns>
        {(all) => {
          const items = all.filter((item) => isLike(search, item.enabled, textsOf(item)))
          return items.length === 0 ? (
            <Empty>{isFiltered ? words.emptyFiltered : words.empty}</Empty>
          ) : (
            <Rows items={items} columns={words.columns} looks={looks}>
              {row}
            </Rows>
          )
        }}
      </Answered>
      <DeletionDialog deletion={deleted === null ? null : rowOf(deleted).deletion(keep)} onClose={keep} />
    </>
  )
}
