// The foot of a list that is given by pages: which rows these are, and the way to the others. Past the end it leads back.
import { Empty } from "@/components/Page.tsx"
import { Button } from "@/components/ui/button.tsx"
import { text } from "@/text/Text.ts"

const words = text.paging

export function Paging({
  page,
  rows,
  perPage,
  total,
  hasMore,
  onPage
}: {
  page: number
  /** How many there are on this page. */
  rows: number
  perPage: number
  /** In words, for it may be what there is at least. */
  total: string
  hasMore: boolean
  onPage: (page: number) => void
}) {
  const from = (page - 1) * perPage + 1
  const isPastEnd = rows === 0 && page > 1
  return (
    <>
      {isPastEnd ? <Empty>{words.pastEnd}</Empty> : null}
      <div className="mt-3 flex flex-wrap items-center gap-2">
        {isPastEnd ? null : <span className="text-muted-foreground">{words.range(from, from + rows - 1, total)}</span>}
        {page > 1 ? (
          <Button variant="outline" size="sm" onClick={() => onPage(1)}>
            {words.first}
          </Button>
        ) : null}
        <Button variant="outline" size="sm" disabled={page === 1} onClick={() => onPage(page - 1)}>
          {words.previous}
        </Button>
        <Button variant="outline" size="sm" disabled={!hasMore} onClick={() => onPage(page + 1)}>
          {words.next}
        </Button>
      </div>
    </>
  )
}
